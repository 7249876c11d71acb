"""`node web/examples/animate.mjs FILE.wav` gives what `a2e animate` does."""

from __future__ import annotations

import json
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

import a2e
from a2e.data import LOW_LATENCY_MODEL, SPEECH
from tests.web.node import find_node

WEB = Path(__file__).parents[3] / "web"
TOLERANCE = 1e-4


def animate(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [find_node(), WEB / "examples" / "animate.mjs", *arguments]
    return subprocess.run([str(part) for part in command], capture_output=True, text=True)


def write(path: Path, channels: int, rate: int, kind: str, format: str = "WAV") -> Path:
    samples, _ = soundfile.read(SPEECH, dtype="float32", frames=20_000)
    many = np.stack([samples * 0.9**c for c in range(channels)], 1)
    soundfile.write(path, many, rate, kind, format=format)
    return path


@pytest.mark.parametrize(
    ("channels", "rate", "kind", "format", "options"),
    [
        (1, 16_000, "PCM_16", "WAV", ()),
        (2, 44_100, "PCM_24", "WAV", ("--post", "raw")),
        (1, 8_000, "PCM_U8", "WAV", ("--post", "upstream")),
        (6, 48_000, "PCM_32", "WAVEX", ()),
        (2, 24_000, "FLOAT", "WAVEX", ("--post", "raw", "--model", str(LOW_LATENCY_MODEL))),
        (1, 22_050, "DOUBLE", "WAV", ("--post", "live")),
    ],
)
def test_weights_equal_the_commands(
    channels: int, rate: int, kind: str, format: str, options: tuple[str, ...], tmp_path: Path
) -> None:
    path = write(tmp_path / "voice.wav", channels, rate, kind, format)
    done = animate(path, "--seed", "5", *options)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    asked = dict(zip(options[::2], options[1::2], strict=True))
    posts = {"live": a2e.Live(), "upstream": a2e.Upstream(), "raw": None}
    model = a2e.load(asked.get("--model"))
    expected = model.animate_file(path, post=posts[asked.get("--post", "live")], seed=5)
    assert told["names"] == list(expected.names)
    assert told["frame_rate"] == expected.fps
    frames = np.array(told["frames"])
    assert frames.shape == expected.weights.shape
    np.testing.assert_allclose(frames, expected.weights, atol=TOLERANCE, rtol=0)


def wav(encoding: int, bits: int, channels: int = 1, data: bytes = b"\0" * 64) -> bytes:
    width = bits // 8 * channels
    chunk = struct.pack("<HHIIHH", encoding, channels, 16_000, 16_000 * width, width, bits)
    body = b"WAVEfmt " + struct.pack("<I", 16) + chunk + b"data" + struct.pack("<I", len(data))
    return b"RIFF" + struct.pack("<I", len(body) + len(data)) + body + data


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (b"no sound", (), "it is no WAV file"),
        (b"RIFF\0\0\0\0WAVE", (), "has no format chunk"),
        (wav(7, 8), (), "got encoding 7 with 8 bits"),
        (wav(1, 12), (), "with 12 bits"),
        (wav(1, 16, 0), (), "0 channels"),
        (wav(3, 32, data=struct.pack("<f", float("nan"))), (), "NaN or infinity"),
        (wav(1, 16), ("--post", "best"), "--post must be live, upstream or raw; got 'best'"),
        (wav(1, 16), ("--seed", "-1"), "seed"),
        (wav(1, 16), ("--speed", "2"), "speed"),
        (wav(1, 16), ("other.wav",), "expected one WAV file; got 2"),
        (wav(1, 16), ("--model", "no.onnx"), "there is no model file at"),
        (wav(1, 16), ("--model", str(SPEECH)), "can't be loaded as an ONNX model"),
        (None, (), "can't be read"),
    ],
)
def test_mistakes_are_told_in_a_line(
    content: bytes | None, options: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "voice.wav"
    if content is not None:
        path.write_bytes(content)
    done = animate(path, *options)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("animate: error: ")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
