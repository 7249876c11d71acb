"""``examples/unity`` compiled by mono's ``mcs``, fed by python-osc and ``a2e live``; no Unity."""

from __future__ import annotations

import shutil
import socket
import subprocess
import wave
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from tests.integration.service import a2e

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.skipif(
    not (shutil.which("mcs") and shutil.which("mono")), reason="there is no mono to compile with"
)


def bundle(weights: dict[str, float], apply: bool) -> bytes:
    made = OscBundleBuilder(IMMEDIATELY)
    for name, weight in weights.items():
        message = OscMessageBuilder("/VMC/Ext/Blend/Val")
        message.add_arg(name)
        message.add_arg(weight, "f")
        made.add_content(message.build())
    if apply:
        made.add_content(OscMessageBuilder("/VMC/Ext/Blend/Apply").build())
    packet: bytes = made.build().dgram
    return packet


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("unity") / "face.exe"
    sources = [ROOT / "examples/unity/A2EFace.cs", Path(__file__).parent / "Stub.cs"]
    command = ["mcs", "-warnaserror", f"-out:{made}", *sources]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    return made


def shown(program: Path, packets: list[bytes], folder: Path) -> np.ndarray:
    """Weights [packets, 3], 0 to 100, of jawOpen, mouthSmileLeft and another after each packet."""
    files = [folder / f"{i}.osc" for i in range(len(packets))]
    for file, packet in zip(files, packets, strict=True):
        file.write_bytes(packet)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    run = subprocess.run(["mono", program, str(port), *files], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return np.array([line.split() for line in run.stdout.splitlines()], float)


def test_packets_move_the_blend_shapes(program: Path, tmp_path: Path) -> None:
    packets = [
        bundle({"JawOpen": 0.25, "MouthSmileLeft": 0.5, "TongueOut": 1}, apply=True),
        bundle({"JawOpen": 0.75}, apply=False),  # the first half of a frame shows nothing yet
        bundle({"MouthSmileLeft": 0.125}, apply=True),
        b"hello",
        b"#bundle\0" + bytes(8) + b"\0\0\xff\xff",
    ]
    last = [75, 12.5, 0]
    expected = [[25, 50, 0], [25, 50, 0], last, last, last]
    np.testing.assert_allclose(shown(program, packets, tmp_path), expected)


def test_a_live_voice_moves_them(program: Path, tmp_path: Path) -> None:
    with wave.open(str(ROOT / "tests/golden/speech16k.wav")) as file:
        voice = file.readframes(16_000)
    with wave.open(str(tmp_path / "voice.wav"), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(voice)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(1)
        address = f"vmc://127.0.0.1:{listener.getsockname()[1]}"
        options = ("--rate", 16_000, "--seed", 1, "--to", address)
        subprocess.run(a2e("live", "-", *options), input=voice, check=True, capture_output=True)
        packets = []
        with suppress(TimeoutError):
            while True:
                packets.append(listener.recv(65_536))
    command = a2e("animate", tmp_path / "voice.wav", "-o", tmp_path / "face.npz", "--seed", 1)
    subprocess.run(command, check=True, capture_output=True)
    with np.load(tmp_path / "face.npz") as face:
        names = list(face["names"])
        columns = [names.index("jawOpen"), names.index("mouthSmileLeft")]
        expected = 100 * face["weights"][:, columns]
    ends = [b"/VMC/Ext/Blend/Apply" in packet for packet in packets]
    found = shown(program, packets, tmp_path)[ends, :2]
    np.testing.assert_allclose(found, expected, rtol=1e-6)
