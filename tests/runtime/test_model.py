"""Loading: what a file says, and what is refused."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import soundfile

import a2e
from a2e.data import MODEL, SPEECH
from a2e.spec import SCHEMA, Spec
from a2e_export.seal import seal


@pytest.fixture(scope="module")
def path(converted) -> Path:
    return converted(3, 0)


def altered(path: Path, target: Path, **metadata: str | None) -> Path:
    """A copy of a model file with some metadata changed, or removed for None."""
    model = onnx.load(path)
    props = {p.key: p.value for p in model.metadata_props} | {
        f"a2e.{key}": value for key, value in metadata.items()
    }
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, {k: v for k, v in props.items() if v is not None})
    onnx.save(model, target)
    return target


def resealed(path: Path) -> Path:
    path.write_bytes(seal(path.read_bytes()))
    return path


def test_a_file_tells_all_about_itself(path: Path) -> None:
    spec = a2e.load(path).spec
    assert (spec.kind, spec.hop, spec.lookahead, spec.window) == ("recompute", 3, 0, 64)
    assert (spec.sample_rate, spec.fps, spec.precision) == (16_000, 30, "float32")
    assert spec.styles == tuple(map(str, range(12)))
    assert spec.shapes[24] == "jawOpen"
    assert len(spec.source_sha256) == 64
    assert set(spec.tools) == {"a2e", "torch", "onnx", "onnxruntime"}


def test_metadata_makes_the_round_trip(path: Path) -> None:
    spec = a2e.load(path).spec
    assert Spec.from_metadata(spec.to_metadata(), "x") == spec


def test_threads_change_nothing(path: Path, speech) -> None:
    one = a2e.load(path, threads=1).animate(speech, 16_000, post=None).weights
    two = a2e.load(path, threads=2).animate(speech, 16_000, post=None).weights
    np.testing.assert_allclose(one, two, atol=1e-5)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(a2e.ModelError, match=r"there is no model file at .*gone\.onnx"):
        a2e.load(tmp_path / "gone.onnx")


def test_a_file_that_is_no_onnx(tmp_path: Path) -> None:
    bad = tmp_path / "bad.onnx"
    bad.write_bytes(b"not a graph")
    with pytest.raises(a2e.ModelError, match="can't be loaded as an ONNX model"):
        a2e.load(bad)


def test_an_onnx_file_of_somebody_else(path: Path, tmp_path: Path) -> None:
    model = onnx.load(path)
    del model.metadata_props[:]
    onnx.save(model, tmp_path / "naive.onnx")
    with pytest.raises(a2e.ModelError, match=r"naive\.onnx is an ONNX file, but not an a2e model"):
        a2e.load(tmp_path / "naive.onnx")


def test_a_newer_schema(path: Path, tmp_path: Path) -> None:
    newer = altered(path, tmp_path / "newer.onnx", schema=str(SCHEMA + 1))
    with pytest.raises(a2e.ModelError, match=rf"has model schema {SCHEMA + 1}; this a2e reads up"):
        a2e.load(newer)


@pytest.mark.parametrize(
    "damage", [{"hop": None}, {"shapes": "["}, {"styles": "3"}, {"hop": "4"}, {"window": "2"}]
)
def test_damaged_metadata(path: Path, tmp_path: Path, damage: dict[str, str | None]) -> None:
    damaged = altered(path, tmp_path / "damaged.onnx", **damage)
    with pytest.raises(a2e.ModelError, match="damaged a2e metadata"):
        a2e.load(damaged)


def test_a_graph_that_breaks_the_contract(path: Path, tmp_path: Path) -> None:
    model = onnx.load(path)
    del model.graph.output[1]
    (tmp_path / "broken.onnx").write_bytes(seal(model.SerializeToString()))
    with pytest.raises(a2e.ModelError, match="does not keep the streaming contract"):
        a2e.load(tmp_path / "broken.onnx")


def test_metadata_that_is_not_the_graphs(path: Path, tmp_path: Path) -> None:
    with pytest.raises(a2e.ModelError, match="does not keep the streaming contract"):
        a2e.load(resealed(altered(path, tmp_path / "other.onnx", hop="6")))


def test_a_provider_that_falls_back_is_refused(path: Path, monkeypatch) -> None:
    """ONNX Runtime lists CUDA as available, and only warns when its libraries are missing."""
    import onnxruntime

    providers = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    if providers[0] in onnxruntime.get_available_providers():
        pytest.skip("this ONNX Runtime has CUDA")
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: providers)
    with (
        pytest.warns(UserWarning, match="not in available provider names"),
        pytest.raises(a2e.ProviderError, match="'cuda' could not start, and ONNX Runtime fell"),
    ):
        a2e.load(path, provider="cuda")


def test_providers_and_threads(path: Path) -> None:
    with pytest.raises(a2e.OptionError, match="provider must be one of cpu, cuda; got 'tpu'"):
        a2e.load(path, provider="tpu")
    with pytest.raises(a2e.OptionError, match="threads must be at least 1; got 0"):
        a2e.load(path, threads=0)


def test_cuda_where_there_is_none(path: Path) -> None:
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this ONNX Runtime has CUDA")
    with pytest.raises(a2e.ProviderError, match="'cuda' is not available: .* extra 'cuda'"):
        a2e.load(path, provider="cuda")


def speech() -> np.ndarray:
    return soundfile.read(SPEECH, dtype="float32")[0]


def weights_of(model: a2e.Model) -> np.ndarray:
    audio = np.random.default_rng(0).uniform(-0.3, 0.3, 16_000).astype(np.float32)
    return model.animate(audio, 16_000, seed=0).weights


class TestLowLatency:
    def test_no_stream_holds_frames_back(self) -> None:
        model = a2e.load(MODEL, low_latency=True)
        graph_alone = (model.spec.hop + model.spec.lookahead) / model.spec.fps
        for post in (None, a2e.Live(), a2e.Live(brows=True, smoothing=False), a2e.Upstream()):
            assert model.stream(16_000, post=post).latency == pytest.approx(graph_alone)
        assert model.stream(16_000).latency < a2e.load(MODEL).stream(16_000).latency

    def test_it_lasts_through_pickling(self) -> None:
        assert pickle.loads(pickle.dumps(a2e.load(MODEL, low_latency=True))).low_latency

    def test_its_frames_come_sooner_and_hardly_differ(self) -> None:
        audio = speech()[:48_000]
        prompt, default = (a2e.load(MODEL, low_latency=low) for low in (True, False))
        assert len(prompt.stream(16_000).push(audio)) > len(default.stream(16_000).push(audio))
        frames = [model.animate(audio, 16_000, seed=0).weights for model in (prompt, default)]
        assert np.abs(frames[0] - frames[1]).mean() < 0.01

    def test_the_bundled_one_has_a_file_of_its_own(self) -> None:
        model = a2e.load(low_latency=True)
        assert model.spec.lookahead == 0
        assert model.stream(48_000).latency < 0.11
        assert pickle.loads(pickle.dumps(model)).spec == model.spec

    def test_without_that_file_one_line_says_so(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("a2e.model.LOW_LATENCY_MODEL", Path("gone/model-low-latency.onnx"))
        with pytest.raises(a2e.ModelError, match=r"without model-low-latency\.onnx; name a file"):
            a2e.load(low_latency=True)


class TestPickling:
    def test_a_model_goes_to_another_process(self, tmp_path: Path) -> None:
        path = tmp_path / "face.onnx"
        path.write_bytes(MODEL.read_bytes())
        for model in (a2e.load(), a2e.load(path, threads=2)):
            again = pickle.loads(pickle.dumps(model))
            assert np.array_equal(weights_of(again), weights_of(model))
            assert again.spec == model.spec

    def test_a_file_that_is_another_now(self, tmp_path: Path) -> None:
        path = tmp_path / "face.onnx"
        path.write_bytes(MODEL.read_bytes())
        pickled = pickle.dumps(a2e.load(path))
        resealed(altered(path, path, default_style="1"))
        with pytest.raises(a2e.ModelError, match=r"face\.onnx is another file than when"):
            pickle.loads(pickled)
        path.unlink()
        with pytest.raises(a2e.ModelError, match="there is no model file"):
            pickle.loads(pickled)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_that_is_no_utf8(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/gesicht-\xe4.onnx"))
    path.write_bytes(MODEL.read_bytes())
    assert a2e.load(path).spec == a2e.load().spec
    assert pickle.loads(pickle.dumps(a2e.load(path))).spec == a2e.load().spec
    path.write_bytes(b"not a graph")
    with pytest.raises(a2e.ModelError, match=r"gesicht-\\xe4\.onnx can't be loaded") as error:
        a2e.load(path)
    str(error.value).encode()  # can be printed anywhere


def test_the_hosts_arithmetic_stays() -> None:
    """ONNX Runtime can flush denormals, and would do so for the whole thread."""
    program = (
        "import a2e, threading, numpy as np\n"
        "a2e.load().animate(np.zeros(8000, np.float32), 16000)\n"
        "tiny = [1e-308]\n"
        "thread = threading.Thread(target=lambda: tiny.append(tiny[0] / 10))\n"
        "thread.start(); thread.join()\n"
        "print(tiny[0] / 10 > 0, tiny[1] > 0)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.stdout.split() == ["True", "True"]


def test_context_holds_no_denormals_after_speech(speech) -> None:
    """They would make silence slower than speech."""
    model = a2e.load()
    size = model.spec.hop_samples
    fading = speech[: 30 * size] * np.logspace(0, -40, 30 * size, dtype=np.float32)
    for tail in (np.zeros(30 * size, np.float32), fading):
        context = model.initial_context()
        for audio in np.concatenate((speech[: 10 * size], tail)).reshape(-1, 1, size):
            _, context = model.step(audio, model.style(None)[None], context)
            for tensor in context.values():
                assert not ((tensor != 0) & (np.abs(tensor) < np.finfo(np.float32).tiny)).any()
