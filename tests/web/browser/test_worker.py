"""The runtime in a page: its worker, its files, its mistakes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import soundfile

import a2e
from a2e.data import MODEL, SPEECH
from tests.harness.static_server import Site

pytestmark = pytest.mark.slow
SECONDS = 2
MODEL_FILE = "/models/model.onnx"
WASM_FILE = "/ort/ort-wasm-simd-threaded.wasm"
IMPORT = 'const a2e = await import("/runtime/index.js");'
KEPT = """async ([file, kept]) => {
  while (Boolean(await caches.match(file)) !== kept) await new Promise((r) => setTimeout(r, 20));
}"""
STREAM = """async ([samples, cut, options]) => {
  const { load, Live, Upstream } = await import("/runtime/index.js");
  const progress = [];
  const { load: how, post, ...asked } = options;
  const model = await load(null, { ...how, onProgress: (p) => progress.push(p) });
  const profile = post === "live" ? new Live() : null;
  const stream = model.stream({ ...asked, post: profile });
  const all = asked.int16 ? Int16Array.from(samples) : Float32Array.from(samples);
  const calls = [];
  for (let at = 0; at < all.length; at += cut) calls.push(stream.push(all.subarray(at, at + cut)));
  const frames = await Promise.all([...calls, stream.flush()]);
  return {
    firsts: frames.map(({ first }) => first),
    counts: frames.map(({ count }) => count),
    weights: frames.flatMap(({ weights }) => [...weights]),
    progress, latency: stream.latency, names: stream.names, fps: model.fps, spec: model.spec,
    left: all.length,
  };
}"""


def speech(seconds: float = SECONDS) -> tuple[np.ndarray, int]:
    samples, rate = soundfile.read(SPEECH, dtype="float32")
    return samples[: round(seconds * rate)], rate


def streamed(page: Any, cut: int = 2_400, seconds: float = SECONDS, **options: Any) -> Any:
    samples, rate = speech(seconds)
    return page.evaluate(STREAM, [samples.tolist(), cut, {"rate": rate, **options}])


def loading(page: Any, source: str = "null", options: str = "{}") -> str:
    """What loading ends with: an error's name and message, or nothing."""
    return str(
        page.evaluate(
            f"""async () => {{ {IMPORT}
            try {{ globalThis.model = await a2e.load({source}, {options}); return ""; }}
            catch (error) {{
              return `${{error instanceof a2e.A2EError}} ${{error.name}}: ${{error.message}}`;
            }} }}"""
        )
    )


@contextmanager
def replaced(site: Site, path: str, content: bytes | int) -> Iterator[None]:
    site.replaced[path] = content
    try:
        yield
    finally:
        del site.replaced[path]


@pytest.mark.parametrize("post", ["raw", "live"])
def test_frames_are_pythons(empty_page: Any, post: str) -> None:
    cached = post == "live"
    given = streamed(empty_page, cut=3_333, post=post, seed=7, load={"cache": cached})
    samples, rate = speech()
    profile = a2e.Live() if post == "live" else None
    model = a2e.load()
    expected = model.animate(samples, rate, post=profile, seed=7).weights
    got = np.array(given["weights"], np.float32).reshape(expected.shape)
    np.testing.assert_allclose(got, expected, atol=1e-4, rtol=0)
    assert given["firsts"] == np.cumsum([0, *given["counts"][:-1]]).tolist()
    assert given["names"] == list(model.names)
    assert given["fps"] == model.spec.fps
    stream = model.stream(rate, post=profile)
    assert given["latency"] == pytest.approx(stream.latency)
    assert empty_page.evaluate("async () => (await caches.keys()).length") == cached
    assert given["left"] == len(samples)  # the caller's samples stay the caller's


def test_files_come_once_and_then_from_the_cache(empty_page: Any, site: Site) -> None:
    first = streamed(empty_page, seconds=0.2)
    assert {("GET", MODEL_FILE), ("GET", WASM_FILE)} <= set(site.asked)
    assert not [path for _, path in site.asked if "webgpu" in path or "asyncify" in path]
    sizes = {
        file: [p["loaded"] for p in first["progress"] if p["file"] == file]
        for file in ("model", "wasm")
    }
    assert sizes["model"][-1] == MODEL.stat().st_size
    assert len(sizes["wasm"]) > 2
    assert all(loaded == sorted(loaded) for loaded in sizes.values())
    assert {p["total"] for p in first["progress"]} == {sizes["model"][-1], sizes["wasm"][-1]}
    for file in (WASM_FILE, MODEL_FILE):
        empty_page.evaluate(KEPT, [file, True])
    empty_page.reload()
    site.asked.clear()
    again = streamed(empty_page, seconds=0.2)
    assert again["weights"] == first["weights"]
    asked = {path for method, path in site.asked if method == "GET"}
    assert not asked & {MODEL_FILE, WASM_FILE}


def test_a_newer_file_on_the_server_is_taken_by_the_next_visit(empty_page, site) -> None:
    assert loading(empty_page) == ""
    empty_page.evaluate(KEPT, [MODEL_FILE, True])
    with replaced(site, MODEL_FILE, b"another file"):
        assert loading(empty_page) == ""  # what was kept
        empty_page.evaluate(KEPT, [MODEL_FILE, False])
        assert "can't be loaded as an ONNX model" in loading(empty_page)
    assert loading(empty_page) == ""  # and nothing bad was kept


def test_damaged_files_in_the_cache_are_fetched_anew(empty_page: Any, site: Site) -> None:
    damage = "async (f) => (await caches.open('a2e')).put(f, new Response('damaged'))"
    empty_page.evaluate(damage, WASM_FILE)
    assert loading(empty_page) == ""
    for file in (WASM_FILE, MODEL_FILE):
        empty_page.evaluate(KEPT, [file, True])
    empty_page.evaluate(damage, MODEL_FILE)
    site.asked.clear()
    assert loading(empty_page) == ""
    assert ("GET", MODEL_FILE) in site.asked
    assert ("GET", WASM_FILE) not in site.asked  # it was good


def test_with_isolation_it_has_threads(context: Any, isolated_site: Site) -> None:
    page = context.new_page()
    page.goto(isolated_site.url)
    assert page.evaluate("crossOriginIsolated")
    alone = streamed(page, seconds=1)
    threads = streamed(page, seconds=1, load={"threads": 2})
    np.testing.assert_allclose(threads["weights"], alone["weights"], atol=1e-5, rtol=0)


def broken(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flipped(data: bytes) -> bytes:
    return data[:-1_000_000] + bytes([data[-1_000_000] ^ 1]) + data[-999_999:]


def newer(data: bytes) -> bytes:
    key = b"a2e.schema"
    at = data.index(key) + len(key)
    return data[:at] + data[at:].replace(b"2", b"9", 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (broken, "can't be loaded as an ONNX model: the field at byte"),
        (flipped, "is damaged: its weights are not what was written"),
        (newer, "has model schema 9; this a2e reads up to 2"),
        (lambda _: b"<!doctype html><p>not found", "can't be loaded as an ONNX model"),
    ],
    ids=["broken", "flipped", "newer", "page"],
)
def test_bad_models_are_refused(empty_page: Any, site: Site, change: Any, message: str) -> None:
    with replaced(site, "/bad.onnx", change(MODEL.read_bytes())):
        told = loading(empty_page, '"bad.onnx"')
    assert told.startswith("true ModelError: " + site.url + "bad.onnx")
    assert message in told
    assert "\n" not in told


def test_what_is_not_there_is_told(empty_page: Any, site: Site) -> None:
    assert loading(empty_page, '"none.onnx"') == (
        f"true DownloadError: {site.url}none.onnx can't be fetched: HTTP 404. Is the address right?"
    )
    assert "DownloadError: http://127.0.0.1:9/" in loading(empty_page, '"http://127.0.0.1:9/x"')
    with replaced(site, WASM_FILE, 404):
        assert "ort-wasm-simd-threaded.wasm can't be fetched: HTTP 404" in loading(empty_page)
    with replaced(site, WASM_FILE, b"<!doctype html>"):
        assert "is no WebAssembly" in loading(empty_page)
    told = loading(empty_page, options="{ base: '/elsewhere' }")
    assert "true ProviderError: the worker stopped" in told


def test_options_that_cant_be(empty_page: Any) -> None:
    assert "OptionError: threads" in loading(empty_page, options="{ threads: 0 }")
    assert "OptionError: backend" in loading(empty_page, options="{ backend: 'cuda' }")
    assert "ModelError: a model is named by" in loading(empty_page, source="7")
    assert "ProviderError: this browser offers no WebGPU" in loading(
        empty_page, options="{ backend: 'webgpu' }"
    )


def test_mistakes_with_a_stream_are_told_and_take_nothing(empty_page: Any) -> None:
    told = empty_page.evaluate(
        f"""async () => {{ {IMPORT}
        const model = await a2e.load();
        const mistakes = [];
        const note = (error) => mistakes.push(`${{error.name}}: ${{error.message}}`);
        const rate = 16000;
        const controls = {{ gain: {{ jaw: 1 }} }};
        for (const options of [{{ rate: 1 }}, {{ rate, style: 9 }}, {{ rate, seed: -1 }},
            {{ rate, controls }}, {{ rate, posts: null }}]) {{
          try {{ model.stream(options); }} catch (error) {{ note(error); }}
        }}
        const stream = model.stream({{ rate: 16000, post: null }});
        await stream.push(new Float32Array([0, Number.NaN])).catch(note);
        await stream.push([0, 1]).catch(note);
        await stream.push(new Float32Array(3), {{ channels: 2 }}).catch(note);
        await stream.change({{ style: 9 }}).catch(note);
        const {{ count }} = await stream.flush();
        stream.close();
        await stream.push(new Float32Array(3)).catch(note);
        model.close();
        await model.stream({{ rate: 16000 }}).push(new Float32Array(3)).catch(note);
        return [mistakes, count]; }}"""
    )
    kinds = [message.partition(":")[0] for message in told[0]]
    expected = ["AudioError", *["OptionError"] * 4, "AudioError", *["AudioTypeError"] * 2]
    assert kinds == [*expected, "OptionError", *["StreamClosedError"] * 2]
    assert told[1] == 0


def test_changes_resets_and_peeks_are_the_streams_own(empty_page: Any) -> None:
    samples, _ = speech(1)
    got = empty_page.evaluate(
        f"""async (samples) => {{ {IMPORT}
        const model = await a2e.load();
        const voice = Float32Array.from(samples);
        const stream = model.stream({{ rate: 24000, seed: 3 }});
        const calls = () => [stream.push(voice), stream.peek(), stream.flush()];
        const all = async () => (await Promise.all(calls())).map(({{ first, count, weights }}) =>
          [first, count, [...weights]]);
        const once = await all();
        await stream.reset();
        await stream.push(voice.subarray(0, 5000));
        await stream.reset();
        const again = await all();
        await stream.reset();
        await stream.change({{ style: 1, controls: {{ mute: ["jawOpen"] }} }});
        const changed = await all();
        model.close();
        return [once, again, changed]; }}""",
        samples.tolist(),
    )
    once, again, changed = got
    assert once == again
    assert once[1] == once[2]  # what peek and flush gave
    assert [part[:2] for part in once] == [part[:2] for part in changed]
    jaw = a2e.load().names.index("jawOpen")
    muted = np.array(changed[0][2]).reshape(-1, 52)
    assert muted[:, jaw].max() == 0
    assert np.abs(muted - np.array(once[0][2]).reshape(-1, 52)).max() > 0.01
