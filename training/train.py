"""Train the bundled model: ``python -m training.train --minutes 120``.

Goes on from its last checkpoint if there is one, and stops cleanly when told to (Ctrl-C, SIGTERM).
The learning rate falls over the minutes given, counted over all runs. Writes to
``training/.cache/run``: state.pth, log.jsonl, curves.png; and, after each validation, the averaged
weights as ``training/.cache/bundled.pth`` with their ``config.json``.
"""

from __future__ import annotations

import argparse
import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from a2e_export.checkpoint import read_checkpoint, write_checkpoint
from a2e_export.network import Audio2Expression
from training.evaluation.course_chart import draw
from training.evaluation.validation import validate
from training.folders import CACHE, DATA, RUN
from training.labels.shards import Shard, shards
from training.model import frozen
from training.model.batches import Batch, batches
from training.model.losses import spreads
from training.model.network import ARCHITECTURE
from training.model.threads import Threads
from training.model.trainer import PEAK_RATE, Trainer, new_trainer, rate_at

SAVE_EVERY = 600.0  # s
LONGEST_STEP = 5.0  # s; a step that takes longer was paused, and counts as this
VALIDATION_WINDOWS = 300


def train(
    trainer: Trainer,
    source: Iterator[Batch],
    device: torch.device,
    minutes: float,
    peak: float,
    threads: int,
) -> None:
    """Trains until ``minutes`` over all runs are spent or the process is asked to stop."""
    stopping, pace = stop_flag(), Threads(threads)
    held_out = shards("validation")
    spread = spreads(shards("train")).to(device)
    bar = tqdm(total=round(minutes, 1), initial=round(trainer.seconds / 60, 1), unit="min")
    mean_loss, saved, then = 0.0, time.monotonic(), time.monotonic()
    while trainer.seconds < minutes * 60 and not stopping:
        progress = min(trainer.seconds / (minutes * 60), 1.0)
        rate = rate_at(trainer.step, progress, peak)
        loss = trainer.learn(next(source).to(device), spread, rate, 1 - progress)
        mean_loss = loss if mean_loss == 0 else mean_loss + (loss - mean_loss) / 100
        pace.stepped()
        now = time.monotonic()
        trainer.seconds, then = trainer.seconds + min(now - then, LONGEST_STEP), now
        bar.update(round(trainer.seconds / 60, 2) - bar.n)
        bar.set_postfix(step=trainer.step, loss=f"{mean_loss:.3f}", rate=f"{rate:.1e}")
        if now - saved > SAVE_EVERY:
            report(trainer, held_out, device, loss=mean_loss, rate=rate)
            saved = time.monotonic()
    report(trainer, held_out, device, loss=mean_loss, rate=rate)


def report(trainer: Trainer, held_out: list[Shard], device: torch.device, **facts: float) -> None:
    """Save everything, validate the averaged weights, and log and draw how it goes."""
    trainer.save(RUN / "state.pth")
    write_checkpoint(trainer.average, ARCHITECTURE, CACHE / "bundled.pth")
    net = Audio2Expression(ARCHITECTURE).to(device).eval()
    net.load_state_dict(trainer.average)
    scores = validate(net, held_out, device, VALIDATION_WINDOWS)
    counts = {
        "step": trainer.step,
        "minutes": trainer.seconds / 60,
        "hours_heard": trainer.audio_seconds / 3600,
    }
    row = {k: round(v, 6) for k, v in (counts | facts | scores).items()}
    with (RUN / "log.jsonl").open("a") as log:
        log.write(json.dumps(row) + "\n")
    draw(RUN / "log.jsonl", RUN / "curves.png")


def frozen_batches(trainer: Trainer) -> Iterator[Batch]:
    """Endless random batches of features; the extractor learns no more."""
    trainer.net.audio_encoder.feature_extractor.requires_grad_(False)
    shards, silence = frozen.freeze(trainer.net), frozen.silent_features(trainer.net)
    rng = np.random.default_rng(trainer.step)
    while True:
        yield frozen.batch(shards, silence, rng)


def stop_flag() -> list[int]:
    """A list that gets an item when the process is asked to stop."""
    signals: list[int] = []
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda number, _: signals.append(number))
    return signals


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=120, help="of training, over all runs")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--threads", type=int, default=2, help="at most")
    parser.add_argument("--start", type=Path, help="a checkpoint to begin from, not at random")
    parser.add_argument(
        "--freeze", action="store_true", help="leave the feature extractor as it is"
    )
    parser.add_argument("--rate", type=float, default=PEAK_RATE, help="the highest learning rate")
    options = parser.parse_args()
    fastest = "cuda" if torch.cuda.is_available() else "cpu"
    device = torch.device(fastest if options.device == "auto" else options.device)
    if not shards("train"):
        raise SystemExit(f"No data in {DATA}: run python -m training.dataset first.")
    trainer = new_trainer(device)
    if (RUN / "state.pth").exists():
        trainer.load(RUN / "state.pth")
    elif options.start:
        trainer.start_from(read_checkpoint(options.start).tensors)
    source = frozen_batches(trainer) if options.freeze else batches(seed=trainer.step)
    train(trainer, source, device, options.minutes, options.rate, options.threads)


if __name__ == "__main__":
    main()
