"""``a2e live``, run as people run it."""

from __future__ import annotations

import ctypes.util
import json
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest

import a2e
from a2e.console import live
from tests.runtime.console.conftest import A2E
from tests.runtime.outputs.readers import address, arkit, read_livelink, receiver

STDIN = [*A2E, "live", "-", "--rate", "16000", "--seed", "1"]


def test_raw_samples_to_unreal_and_lines(speech) -> None:
    samples = (speech[:19_200] * 32_767).astype("<i2")
    expected = a2e.load().animate(samples, 16_000, seed=1, fps=60)
    with receiver() as found:
        command = [*STDIN, "--fps", "60", "--to", address("livelink", found), "--to", "ndjson:-"]
        ran = subprocess.run(command, input=samples.tobytes(), capture_output=True, timeout=60)
        packets = [read_livelink(found.recv(65_536)) for _ in expected.weights]
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert np.array_equal([arkit(p, list(expected.names)) for p in packets], expected.weights)
    assert {packet.rate for packet in packets} == {(60, 1)}
    head, *lines = map(json.loads, ran.stdout.splitlines())
    assert head == {"names": list(expected.names), "fps": 60}
    np.testing.assert_allclose([f["weights"] for f in lines], expected.weights, atol=1e-6)


def test_a_live_pipe_goes_on_until_it_is_stopped(tmp_path: Path) -> None:
    file = tmp_path / "face.ndjson"
    command = [*STDIN, "--to", f"ndjson:{file}", "--to", "ndjson:-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(bytes(32_000))
        process.stdin.flush()
        for _ in range(10):
            process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        assert process.wait(20) == 0
    assert len(file.read_text().splitlines()) > 10


def test_a_file_that_was_not_finished_is_not_there(tmp_path: Path) -> None:
    command = [*STDIN, "--to", f"ndjson:{tmp_path}/face.ndjson", "--to", "ndjson:-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(bytes(32_000))
        process.stdin.flush()
        process.stdout.readline()
        process.terminate()
        process.stdout.read()
        assert process.wait(20) == 130
    assert list(tmp_path.iterdir()) == []


def test_it_ends_when_its_only_reader_has_gone() -> None:
    with subprocess.Popen(
        [*STDIN, "--to", "ndjson:-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(bytes(64_000))
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(20) == 1


@pytest.mark.parametrize(
    ("arguments", "message", "status"),
    [
        (["-"], "--to", 2),
        (["-", "--to", "ndjson:-"], "--rate", 2),
        (["voice.wav", "--to", "ndjson:-"], "expected - or nothing", 2),
        (["-", "--rate", "16000", "--to", "http://h"], "expected an output such as", 1),
        (["-", "--rate", "16000", "--to", "vmc://no.host.invalid"], "can't find the host", 1),
        (
            ["-", "--rate", "16000", "--shapes", "oculus", "--to", "livelink://127.0.0.1"],
            "Live Link holds ARKit's shapes",
            1,
        ),
        (["-", "--rate", "16000", "--encoding", "s5", "--to", "ndjson:-"], "--encoding", 2),
    ],
)
def test_mistakes_are_told_in_a_line(arguments: list[str], message: str, status: int) -> None:
    ran = subprocess.run(
        [*A2E, "live", *arguments], input="0" * 640, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == status
    assert message in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert ran.stdout == ""


@pytest.mark.skipif(
    ctypes.util.find_library("portaudio") is not None, reason="PortAudio is installed"
)
@pytest.mark.parametrize("arguments", [["--devices"], ["--to", "ndjson:-"]])
def test_without_portaudio_the_microphone_says_what_to_install(arguments: list[str]) -> None:
    pytest.importorskip("_sounddevice", reason="sounddevice is not installed")
    ran = subprocess.run([*A2E, "live", *arguments], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 1
    assert "install it (Debian: libportaudio2" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("peak", "bar", "text"),
    [(1.0, 30, "  0.0 dB clipped"), (0.1, 20, "-20.0 dB"), (0.0, 0, "-60.0 dB")],
)
def test_the_meter(peak: float, bar: int, text: str) -> None:
    shown = live.level(np.array([[0.0], [-peak]], np.float32))
    assert shown.count("#") == bar
    assert shown.endswith(text)
