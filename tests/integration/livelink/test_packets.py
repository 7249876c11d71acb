"""``a2e live`` to PyLiveLinkFace: its decoder reads each packet, bit for bit."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from pylivelinkface import FaceBlendShape, PyLiveLinkFace

SPEECH = Path(__file__).parents[2] / "golden" / "speech16k.wav"
SECONDS = 2
A2E = [os.environ.get("A2E", sys.executable), "-m", "a2e"]


def voice() -> bytes:
    """Two seconds of speech, s16le at 16 kHz."""
    with wave.open(str(SPEECH)) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (16_000, 2, 1)
        return file.readframes(16_000 * SECONDS)


def animated(options: list[str], folder: Path) -> tuple[list[str], np.ndarray]:
    """Names and frames [n, names], float32, of ``a2e animate``."""
    sound, face = folder / "voice.wav", folder / "face.npz"
    with wave.open(str(sound), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(voice())
    subprocess.run([*A2E, "animate", sound, "-o", face, *options], check=True)
    with np.load(face) as content:
        return [str(name) for name in content["names"]], content["weights"]


@pytest.mark.parametrize(("fps", "rate"), [("30", (30, 1)), ("60", (60, 1))])
def test_its_decoder_reads_every_packet(fps: str, rate: tuple[int, int], tmp_path: Path) -> None:
    options = ["--seed", "1", "--head", "--fps", fps]
    names, expected = animated(options, tmp_path)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(60)
        address = f"livelink://127.0.0.1:{receiver.getsockname()[1]}/Actor"
        command = [*A2E, "live", "-", "--rate", "16000", "--to", address, *options]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
            assert process.stdin is not None
            process.stdin.write(voice())
            process.stdin.close()
            packets = [receiver.recv(4_096) for _ in expected]
        assert process.returncode == 0
    faces = []
    for packet in packets:
        found, face = PyLiveLinkFace.decode(packet)
        assert found
        faces.append(face)
    assert {face.name for face in faces} == {"Actor"}
    assert {len(face.uuid) for face in faces} == {37}
    assert {(face.fps, face._denominator) for face in faces} == {rate}
    assert np.all(np.diff([face._frames for face in faces]) == 1)
    shapes = [FaceBlendShape[name[0].upper() + name[1:]] for name in names]
    found = [[face.get_blendshape(shape) for shape in shapes] for face in faces]
    assert np.array_equal(np.array(found, np.float32), expected)
    theirs = PyLiveLinkFace(name="Actor", fps=60).encode()
    assert {(packet[:5], len(packet)) for packet in packets} == {(theirs[:5], len(theirs))}
