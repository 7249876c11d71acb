"""``a2e stream``, run as people run it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

import a2e
from tests.runtime.console.conftest import A2E


@pytest.mark.parametrize(
    ("format", "channels", "dtype"), [("s16le", 1, "<i2"), ("f32le", 2, "<f4")]
)
def test_stream_gives_frames_while_the_voice_goes_on(
    model_path, speech, format: str, channels: int, dtype: str
) -> None:
    scale = 32_767 if format == "s16le" else 1
    samples = np.repeat((speech * scale).astype(dtype)[:, None], channels, axis=1)
    half = len(samples) // 2
    command = [*A2E, "stream", "--rate", "16000", "--format", format, "--channels", str(channels)]
    command += ["--model", model_path, "--seed", "1"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(samples[:half].tobytes())
        process.stdin.flush()
        head = json.loads(process.stdout.readline())
        early = [json.loads(process.stdout.readline()) for _ in range(80)]
        process.stdin.write(samples[half:].tobytes())
        process.stdin.close()
        frames = early + [json.loads(line) for line in process.stdout]
    assert process.returncode == 0
    assert head["fps"] == 30
    native = samples.astype(samples.dtype.newbyteorder("="))
    expected = a2e.load(model_path).animate(native, 16_000, seed=1)
    assert head["names"] == list(expected.names)
    np.testing.assert_allclose([f["weights"] for f in frames], expected.weights, atol=1e-6)


def test_stream_that_ends_inside_a_sample_says_so_and_gives_its_frames(model_path) -> None:
    command = [*A2E, "stream", "--rate", "16000", "--model", model_path]
    found = subprocess.run(command, input=b"\0" * 3201, capture_output=True)
    assert found.returncode == 1
    assert len(found.stdout.splitlines()) == 1 + 3
    assert b"ended 1 bytes into a sample of 2" in found.stderr
    assert b"Traceback" not in found.stderr


@pytest.mark.parametrize(("format", "dtype"), [("s32be", ">i4"), ("f64le", "<f8")])
def test_every_encoding_to_a_file(
    model_path, speech, tmp_path: Path, format: str, dtype: str
) -> None:
    scale = 2**31 - 1 if format == "s32be" else 1
    samples = (speech.astype(np.float64) * scale).astype(dtype)
    command = [*A2E, "stream", "--rate", "16000", "--format", format, "--seed", "1"]
    command += ["--model", model_path, "-o", str(tmp_path / "face.ndjson")]
    subprocess.run(command, input=samples.tobytes(), check=True)
    _, *lines = (tmp_path / "face.ndjson").read_text().splitlines()
    expected = a2e.load(model_path).animate(speech, 16_000, seed=1)
    frames = [json.loads(line)["weights"] for line in lines]
    np.testing.assert_allclose(frames, expected.weights, atol=1e-4)
