"""Make the training data: ``python -m training.dataset --hours 30``.

Data lies in shards of ten minutes under ``training/.cache/data``, each made from its own seed, so
that making can stop at any time and go on later. A shard is one recording:

    train-0007.audio.npy     int16   [n]          16 kHz, augmented
    train-0007.targets.npy   float16 [n*30/16000, styles, 52]
    train-0007.letters.npy   uint8   [n*30/16000, 2]  what is spoken, see `letters`
    train-0007.labials.npy   int32   [k, 2]       first and last frame of each p, b and m

Training reads random windows of them on the grid of three frames, where frames and samples meet.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from a2e.shapes import ARKIT
from training import augment
from training.letters import letters
from training.phones import SAMPLE_RATE, Phone, Utterance
from training.speech import Split, utterances
from training.targets import FPS, STYLES, targets

FOLDER = Path(__file__).parent / ".cache" / "data"
GRID_FRAMES, GRID_SAMPLES = 3, 1_600  # frames and samples meet every 100 ms
SHARD_SECONDS = 600.0
SEED_BASE = {"train": 1_000, "validation": 900_000}
NOISE_SHARE = 0.06  # of the clips, without any speech
NOISE_LENGTH = (1.0, 5.0)  # s
CLEAN_SHARE = 0.35  # of the speech, only levelled
RESPEED_SHARE = 0.7
LEAD, TAIL = (0.0, 0.6), (0.0, 0.9)  # s of silence around an utterance
LABIALS = frozenset("pbm")


@dataclass(frozen=True)
class Clip:
    """A piece of a shard; ``audio`` is a whole number of grid steps."""

    audio: NDArray[np.float32]  # [n]
    targets: NDArray[np.float16]  # [T, styles, 52]
    letters: NDArray[np.uint8]  # [T, 2]
    labials: NDArray[np.int32]  # [k, 2]


@dataclass(frozen=True)
class Shard:
    """A shard as it lies on disk, mapped into memory."""

    audio: NDArray[np.int16]
    targets: NDArray[np.float16]
    letters: NDArray[np.uint8]
    labials: NDArray[np.int32]


def clips(seed: int, split: Split) -> Iterator[Clip]:
    """Endless random clips, the same for the same seed."""
    rng = np.random.default_rng(seed)
    speech = utterances(seed, split)
    background = next(speech).audio
    while True:
        if rng.random() < NOISE_SHARE:
            yield quiet(rng)
        utterance = next(speech)
        yield spoken(utterance, background, rng)
        background = utterance.audio


def quiet(rng: np.random.Generator) -> Clip:
    """Noise, in which the mouth rests."""
    steps = int(rng.uniform(*NOISE_LENGTH) * SAMPLE_RATE) // GRID_SAMPLES
    frames = steps * GRID_FRAMES
    rest = np.zeros((frames, len(STYLES), len(ARKIT)), np.float16)
    audio = augment.noise_only(steps * GRID_SAMPLES, rng)
    return Clip(audio, rest, letters((), frames), labials(()))


def spoken(utterance: Utterance, background: NDArray[np.float32], rng: np.random.Generator) -> Clip:
    """An utterance as recorded, and its curves in every style, drawn from its clean sound."""
    if rng.random() < RESPEED_SHARE:
        utterance = augment.respeed(utterance, rng)
    lead, tail = rng.uniform(*LEAD), rng.uniform(*TAIL)
    tail += -(len(utterance.audio) / SAMPLE_RATE + lead) % (GRID_SAMPLES / SAMPLE_RATE)
    utterance = augment.pad(utterance, lead, tail)
    audio = np.pad(utterance.audio, (0, -len(utterance.audio) % GRID_SAMPLES))
    curves = [targets(utterance.phones, audio, style) for style in range(len(STYLES))]
    recorded = (
        augment.levelled(audio, rng)
        if rng.random() < CLEAN_SHARE
        else augment.record(audio, background, rng)
    )
    return Clip(
        recorded,
        np.stack(curves, axis=1).astype(np.float16),
        letters(utterance.phones, len(curves[0])),
        labials(utterance.phones),
    )


def labials(phones: tuple[Phone, ...]) -> NDArray[np.int32]:
    """First and last frame of each p, b and m: [k, 2]."""
    spans = [(p.start * FPS, p.end * FPS) for p in phones if p.symbol[:1] in LABIALS]
    return np.array(spans, np.float64).reshape(-1, 2).astype(np.int32)


def make_shard(seed: int, split: Split) -> dict[str, NDArray[Any]]:
    """The arrays of a shard, by the names they are saved under."""
    made: list[Clip] = []
    frames = 0
    spans: list[NDArray[np.int32]] = []
    for clip in clips(seed, split):
        made.append(clip)
        spans.append(clip.labials + frames)
        frames += len(clip.targets)
        if frames >= SHARD_SECONDS * FPS:
            break
    audio = np.concatenate([clip.audio for clip in made])
    return {
        "audio": (audio * 32767).round().clip(-32768, 32767).astype(np.int16),
        "labials": np.concatenate(spans),
        "letters": np.concatenate([clip.letters for clip in made]),
        "targets": np.concatenate([clip.targets for clip in made]),
    }


def write(folder: Path, name: str, arrays: dict[str, NDArray[Any]]) -> None:
    """Save a shard; its targets come last and complete it."""
    for kind, array in arrays.items():
        unfinished = folder / f"{name}.{kind}.unfinished.npy"
        np.save(unfinished, array)
        unfinished.rename(folder / f"{name}.{kind}.npy")


def shards(split: Split, folder: Path = FOLDER) -> list[Shard]:
    """Every finished shard of a split, in order."""
    names = sorted(p.name.split(".")[0] for p in folder.glob(f"{split}-*.targets.npy"))
    return [
        Shard(
            *(
                np.load(folder / f"{name}.{kind}.npy", mmap_mode="r")
                for kind in Shard.__annotations__
            )
        )
        for name in names
    ]


def missing(split: Split, hours: float, folder: Path = FOLDER) -> list[tuple[int, str]]:
    """Number and name of each shard not made yet."""
    wanted = ((i, f"{split}-{i:04d}") for i in range(round(hours * 3600 / SHARD_SECONDS)))
    return [(i, name) for i, name in wanted if not (folder / f"{name}.targets.npy").exists()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=30, help="of speech to train on")
    parser.add_argument("--validation-hours", type=float, default=1)
    parser.add_argument(
        "--part",
        type=int,
        nargs=2,
        default=(0, 1),
        metavar=("I", "N"),
        help="make every Nth shard from the Ith on, for several processes",
    )
    options = parser.parse_args()
    os.nice(19)
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted: dict[Split, float] = {"validation": options.validation_hours, "train": options.hours}
    for split, hours in wanted.items():
        part, parts = options.part
        mine = [(i, name) for i, name in missing(split, hours) if i % parts == part]
        for i, name in tqdm(mine, split):
            write(FOLDER, name, make_shard(SEED_BASE[split] + i, split))


if __name__ == "__main__":
    main()
