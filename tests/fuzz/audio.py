"""Audio files: every container that can be written here, and the samples under tests/data."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import soundfile

from a2e.arrays import Floats
from a2e.audio.decode import open_audio
from a2e.audio.samples import MAX_CHANNELS
from a2e.data import SPEECH
from tests.fuzz.mutation import damage
from tests.fuzz.target import Target, mutants

SECONDS = 0.7
RATE = 24_000
SAMPLES = Path(__file__).parents[1] / "data"
LARGEST_SEED = 300_000
MOST_EXPANSION = 1 << 16
"""Samples for a byte of a file: beyond it they are not in there."""
BLOCK_SECONDS = 1.1
SUBTYPES = ("PCM_16", "PCM_24", "FLOAT", "ULAW", "ALAW", "GSM610", "IMA_ADPCM", "VORBIS", "OPUS")
VIDEO = (("mp4", "aac"), ("mov", "alac"), ("matroska", "libopus"), ("webm", "libopus"))
"""Containers that libsndfile does not know, and a codec of each."""


@cache
def seeds() -> list[bytes]:
    """Short files, all of them good."""
    samples, rate = soundfile.read(SPEECH, dtype="float32", frames=int(SECONDS * 16_000))
    assert rate == 16_000
    return [*_written(samples), *_muxed(samples), *_kept()]


RESOURCE_FORK = "SD2"
"""A container whose head libsndfile writes to a second file, ``._``, in the current folder."""


def _written(samples: Floats) -> Iterator[bytes]:
    """What libsndfile writes; it refuses combinations that don't exist."""
    for container in sorted({*soundfile.available_formats()} - {RESOURCE_FORK}):
        for subtype in {*SUBTYPES, soundfile.default_subtype(container)}:
            for channels in (1, 2):
                file = io.BytesIO()
                try:
                    soundfile.write(
                        *(file, np.stack([samples] * channels, 1), 16_000),
                        format=container,
                        subtype=subtype,
                    )
                except (soundfile.LibsndfileError, ValueError, TypeError):
                    continue
                yield file.getvalue()


def _muxed(samples: Floats) -> Iterator[bytes]:
    """What PyAV writes, where it is installed."""
    try:
        import av
    except ImportError:
        return
    pcm = (samples * 32_767).astype(np.int16)[None]
    for container, codec in VIDEO:
        file = io.BytesIO()
        with av.open(file, "w", format=container) as output:
            stream = output.add_stream(codec, rate=48_000, layout="mono")
            assert isinstance(stream, av.AudioStream)
            frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout="mono")
            frame.sample_rate = 16_000
            for part in (frame, None):
                output.mux(stream.encode(part))
        yield file.getvalue()


def _kept() -> Iterator[bytes]:
    for path in sorted(SAMPLES.rglob("*")) if SAMPLES.is_dir() else ():
        if path.is_file() and path.stat().st_size <= LARGEST_SEED:
            yield path.read_bytes()


def mutate(data: bytes, random: Random) -> bytes:
    return damage(data, random, seeds())


def attempt(case: bytes) -> None:
    """Reads a whole file, block by block."""
    total = 0
    with open_audio(io.BytesIO(case)) as file:
        for block in file.blocks():
            assert block.ndim == 2, "a block has another shape than [n, channels]"
            assert block.dtype == np.float32, "a block has another dtype than float32"
            assert block.shape[1] <= MAX_CHANNELS, "a block has too many channels"
            assert len(block) <= BLOCK_SECONDS * file.rate + 1, "a block is longer than a second"
            total += len(block)
            assert total <= MOST_EXPANSION * (len(case) + 1), "more samples than the file can hold"


TARGET = Target(
    "audio",
    mutants("audio", seeds, mutate),
    attempt,
    warm_up=(lambda: seeds()[0],),
    share=3,
)
