"""What a file claims costs no memory, and makes no sound that is not there."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import a2e
from a2e.audio.decode import open_audio
from tests.runtime.audio.media import encode, sound, wav

pytest.importorskip("av")
RATE = 16_000
MEGABYTES = 64
MEASURE = """
import sys, av, a2e
from a2e.audio.decode import open_audio, media
def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) >> 10 for line in status if line.startswith("VmHWM"))
base = peak()
try:
    with open_audio(sys.argv[1]) as file:
        samples = sum(map(len, file.blocks()))
except a2e.AudioError:
    samples = 0
print(samples, peak() - base)
"""


@pytest.fixture(scope="module")
def voice(speech):
    return speech[: 2 * RATE]


def patched(data: bytes, name: bytes, offset: int, value: bytes) -> bytes:
    place = data.index(name) + offset
    return data[:place] + value + data[place + len(value) :]


def ogg_crc(page: bytes) -> bytes:
    """RFC 3533, 6: polynomial 0x04c11db7, the field itself as zeros."""
    crc = 0
    for byte in page[:22] + bytes(4) + page[26:]:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C11DB7 if crc & 1 << 31 else 0)) & 0xFFFFFFFF
    return struct.pack("<I", crc)


def hostile(name: str, voice: np.ndarray) -> bytes:
    if name == "mp3":
        data = sound(voice, RATE, "MP3")
        return patched(data, b"Xing" if b"Xing" in data[:64] else b"Info", 8, b"\x10\0\0\0")
    if name == "ogg":
        data = patched(sound(voice, RATE, "OGG"), b"\x01vorbis", 11, b"\xff")
        size = 27 + data[26] + sum(data[27 : 27 + data[26]])
        return data[:22] + ogg_crc(data[:size]) + data[26:]
    if name == "wav":
        return patched(wav(voice, RATE), b"fmt ", 10, b"\xff\xff")
    if name == "aiff":
        return patched(sound(voice, RATE, "AIFF"), b"COMM", 8, b"\xff\xff")
    if name == "cover":
        return b"ID3\x04\0\0\x28\0\0\0" + bytes(0x28 << 21) + sound(voice, RATE, "MP3")
    options = {"movflags": "frag_keyframe+empty_moov"} if name == "trun" else {}
    data = encode([np.repeat(voice, 3)], 48_000, "mp4", "aac", options=options)
    offset = {"stsz": 12, "stts": 12, "trun": 8, "stsc": 12, "stco": 8, "elst": 8}[name]
    if name == "trun":
        data = patched(data, b"trun", 4, b"\0\0\0\1")
    return patched(data, name.encode(), offset, b"\x10\0\0\0")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells the peak")
@pytest.mark.parametrize("name", "mp3 ogg wav aiff cover stsz stts trun stsc stco elst".split())
def test_claims_cost_no_memory(voice, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(hostile(name, voice))
    run = subprocess.run(
        [sys.executable, "-c", MEASURE, path], capture_output=True, text=True, timeout=60
    )
    assert run.stderr == ""
    samples, megabytes = map(int, run.stdout.split())
    assert megabytes < MEGABYTES
    assert samples <= 3 * len(voice) + 2_000


def test_too_many_channels_are_refused_by_number(voice) -> None:
    for name, channels in (("ogg", 255), ("wav", 65_535)):
        with (
            pytest.raises(a2e.AudioError, match=f"{channels} channels; expected 1 to 64"),
            open_audio(hostile(name, voice)),
        ):
            pass


def test_long_raw_samples_in_a_movie_are_no_lie(voice) -> None:
    data = encode([np.resize(voice, 48_000 * 100)], 48_000, "mov", "pcm_s16le")
    with open_audio(data) as file:
        assert sum(map(len, file.blocks())) == 48_000 * 100
