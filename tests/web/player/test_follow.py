"""A media element that the player follows, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

FPS = 30
WORLD = """async () => {
  const { Player } = await import("/player/player.js");
  window.element = new Audio("/page/speech.flac");
  window.player = new Player({ channels: 2, between: false });
  window.rows = Array.from({ length: 300 }, (_, k) => [k / 1000, 1]);
  window.look = () => {
    const time = element.currentTime;
    const { weights, index, state } = player.frame();
    const { paused } = element;
    return { time, index, state, weights: [...weights], speaking: player.speaking, paused };
  };
  window.pass = async (seconds) => {
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      look();
    }
    return look();
  };
  window.heard = (type) => new Promise((resolve) =>
    element.addEventListener(type, resolve, { once: true }));
  await new Promise((resolve) => { element.oncanplaythrough = resolve; });
}"""
FOLLOW = "(window.speech = player.follow(element)).addFrames(0, rows)"


@pytest.fixture
def media(browser: Any, service: Any) -> Iterator[Any]:
    """The page of the service, but one that may play media, with an element and a player."""
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    page.goto(service.url)
    page.evaluate(WORLD)
    yield page
    context.close()


def assert_speaks(look: dict[str, Any]) -> None:
    assert look["state"] == "speaking"
    assert look["speaking"]
    assert not look["paused"]
    assert abs(look["index"] - int(look["time"] * FPS)) <= 1
    assert look["weights"] == pytest.approx([look["index"] / 1000, 1])


def assert_rests(look: dict[str, Any], state: str) -> None:
    assert look["state"] == state
    assert not look["speaking"]
    assert look["weights"] == [0, 0]


def test_play_pause_seek_end_and_replay(media: Any) -> None:
    media.evaluate(FOLLOW)
    assert_rests(media.evaluate("look()"), "rest")
    assert_speaks(media.evaluate("speech.play().then(() => pass(0.6))"))
    held = media.evaluate("element.pause(), pass(0.6)")
    assert_rests(held, "rest")
    assert_rests(media.evaluate("element.currentTime = 3, pass(0.3)"), "rest")
    moved = media.evaluate("element.play().then(() => pass(0.4))")
    assert_speaks(moved)
    assert moved["index"] >= 3 * FPS
    jumped = media.evaluate("element.currentTime = 5, pass(0.4)")
    assert_speaks(jumped)
    assert jumped["index"] >= 5 * FPS
    last = "element.currentTime = element.duration - 0.3, heard('ended').then(() => pass(0.6))"
    assert_rests(media.evaluate(last), "ended")
    replayed = media.evaluate("element.play().then(() => pass(0.5))")
    assert_speaks(replayed)
    assert replayed["index"] < 30


def test_an_element_that_plays_already_is_followed(media: Any) -> None:
    media.evaluate("element.play().then(() => pass(0.5))")
    media.evaluate(FOLLOW)
    assert_speaks(media.evaluate("pass(0.3)"))
    media.evaluate(FOLLOW)  # once more: it plays on
    assert_speaks(media.evaluate("pass(0.3)"))


def test_following_in_the_play_handler_shows_every_play(media: Any) -> None:
    media.evaluate(f"element.addEventListener('play', () => {{ {FOLLOW}; }})")
    for _ in range(3):
        assert_speaks(media.evaluate("element.play().then(() => pass(0.4))"))
        assert_rests(media.evaluate("element.pause(), pass(0.6)"), "rest")
