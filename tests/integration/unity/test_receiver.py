"""``examples/unity`` compiled (mono's ``mcs``) and fed with VMC by python-osc; no Unity is run."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

import numpy as np
import pytest
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

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


def test_packets_move_the_blend_shapes(tmp_path: Path) -> None:
    program = tmp_path / "face.exe"
    sources = [ROOT / "examples/unity/A2EFace.cs", Path(__file__).parent / "Stub.cs"]
    built = subprocess.run(
        ["mcs", "-warnaserror", f"-out:{program}", *sources], capture_output=True, text=True
    )
    assert built.returncode == 0, built.stdout + built.stderr
    packets = [
        bundle({"JawOpen": 0.25, "MouthSmileLeft": 0.5, "TongueOut": 1}, apply=True),
        bundle({"JawOpen": 0.75}, apply=False),  # the first half of a frame shows nothing yet
        bundle({"MouthSmileLeft": 0.125}, apply=True),
        b"hello",
        b"#bundle\0" + bytes(8) + b"\0\0\xff\xff",
    ]
    files = [tmp_path / f"{i}.osc" for i in range(len(packets))]
    for file, packet in zip(files, packets, strict=True):
        file.write_bytes(packet)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    run = subprocess.run(["mono", program, str(port), *files], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    shown = [[float(value) for value in line.split()] for line in run.stdout.splitlines()]
    last = [75, 12.5, 0]
    np.testing.assert_allclose(shown, [[25, 50, 0], [25, 50, 0], last, last, last])
