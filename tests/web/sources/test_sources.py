"""Sounds as blocks, and faces that keep time with them, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.harness.browser import wait_for, write_speech
from tests.web.site import WEB, site

HERE = Path(__file__).parent
FPS = 30
PAGE = """<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<script type="module" src="/tests/sources-page.js"></script>"""
RATE = 48_000


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("page")
    (folder / "index.html").write_text(PAGE)
    write_speech(folder / "speech.wav", 2)
    with site({"web": WEB, "tests": HERE, "made": folder}) as url:
        yield url


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    context = browser.new_context(permissions=["microphone"])
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(f"{address}made/index.html")
    wait_for(opened, "window.World")
    opened.evaluate(f"void (window.world = new World({{ sampleRate: {RATE} }}))")
    yield opened
    context.close()
    assert errors == []


def steps(seconds: float) -> np.ndarray:
    """A sound whose loudness steps at every sixth of a second, and rests between."""
    at = np.arange(round(seconds * RATE))
    level = np.array([0.1, 0.5, 0.3, 0.9, 0.2, 0.7])[(at * 6 // RATE) % 6]
    return np.asarray(level * np.where(at % 2, -1.0, 1.0), np.float32)


def test_a_buffer_comes_whole_and_its_end_ends_the_source(page: Any) -> None:
    sound = np.random.default_rng(2).uniform(-1, 1, 30_001).astype(np.float32)
    page.evaluate(
        """async (sound) => {
        const node = world.buffer(sound);
        await world.node(node);
        node.start(world.context.currentTime + 0.2);
    }""",
        sound.tolist(),
    )
    wait_for(page, "world.source.state.state === 'ended'")
    heard = np.array(page.evaluate("world.samples()"), np.float32)
    start = int(np.flatnonzero(heard)[0])
    np.testing.assert_array_equal(heard[start : start + len(sound)], sound)
    assert not heard[start + len(sound) :].any()
    assert page.evaluate("world.seams()") < 0.01


def test_the_face_keeps_time_with_what_is_heard(page: Any) -> None:
    sound = steps(2)
    looks = page.evaluate(
        """async (sound) => {
        const node = world.buffer(sound);
        await world.node(node);
        node.start();
        while (!world.voice.speech) await pass(0.01);
        return world.watch(1.5);
    }""",
        sound.tolist(),
    )
    heard = np.array(page.evaluate("world.samples()"), np.float32)
    spoken = [look for look in looks if look[3] == "speaking" and look[1] > 0]
    assert len(spoken) > 15
    for time, index, weight, _ in spoken[5:]:
        assert abs(index - int(time * FPS + 1e-6)) <= 1
        frame = np.abs(heard[index * RATE // FPS : (index + 1) * RATE // FPS])
        assert weight == pytest.approx(float(frame.max()), abs=1e-6)
    assert 0 < page.evaluate("world.voice.delay") < 0.5


def test_a_busy_page_loses_nothing(page: Any) -> None:
    page.evaluate(
        """async () => {
        await world.microphone();
        await pass(0.3);
        const end = performance.now() + 1000;
        while (performance.now() < end);
        await pass(0.2);
    }"""
    )
    assert page.evaluate("world.seconds()") > 1.2
    assert page.evaluate("world.seams()") < 0.01


def test_a_hidden_page_loses_nothing(page: Any) -> None:
    page.evaluate("world.microphone()")
    session = page.context.new_cdp_session(page)
    wait_for(page, "world.seconds() > 0.2")
    session.send("Page.setWebLifecycleState", {"state": "frozen"})
    page.wait_for_timeout(1500)
    session.send("Page.setWebLifecycleState", {"state": "active"})
    wait_for(page, "world.seconds() > 2")
    assert page.evaluate("world.seams()") < 0.01


def test_the_microphone_goes_on_when_its_device_goes(page: Any) -> None:
    page.evaluate(
        """async () => {
        const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        window.tracks = [];
        navigator.mediaDevices.getUserMedia = async (constraints) => {
            const stream = await ask(constraints);
            tracks.push(...stream.getTracks());
            return stream;
        };
        await world.microphone();
    }"""
    )
    wait_for(page, "world.seconds() > 0.3")
    page.evaluate("(tracks[0].stop(), void tracks[0].dispatchEvent(new Event('ended')))")
    wait_for(page, "tracks.length === 2 && world.source.state.state === 'live'")
    before = page.evaluate("world.seconds()")
    wait_for(page, f"world.seconds() > {before} + 0.5")
    assert page.evaluate("world.states") == ["changing", "live"]
    assert page.evaluate("world.seams()") < 0.01
    last = "world.blocks.slice(-20).flatMap(({ samples }) => [...samples])"
    assert np.abs(page.evaluate(last)).max() > 0  # the new device is heard
    page.evaluate(
        """() => {
        window.again = navigator.mediaDevices.getUserMedia;
        navigator.mediaDevices.getUserMedia = async () => {
            throw new DOMException("", "NotFoundError");
        };
    }"""
    )
    page.evaluate("(tracks[1].stop(), void tracks[1].dispatchEvent(new Event('ended')))")
    wait_for(page, "world.source.state.state === 'lost'")
    assert "No microphone was found" in page.evaluate("world.source.state.message")
    before = page.evaluate("world.seconds()")
    wait_for(page, f"world.seconds() > {before} + 0.2")  # silence goes on in time
    page.evaluate("() => { navigator.mediaDevices.getUserMedia = again; }")
    page.evaluate("void navigator.mediaDevices.dispatchEvent(new Event('devicechange'))")
    wait_for(page, "world.source.state.state === 'live'")
    assert page.evaluate("world.seams()") < 0.01
    page.evaluate("world.source.end()")
    assert page.evaluate("tracks.every(({ readyState }) => readyState === 'ended')")


def test_a_refused_microphone_says_so(page: Any) -> None:
    elsewhere = page.url.replace("127.0.0.1", "localhost")
    page.evaluate(
        """(url) => document.body.append(Object.assign(document.createElement("iframe"),
        { src: url }))""",
        elsewhere,
    )
    page.wait_for_load_state("networkidle")
    frame = next(frame for frame in page.frames if frame.url == elsewhere)
    frame.wait_for_function("Boolean(window.World)")
    with pytest.raises(Exception, match="The microphone is blocked"):
        frame.evaluate("new World().microphone()")


def test_a_suspended_context_holds_the_voice_and_lets_it_go_on(page: Any) -> None:
    page.evaluate("world.microphone()")
    wait_for(page, "world.seconds() > 0.3")
    page.evaluate("world.context.suspend()")
    wait_for(page, "world.source.state.state === 'suspended'")
    assert "Click" in page.evaluate("world.source.state.message")
    page.evaluate("world.context.resume()")
    before = page.evaluate("world.seconds()")
    wait_for(page, f"world.seconds() > {before} + 0.3")
    assert page.evaluate("world.states") == ["suspended", "live"]
    assert page.evaluate("world.seams()") < 0.01


def test_a_voice_over_webrtc_is_heard(page: Any) -> None:
    page.evaluate(
        """async () => {
        const tone = new OscillatorNode(world.context, { frequency: 440 });
        await world.webrtc(tone);
        tone.start();
    }"""
    )
    wait_for(page, "world.seconds() > 2")
    heard = np.array(page.evaluate("world.samples()"))[-RATE // 2 :]
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
    assert np.argmax(spectrum) * RATE / len(heard) == pytest.approx(440, abs=5)
    assert page.evaluate("world.seams()") < 0.01


def test_an_element_is_heard_and_can_be_opened_again(page: Any) -> None:
    page.evaluate("world.element('/made/speech.wav')")
    wait_for(page, "world.seconds() > 0.7")
    assert np.abs(page.evaluate("world.samples()")).max() > 0.05
    assert page.evaluate("world.seams()") < 0.01


@pytest.mark.parametrize("kind", ["bytes", "int16", "float32"])
def test_chunks_cut_anywhere_are_played_and_shown(page: Any, kind: str) -> None:
    rate, channels = 24_000, 2
    sound = np.random.default_rng(4).integers(-30_000, 30_000, (rate // 2, channels), np.int16)
    flat = sound.reshape(-1)
    given = {"bytes": flat.view(np.uint8), "int16": flat, "float32": flat / 32_768}[kind]
    arrays = {"bytes": "Uint8Array", "int16": "Int16Array", "float32": "Float32Array"}
    done = page.evaluate(
        f"""async ([given, sizes]) => {{
        const stream = new Loudness({rate});
        const asked = {{ player: world.player, stream, rate: {rate}, channels: {channels} }};
        const voice = new ChunkVoice(asked);
        const all = {arrays[kind]}.from(given);
        let at = 0;
        for (const size of sizes) {{
            voice.push(all.slice(at, at + size));
            at += size;
        }}
        voice.push(all.slice(at));
        await voice.end();
        const rows = voice.speech.frames.rows.map(([weight]) => weight);
        return [rows, await voice.speech.finished, voice.speech.timeline.seconds];
    }}""",
        [given.tolist(), np.random.default_rng(5).integers(1, 4_001, 8).tolist()],
    )
    rows, whole, seconds = done
    assert whole
    assert seconds == pytest.approx(0.5)
    left = np.abs(sound[:, 0].astype(np.float32) / 32_768).reshape(15, -1)
    np.testing.assert_allclose(rows, left.max(1), atol=1e-6)


def test_a_stream_of_another_rate_is_refused(page: Any) -> None:
    ask = "new ChunkVoice({ player: world.player, stream: new Loudness(16000), rate: 24000 })"
    with pytest.raises(Exception, match="made for 16000 Hz; the sound has 24000 Hz"):
        page.evaluate(f"void {ask}")
