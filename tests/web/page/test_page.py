"""The page in a real browser, with a real service."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import a2e
from a2e.data import SPEECH as SAMPLE
from a2e.post import MOODS
from a2e.shapes import ARKIT, SPEECH
from tests.harness.browser import wait_for
from tests.harness.sync import FPS, Sync, clear, observe

PLAYER_DOC = Path(__file__).parents[3] / "docs" / "player.md"
JAW = ARKIT.index("jawOpen")
MOUTH = [ARKIT.index(name) for name in SPEECH]
REST = 0.02
"""Weight below which a mouth is at rest."""
SIZES = [(360, 740), (768, 1024), (1280, 860), (1920, 1080)]


def state(page: Any) -> str:
    return str(page.evaluate("a2e.drawn.state"))


def play(page: Any, *clips: Path) -> None:
    clear(page)
    page.set_input_files("#file", list(clips))


def heard(page: Any, seconds: float) -> None:
    """Waits until so much has been heard."""
    wait_for(page, f"a2e.drawn.state === 'speaking' && a2e.drawn.time >= {seconds}")


def wait_for_rest(page: Any) -> None:
    columns = json.dumps(MOUTH)
    wait_for(page, f"{columns}.every((column) => a2e.drawn.weights[column] < {REST})", 5)


def expected_jaw(path: Path) -> np.ndarray:
    samples, rate = soundfile.read(path, dtype="float32")
    return a2e.load().animate(samples, rate).weights[:, JAW].astype(float)


def assert_in_time(sync: Sync) -> None:
    assert len(sync.offsets) > 10
    assert np.abs(sync.offsets).max() <= 1


def test_the_page_comes_whole_from_the_service(page: Any, service: Any, errors: list[str]) -> None:
    entries = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert len(entries) > 10
    assert all(entry.startswith(service.url) for entry in entries)
    assert page.locator("#styles input").count() == 3
    page.uncheck("#together")
    names = page.locator("#shapes button.name").all_inner_texts()
    assert sorted(names) == sorted(ARKIT)
    assert errors == []


def test_the_sample_is_heard_and_seen_in_time(page: Any, errors: list[str], tmp_path: Path) -> None:
    page.click("#sample")
    heard(page, 0.5)
    assert page.inner_text("#status") == "Speaking"
    wait_for(page, "a2e.drawn.state === 'ended'")
    sync = observe(page)
    assert_in_time(sync)
    assert sync.heard.max() > 8.4
    assert abs(sync.drift) < 1 / FPS
    assert abs(sync.lag(expected_jaw(SAMPLE))) <= 1 / FPS
    assert sync.jaw.max() > 0.3
    wait_for_rest(page)
    page.wait_for_selector("#status:has-text('Ready')")
    frames = page.evaluate("a2e.session.recording.rows.map((row) => [...row])")
    assert len(frames) == math.ceil(page.evaluate("a2e.session.recording.seconds") * FPS)
    clip = a2e.Clip(np.array(frames, np.float32), ARKIT, FPS)
    for button, name in (("#bsdata", "face.json"), ("#livelink", "face.csv")):
        with page.expect_download() as download:
            page.click(button)
        clip.save(tmp_path / name)
        got, own = Path(download.value.path()).read_text(), (tmp_path / name).read_text()
        assert json.loads(got) == json.loads(own) if name.endswith("json") else got == own
    assert errors == []


def test_segments_play_one_after_another(page: Any, clip: Any) -> None:
    play(page, clip(1.5, "first"), clip(2, "second"))
    heard(page, 0.1)
    wait_for(page, "a2e.session.recording.name === 'second' && a2e.drawn.state === 'ended'")
    seen = page.evaluate("spy")
    ends = [at + seconds for at, seconds in seen["starts"]]
    for (at, _), end in zip(seen["starts"][1:], ends[:-1], strict=True):
        assert at == pytest.approx(end, abs=1e-6)  # without a gap
    sync = observe(page)
    second = sync.heard > 1.5 + 2 / FPS
    assert np.abs(sync.index[second] - np.floor((sync.heard[second] - 1.5) * FPS)).max() <= 1
    assert page.evaluate("a2e.session.recordings.map(({ rows }) => rows.length)") == [45, 60]


def test_the_example_of_the_player_speaks(page: Any, service: Any, clip: Any) -> None:
    example = re.search(r"```js\n(.*?)```", PLAYER_DOC.read_text(), re.DOTALL)
    assert example is not None
    code = example[1].replace("localhost:8000", f"127.0.0.1:{service.port}")
    code = re.sub(r"import (.*) from .*", r'const \1 = await import("/page/player.js");', code)
    samples, rate = soundfile.read(clip(2), dtype="int16")
    assert rate == 16_000
    page.evaluate(
        f"""async (samples) => {{
        window.shown = [];
        const tts = {{}};
        const avatar = {{ show: (weights) => shown.push(weights[{JAW}]) }};
        {code.replace("24000", "16000")}
        for (let at = 0; at < samples.length; at += 1600) {{
            tts.onaudio(Int16Array.from(samples.slice(at, at + 1600)));
        }}
        tts.onend();
        await speech.finished;
    }}""",
        samples.tolist(),
    )
    shown = np.array(page.evaluate("shown"))
    assert shown.max() > 0.2


def test_stop_interrupts_and_the_next_voice_starts_at_once(page: Any, clip: Any) -> None:
    play(page, clip(6))
    heard(page, 1)
    page.click("#stop")
    assert not page.evaluate("a2e.session.player.speaking")
    wait_for_rest(page)
    play(page, clip(2))
    heard(page, 0.6)
    assert_in_time(observe(page))


def test_pause_holds_the_face_and_goes_on_in_time(page: Any, clip: Any) -> None:
    play(page, clip(2))
    heard(page, 0.7)
    page.click("#pause")
    wait_for(page, "a2e.session.paused")
    held = page.evaluate("a2e.drawn.index")
    page.wait_for_timeout(400)
    assert page.evaluate("a2e.drawn.index") - held <= 1
    page.click("#pause")
    wait_for(page, "a2e.drawn.state === 'ended'")
    assert_in_time(observe(page))


def test_the_microphone_is_followed(page: Any, errors: list[str]) -> None:
    page.click("#speak")
    page.wait_for_selector("#status:has-text('Listening')")
    wait_for(page, "a2e.drawn.time > 3.5")
    page.click("#speak")
    page.wait_for_selector("#status:has-text('Ready')")
    wait_for(page, "a2e.session.recording.complete")
    take = page.evaluate(
        "(({ samples, rate, rows, speech }) => ({ samples: [...samples], rate, count: rows.length, "
        "from: speech.startTime }))(a2e.session.recording)"
    )
    samples = np.array(take["samples"], np.float32)
    assert take["count"] == math.ceil(len(samples) * FPS / take["rate"])
    assert page.evaluate("spy.starts.length") == 0  # nobody hears themselves unasked
    clock, index, time, jaw = np.array(page.evaluate("spy.samples"), float).T
    shown = index > 0
    delays = (clock - take["from"] - time)[shown]
    assert 0.2 < np.median(delays) < 1.5
    sync = Sync(clock[shown] - take["from"] - delays, index[shown], time[shown], jaw[shown])
    expected = a2e.load().animate(samples, take["rate"]).weights[:, JAW].astype(float)
    assert sync.jaw.max() > 0.2
    assert abs(sync.lag(expected)) <= 1 / FPS
    wait_for_rest(page)
    clear(page)
    page.click("#again")
    heard(page, 0.5)
    assert_in_time(observe(page))
    assert errors == []


def test_a_reload_amid_speech_leaves_nothing_behind(page: Any, clip: Any) -> None:
    play(page, clip(6))
    heard(page, 0.5)
    page.reload()
    page.wait_for_selector("#status:has-text('Ready')")
    assert page.evaluate("a2e.drawn.index") == -1
    page.click("#speak")
    page.wait_for_selector("#status:has-text('Listening')")
    page.reload()
    page.wait_for_selector("#status:has-text('Ready')")
    play(page, clip(1))
    heard(page, 0.2)


def test_a_clip_goes_on_after_the_service_was_restarted(page, clip, service) -> None:
    play(page, clip(90, "long"))
    heard(page, 0.2)
    service.stop()
    page.wait_for_selector(
        "#status[data-kind=trouble]:has-text('connection to the service was lost')"
    )
    known = page.evaluate("a2e.session.recording.rows.length")
    assert known < 90 * FPS
    assert "Trying again" in page.inner_text("#status")
    assert state(page) == "speaking"  # what is known plays on
    service.start()
    page.wait_for_selector("#status:has-text('Speaking')")
    wait_for(page, f"a2e.session.recording.rows.length > {known + 60}")
    assert_in_time(observe(page))
    page.click("#stop")


def test_the_microphone_is_heard_again_after_the_service_was_restarted(page, service) -> None:
    page.click("#speak")
    page.wait_for_selector("#status:has-text('Listening')")
    wait_for(page, "a2e.drawn.time > 0.3")
    service.stop()
    page.wait_for_selector("#status[data-kind=trouble]:has-text('does not hear you')")
    wait_for_rest(page)
    service.start()
    page.wait_for_selector("#status:has-text('Listening')")
    wait_for(page, "a2e.drawn.state === 'speaking' && a2e.drawn.time > 0.5")
    page.click("#speak")


def test_a_gain_acts_at_once_and_in_downloads(page: Any, clip: Any) -> None:
    play(page, clip(4))
    heard(page, 0.5)
    slider = page.locator("input[aria-label='Gain of jawOpen']")
    slider.evaluate("(input) => { input.value = 0; input.dispatchEvent(new Event('input')); }")
    clear(page)
    page.wait_for_timeout(1000)
    assert observe_jaw(page).max() == 0
    with page.expect_download() as download:
        page.click("#bsdata")
    frames = json.loads(Path(download.value.path()).read_text())["frames"]
    assert {frame["weights"][JAW] for frame in frames} == {0}
    page.click("#reset")
    heard(page, 2)
    page.click("#stop")


def observe_jaw(page: Any) -> np.ndarray:
    return np.array(page.evaluate("spy.samples"), float)[2:, 3]


def test_another_style_makes_other_frames(page: Any, clip: Any) -> None:
    play(page, clip(4))
    wait_for(page, "a2e.session.recording?.complete")
    before = page.evaluate("a2e.session.recording.rows.map((row) => [...row])")
    wide = page.locator("#styles input").nth(1)
    wide.evaluate("(input) => { input.value = 1; input.dispatchEvent(new Event('input')); }")
    assert page.locator("#styles output").all_inner_texts() == ["0 %", "100 %", "0 %"]
    wait_for(page, "!a2e.session.recording.complete")
    wait_for(page, "a2e.session.recording.complete")
    after = page.evaluate("a2e.session.recording.rows.map((row) => [...row])")
    assert np.abs(np.array(before) - np.array(after)).max() > 0.05
    assert len(before) == len(after)
    page.click("#stop")


def test_a_mood_shows_in_the_frames_and_neutral_takes_it_away(page: Any, clip: Any) -> None:
    sliders = page.locator("#moods input")
    assert [sliders.nth(i).get_attribute("aria-label") for i in range(sliders.count())] == [
        name if name != "outofbreath" else "out of breath" for name in MOODS
    ]
    play(page, clip(4))
    wait_for(page, "a2e.session.recording?.complete")
    rows = "a2e.session.recording.rows.map((row) => [...row])"
    plain = np.array(page.evaluate(rows))
    joy = page.locator("input[aria-label='joy']")
    joy.evaluate("(input) => { input.value = 0.6; input.dispatchEvent(new Event('input')); }")
    wait_for(page, "!a2e.session.recording.complete")
    wait_for(page, "a2e.session.recording.complete")
    happy = np.array(page.evaluate(rows))
    expected = a2e.Controls(mood={"joy": 0.6}).bind(ARKIT)(plain.astype(np.float32))
    np.testing.assert_allclose(happy, expected, atol=1e-6)
    page.click("#neutral")
    wait_for(page, "!a2e.session.recording.complete")
    wait_for(page, "a2e.session.recording.complete")
    assert np.array_equal(page.evaluate(rows), plain)
    assert set(page.locator("#moods output").all_inner_texts()) == {"0 %"}


def test_knobs_move_the_frames_and_even_undoes_it(page: Any, clip: Any) -> None:
    play(page, clip(4))
    wait_for(page, "a2e.session.recording?.complete")
    rows = "a2e.session.recording.rows.map((row) => [...row])"
    plain = np.array(page.evaluate(rows))
    for name, value in (("strength", 1.5), ("brows", 0), ("delay", 100)):
        page.locator(f"#knobs input[aria-label='{name}']").evaluate(
            f"(input) => {{ input.value = {value}; input.dispatchEvent(new Event('input')); }}"
        )
    wait_for(page, "!a2e.session.recording.complete")
    wait_for(page, "a2e.session.recording.complete")
    moved = np.array(page.evaluate(rows))
    later = np.concatenate((np.repeat(plain[:1], 3, 0), plain[:-3])).astype(np.float32)
    expected = a2e.Controls(strength=1.5, regions={"brows": 0}).bind(ARKIT)(later)
    np.testing.assert_allclose(moved, expected, atol=1e-6)
    page.click("#even")
    wait_for(page, "!a2e.session.recording.complete")
    wait_for(page, "a2e.session.recording.complete")
    assert np.array_equal(page.evaluate(rows), plain)


def test_a_file_without_sound_is_refused_kindly(page: Any, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no sound")
    page.set_input_files("#file", tmp_path / "notes.txt")
    page.wait_for_selector("#status:has-text('notes.txt holds no sound')")


def test_a_shape_is_shown_alone_while_its_name_is_held(page: Any) -> None:
    button = page.locator("button.name", has_text="jawOpen")
    before = page.locator("#face").screenshot()
    button.dispatch_event("pointerdown")
    wait_for(page, f"a2e.drawn.weights[{JAW}] === 1")
    assert page.locator("#face").screenshot() != before
    button.dispatch_event("pointerup")
    wait_for(page, f"a2e.drawn.weights[{JAW}] === 0")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_every_screen(page: Any, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(150)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for part in ("#face", "#speak", "#sample", "#choose"):
            box = page.locator(part).bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
        face = page.locator("#face").bounding_box()
        assert face["y"] + face["height"] <= height  # seen without scrolling


BOXES = """() => ["#stage", "#face", "#speak", "#curves"].map((part) => {
  const { x, y, width, height } = document.querySelector(part).getBoundingClientRect();
  return [x, y, width, height].map((length) => Math.round(length * 64) / 64);
})"""
PIXELS = """() => [...document.querySelectorAll("#face, #curves")].map((canvas) => [
  canvas.width, canvas.height, canvas.clientWidth, canvas.clientHeight])"""


def emulate(page: Any, width: int, height: int, density: float) -> None:
    screen = {"width": width, "height": height, "deviceScaleFactor": density, "mobile": False}
    page.context.new_cdp_session(page).send("Emulation.setDeviceMetricsOverride", screen)
    page.wait_for_timeout(150)


def test_the_layout_does_not_depend_on_the_canvases(page: Any) -> None:
    seen: dict[tuple[int, int], Any] = {}
    for width, height in (*SIZES, (899, 700), (1280, 2000), *reversed(SIZES)):
        for density in (1, 1.25, 2, 3):
            emulate(page, width, height, density)
            boxes = page.evaluate(BOXES)
            assert seen.setdefault((width, height), boxes) == boxes
            for pixels in page.evaluate(PIXELS):
                expected = [round(length * min(density, 2)) for length in pixels[2:]]
                assert pixels[:2] == pytest.approx(expected, abs=1)
    before = page.evaluate(BOXES)
    page.evaluate(
        """async () => {
        for (let k = 0; k < 120; k += 1) {
            const size = { width: 50 + 37 * (k % 50), height: 2000 - 13 * k };
            for (const canvas of document.querySelectorAll("#face, #curves")) {
                Object.assign(canvas, size);
            }
            await new Promise((resolve) => requestAnimationFrame(resolve));
        }
    }"""
    )
    assert page.evaluate(BOXES) == before
