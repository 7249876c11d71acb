"""The demo page in a real browser, from a server of files alone."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import a2e
from a2e.data import LOW_LATENCY_MODEL, SPEECH
from a2e.shapes import ARKIT
from tests.harness.browser import wait_for
from tests.harness.static_server import Site, static_site
from tests.harness.sync import FPS, clear, observe
from tests.harness.tiny import tiny_model
from tests.web.faces import avatars

pytestmark = pytest.mark.slow
JAW = ARKIT.index("jawOpen")
DROP = """([name, bytes]) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([Uint8Array.from(bytes)], name));
  const event = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
  document.querySelector("#stage").dispatchEvent(event);
}"""
REFUSE = """() => {
  const refuse = () => Promise.reject(new DOMException("no", "NotAllowedError"));
  navigator.mediaDevices.getUserMedia = refuse;
}"""
KEPT = "async (file) => Boolean(await caches.match(file))"
ROWS = "a2e.session.recording.rows.map((row) => [...row])"


def drop(page: Any, name: str, content: bytes) -> None:
    page.evaluate(DROP, [name, list(content)])


def trouble(page: Any) -> str:
    """The line that says what is wrong."""
    page.wait_for_selector("#status[data-kind=trouble]")
    return str(page.inner_text("#status"))


def heard(page: Any, seconds: float) -> None:
    wait_for(page, f"a2e.drawn.state === 'speaking' && a2e.drawn.time >= {seconds}")


def test_the_sample_is_heard_and_the_face_keeps_its_time(page: Any, errors: list[str]) -> None:
    clear(page)
    page.click("#sample")
    heard(page, 3)
    sync = observe(page)
    rows = np.array(page.evaluate(ROWS))
    assert np.abs(sync.offsets).max() <= 1
    assert abs(sync.lag(rows[:, JAW])) <= 1 / FPS
    assert sync.jaw.max() > 0.3
    assert page.inner_text("#status") == "Speaking"
    page.click("#pause")
    wait_for(page, "a2e.session.context.state === 'suspended'")
    assert not page.is_visible("#resume")
    page.click("#pause")
    heard(page, 3.2)
    page.evaluate("a2e.session.context.suspend()")  # as the browser may, or a phone call
    page.click("#resume")
    heard(page, 3.8)
    assert not page.is_visible("#resume")
    assert errors == []


def test_a_dropped_file_is_written_as_python_writes_it(page: Any, tmp_path: Path) -> None:
    sound = np.random.default_rng(3).normal(0, 0.01, (33_000, 2))
    speech, rate = soundfile.read(SPEECH)
    sound[:, 0] += np.resize(speech, len(sound))
    soundfile.write(tmp_path / "voice.wav", sound, 22_050)
    samples, rate = soundfile.read(tmp_path / "voice.wav", dtype="float32")
    drop(page, "voice.wav", (tmp_path / "voice.wav").read_bytes())
    wait_for(page, "a2e.session.recording?.complete")
    seed = page.evaluate("a2e.session.recording.seed")
    expected = a2e.load().animate(samples, rate, seed=seed)
    rows = np.array(page.evaluate(ROWS), np.float32)
    assert len(rows) == math.ceil(len(samples) * FPS / rate)
    np.testing.assert_allclose(rows, expected.weights, atol=1e-4, rtol=0)
    clip = a2e.Clip(rows, ARKIT, FPS)
    for ending, format in (
        ("json", "bsdata"),
        ("csv", "livelink"),
        ("talkinghead.json", "talkinghead"),
        ("audio2face.json", "audio2face"),
        ("ndjson", "ndjson"),
    ):
        with page.expect_download() as download:
            page.click(f"[data-download='{ending}']")
        assert download.value.suggested_filename == f"voice.{ending}"
        written = tmp_path / f"expected.{ending}"
        clip.save(written, format=format, audio="voice.wav")
        given = Path(download.value.path()).read_text()
        assert parsed(given, ending) == parsed(written.read_text(), ending)


def parsed(text: str, ending: str) -> Any:
    if ending == "csv":
        return text
    return (
        [json.loads(line) for line in text.splitlines()] if ending == "ndjson" else json.loads(text)
    )


def test_it_speaks_without_a_network_after_the_first_visit(blank: Any, built: Path) -> None:
    with static_site(built) as site:
        blank.goto(site.url)
        blank.wait_for_selector("#status:has-text('Ready')")
        blank.wait_for_selector("#offline:visible")
        for file in ("models/model.onnx", "ort/ort-wasm-simd-threaded.wasm"):
            while not blank.evaluate(KEPT, file):
                blank.wait_for_timeout(50)
    blank.context.set_offline(True)  # and the server is gone
    blank.reload()
    blank.wait_for_selector("#status:has-text('Ready')")
    blank.click("#sample")
    heard(blank, 0.5)
    blank.click("#speak")  # its own model never came: the one that is there will do
    blank.wait_for_selector("#status:has-text('Listening')")


def test_what_is_no_good_is_told_in_a_line_and_the_page_goes_on(
    page: Any, errors: list[str]
) -> None:
    drop(page, "other.onnx", b"no model")
    assert trouble(page).startswith("other.onnx: the model can't be loaded as an ONNX model")
    drop(page, "new.onnx", tiny_model(schema=9).SerializeToString())
    wait_for(page, "document.querySelector('#status').textContent.includes('schema 9')")
    drop(page, "noise.mp3", b"no sound")
    wait_for(page, "document.querySelector('#status').textContent.includes('holds no sound')")
    page.evaluate(REFUSE)
    page.click("#speak")
    wait_for(page, "document.querySelector('#status').textContent.includes('is blocked')")
    assert page.get_attribute("#speak", "aria-pressed") == "false"
    page.click("#sample")
    heard(page, 0.2)
    assert errors == []


def test_a_download_that_fails_is_told_and_the_next_try_succeeds(blank: Any, site: Site) -> None:
    site.replaced["/models/model.onnx"] = 404
    blank.goto(site.url)
    assert trouble(blank).endswith("HTTP 404. Is the address right?")
    del site.replaced["/models/model.onnx"]
    blank.click("#sample")
    heard(blank, 0.2)


def test_the_microphone_is_followed(page: Any) -> None:
    page.click("#speak")
    page.wait_for_selector("#status:has-text('Listening')")
    wait_for(page, "a2e.drawn.time > 4", 30)
    assert float(page.inner_text("#latency").split()[0]) > 100
    page.click("#speak")
    wait_for(page, "a2e.session.recording.complete")
    jaw = np.array(page.evaluate(ROWS))[:, JAW]
    assert len(jaw) == math.ceil(page.evaluate("a2e.session.recording.seconds") * FPS)
    samples, rate = soundfile.read(SPEECH, dtype="float32")
    whole = a2e.load(LOW_LATENCY_MODEL).animate(np.tile(samples, 2), rate).weights[:, JAW]
    part = jaw[: 3 * FPS]
    likeness = [
        np.corrcoef(part, whole[at : at + len(part)])[0, 1]
        for at in range(len(samples) * FPS // rate)
    ]
    assert max(likeness) > 0.8


def test_an_avatar_speaks(page: Any, errors: list[str]) -> None:
    files = avatars.all_files()
    drop(page, "still.glb", files["still.glb"])
    assert "no shape of the avatar is named as in ARKit" in trouble(page)
    drop(page, "head.vrm", files["presets.vrm"])
    page.wait_for_selector("#avatar:visible")
    assert not page.is_visible("#face")
    rest = page.locator("#avatar").screenshot()
    page.click("#sample")
    wait_for(page, f"a2e.drawn.weights[{JAW}] > 0.3")
    assert page.locator("#avatar").screenshot() != rest
    page.click("#drawn")
    assert page.is_visible("#face")
    assert errors == []
