"""Random windows of the training data, made a little different each time.

Shapes: B batch, F frames of a window, N samples of it, P letters of a frame.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from a2e_export.network import FPS, SAMPLE_RATE
from training.labels import shards as storage
from training.labels.clips import GRID_FRAMES, GRID_SAMPLES
from training.labels.shards import Shard
from training.labels.sources import SOURCES, Source
from training.labels.targets import STYLES
from training.model.streaming import Blocks
from training.speech.sound import fast_length

WINDOW = 64  # frames that a recomputing stream sees
LONGEST = 160  # frames
FRAMES_IN_BATCH = 24 * WINDOW
SOURCE_SHARES: dict[Source, float] = {"people": 0.3, "neural": 0.5, "synthetic": 0.2}
PLAIN_SHARE = 0.2  # of the batches, with full attention; the others are cut into blocks
SHIPPED = Blocks(hop=3, lookahead=3)  # as the bundled file streams
SOONEST = Blocks(hop=3, lookahead=0)
SHIPPED_SHARE, SOONEST_SHARE = 0.4, 0.35  # of the batches in blocks
HOPS, LOOKAHEADS = (3, 6, 9, 15, 30), (0, 3, 6)  # frames, of the other batches in blocks
LONG_SHARE = 0.3  # of the batches, longer than `WINDOW`
STYLE_SHARES = (0.5, 0.25, 0.25)
START_SHARE = 0.15  # of the windows, zeros before a stream's start
PREFETCHED = 4  # batches


@dataclass(frozen=True)
class Batch:
    heard: Tensor  # float32: sound [B, N], or the features of its frames [B, F, C]
    style: Tensor  # float32 [B, styles], one-hot
    targets: Tensor  # float32 [B, F, 52]
    letters: Tensor  # int64 [B, F, P], see `letters`
    counted: Tensor  # float32 [B, F], 0 for frames before a stream's start
    blocks: Blocks | None  # None where every frame sees every other

    def to(self, device: torch.device) -> Batch:
        names = ("heard", "style", "targets", "letters", "counted")
        return replace(self, **{name: getattr(self, name).to(device) for name in names})


def samples_of(frames: int) -> int:
    """Samples of a window of ``frames``, which is one more than a multiple of three.

    The network's conv steps and frames then meet exactly: 5 steps for 3 frames.
    """
    return frames * SAMPLE_RATE // FPS


class Windows(IterableDataset[Batch]):
    """Endless random batches."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def __iter__(self) -> Iterator[Batch]:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the trainer decides when to stop
        rng = np.random.default_rng(self.seed)
        shards = {source: storage.shards("train", source) for source in SOURCES}
        while True:
            yield batch(shards, rng)


def batches(seed: int) -> Iterator[Batch]:
    """Endless random batches, made ahead of time by a process."""
    return iter(
        DataLoader(Windows(seed), batch_size=None, num_workers=1, prefetch_factor=PREFETCHED)
    )


def batch(shards: Mapping[Source, Sequence[Shard]], rng: np.random.Generator) -> Batch:
    frames, blocks, size = random_plan(rng)
    styles = rng.choice(len(STYLES), size, p=STYLE_SHARES)
    sources = random_sources(shards, size, rng)
    windows = [
        window(shards[source], frames, int(style), rng)
        for source, style in zip(sources, styles, strict=True)
    ]
    sounds, curves, letters = (np.stack(x) for x in zip(*windows, strict=True))
    audio = disturb(torch.from_numpy(sounds), rng)
    counted = hide_starts(audio, torch.zeros(()), frames, samples_of, rng)
    return Batch(
        audio, one_hot(styles), torch.from_numpy(curves), torch.from_numpy(letters), counted, blocks
    )


def hide_starts(
    heard: Tensor,
    silence: Tensor,
    frames: int,
    place: Callable[[int], int],
    rng: np.random.Generator,
) -> Tensor:
    """Begins some windows amid what is heard [B, …], with ``silence`` before, in place.

    ``place`` gives the index of a frame in ``heard``. Returns which frames count: [B, F].
    """
    counted = torch.ones(len(heard), frames)
    for i in np.flatnonzero(rng.random(len(heard)) < START_SHARE):
        start = int(rng.integers(1, frames - 8))
        heard[i, : place(start)] = silence
        counted[i, :start] = 0
    return counted


def one_hot(styles: NDArray[np.int64]) -> Tensor:
    """Styles' indices [B] as shares: [B, styles]."""
    return torch.eye(len(STYLES))[torch.from_numpy(styles)]


def random_plan(rng: np.random.Generator) -> tuple[int, Blocks | None, int]:
    """The frames of a batch's windows, their blocks, and the number of windows."""
    frames = WINDOW
    if rng.random() < LONG_SHARE:
        frames = int(rng.integers(WINDOW // 3, LONGEST // 3)) * 3 + 1
    blocks = None if rng.random() < PLAIN_SHARE else random_blocks(rng)
    size = FRAMES_IN_BATCH // frames
    if blocks is not None:  # they take longer: a smaller batch, if not for the same time
        size = int(size * (blocks.hop / blocks.length) ** 0.5)
    return frames, blocks, size


def random_sources(
    shards: Mapping[Source, Sequence[object]], size: int, rng: np.random.Generator
) -> list[Source]:
    """The source of each window, by `SOURCE_SHARES` of those that there are."""
    there = [source for source in SOURCES if shards[source]]
    shares = np.array([SOURCE_SHARES[source] for source in there])
    return [there[i] for i in rng.choice(len(there), size, p=shares / shares.sum())]


def random_blocks(rng: np.random.Generator) -> Blocks:
    """The blocks of the shipped file, and of the one with the least latency, more often."""
    drawn = rng.random()
    if drawn < SHIPPED_SHARE + SOONEST_SHARE:
        return SHIPPED if drawn < SHIPPED_SHARE else SOONEST
    return Blocks(int(rng.choice(HOPS)), int(rng.choice(LOOKAHEADS)))


def window(
    shards: Sequence[Shard], frames: int, style: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Audio [N], curves [F, 52] and letters [F, P] from a random place of a random shard."""
    shard = shards[int(rng.integers(len(shards)))]
    place = int(rng.integers((len(shard.targets) - frames) // GRID_FRAMES))
    first = place * GRID_FRAMES
    return *cut(shard, first, frames, style), shard.letters[first : first + frames].astype(np.int64)


def cut(shard: Shard, first: int, frames: int, style: int) -> tuple[np.ndarray, np.ndarray]:
    """Audio [N] in [-1, 1] and curves [F, 52] from frame ``first``, a multiple of three, on."""
    start = first // GRID_FRAMES * GRID_SAMPLES
    audio = shard.audio[start : start + samples_of(frames)].astype(np.float32) / 32768
    return audio, shard.targets[first : first + frames, style].astype(np.float32)


def disturb(audio: Tensor, rng: np.random.Generator) -> Tensor:
    """Each window [B, N] with another gain, sign and colour, and faint noise or babble."""
    size, samples = audio.shape

    def some(share: float) -> Tensor:
        return torch.from_numpy(rng.random((size, 1)) < share).float()

    def level(low: float, high: float) -> Tensor:  # dB
        return torch.from_numpy(10 ** (rng.uniform(low, high, (size, 1)) / 20)).float()

    audio = coloured(audio, some(0.3), rng)
    audio = audio + some(0.08) * level(-36, -12) * audio.roll(1, dims=0)
    noise = torch.from_numpy(rng.standard_normal((size, samples), np.float32))
    audio = audio + some(0.2) * level(-75, -35) * noise
    sign = torch.from_numpy(rng.choice([-1.0, 1.0], (size, 1))).float()
    audio = audio * sign * level(-12, 8)
    return audio.clamp(-1, 1)


def coloured(audio: Tensor, share: Tensor, rng: np.random.Generator) -> Tensor:
    """Windows [B, N] through random smooth filters, where ``share`` [B, 1] is 1."""
    size = fast_length(audio.shape[1])
    spectrum = torch.fft.rfft(audio, size)
    bands = torch.from_numpy(rng.normal(0, 4, (len(audio), 1, 9))).float()  # dB, on a mel-like axis
    hz = torch.linspace(0, SAMPLE_RATE / 2, spectrum.shape[1])
    position = torch.log1p(hz / 700) / np.log1p(SAMPLE_RATE / 2 / 700) * (bands.shape[2] - 1)
    left = position.long().clamp(max=bands.shape[2] - 2)
    gain = torch.lerp(bands[:, 0, left], bands[:, 0, left + 1], position - left)
    changed: Tensor = torch.fft.irfft(spectrum * 10 ** (share * gain / 20), size)
    return changed[:, : audio.shape[1]]
