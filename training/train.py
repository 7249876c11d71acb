"""Train the bundled model: ``python -m training.train --minutes 120``.

Goes on from its last checkpoint if there is one, and stops cleanly when told to (Ctrl-C, SIGTERM).
The learning rate falls over the minutes given, counted over all runs. Writes to
``training/.cache/run``: state.pth, log.jsonl, curves.png; and, after each validation, the averaged
weights as ``training/.cache/bundled.pth`` with their ``config.json``.
"""

from __future__ import annotations

import argparse
import json
import math
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from a2e_export.checkpoint import write_checkpoint
from a2e_export.network import Audio2Expression
from training import losses, model, streaming
from training.batches import Batch, batches
from training.charts import draw
from training.dataset import FOLDER as DATA
from training.dataset import shards
from training.letters import CLASSES, IN_FRAME
from training.muon import Muon
from training.validation import validate

CACHE = Path(__file__).parent / ".cache"
RUN = CACHE / "run"
PEAK_RATE = 1e-3
FINAL_RATE = 1e-5
WARMUP_STEPS = 500
WEIGHT_DECAY = 0.01
CLIP_NORM = 1.0
GUIDANCE = 2.0  # weight of the probes' curves at first; it falls to nought
SPELLING = 0.5  # weight of the probes' letters at first, likewise
AVERAGING = 0.998  # of the weights, a step
SAVE_EVERY = 600.0  # s
LONGEST_STEP = 5.0  # s; a step that takes longer was paused, and counts as this
TRIAL, RETREAT = 12, 300  # steps with all threads before a look at them; then steps with one
PAYING = 1.15  # processors in use from where on several threads are faster than one
VALIDATION_WINDOWS = 300
NO_MATRICES = (
    "audio_encoder.feature_extractor.conv_layers.0.conv.weight",
    "audio_encoder.encoder.pos_conv_embed.conv.weight",
    "output_proj.weight",
)
"""Weights for AdamW: the two ends of the network, and convolutions in groups."""
SPLIT = [model.ARCHITECTURE.shapes, IN_FRAME * len(CLASSES)]  # of a probe's guesses


@dataclass
class Trainer:
    """Everything that a checkpoint holds."""

    net: Audio2Expression
    probes: nn.ModuleList
    """A linear guess of the curves and one of the letters from each state of the encoder: deep
    supervision (Lee et al. 2015). The sigmoid behind the narrow head hides the gradient from the
    encoder at first, and letters tell more of what is spoken than curves do."""
    average: dict[str, Tensor]
    optimisers: list[torch.optim.Optimizer]
    step: int = 0
    seconds: float = 0.0  # trained, over all runs
    audio_seconds: float = 0.0  # heard

    def save(self, path: Path) -> None:
        state = {
            "net": self.net.state_dict(),
            "probes": self.probes.state_dict(),
            "average": self.average,
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "counts": (self.step, self.seconds, self.audio_seconds),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        torch.save(state, unfinished)
        unfinished.rename(path)

    def load(self, path: Path) -> None:
        state = torch.load(path, weights_only=True)
        self.net.load_state_dict(state["net"])
        self.probes.load_state_dict(state["probes"])
        self.average = {k: v.to(self.average[k].device) for k, v in state["average"].items()}
        for optimiser, held in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(held)
        self.step, self.seconds, self.audio_seconds = state["counts"]

    def learn(self, batch: Batch, spread: Tensor, rate: float, guidance: float) -> float:
        """One step; returns its loss without the probes', which count ``guidance`` (0..1)."""
        frames = batch.targets.shape[1]
        with torch.autocast(batch.audio.device.type, torch.bfloat16):
            states = streaming.encode(self.net, batch.audio, batch.blocks)
            made = streaming.head(self.net, states[-1], batch.style, batch.blocks, frames)
            if batch.blocks is not None:
                states = [batch.blocks.shown(state, frames) for state in states]
            guesses = [probe(state) for probe, state in zip(self.probes, states, strict=True)]
        curves, letters = zip(*(guess.split(SPLIT, dim=2) for guess in guesses), strict=True)
        weights = losses.frame_weights(batch.counted, newest_first=batch.blocks is None)
        loss = losses.loss(made.float(), batch.targets, weights, spread)
        deep = GUIDANCE * losses.deep_loss(curves, batch.targets, weights, spread)
        deep += SPELLING * losses.letters_loss(letters, batch.letters, weights)
        (loss + guidance * deep).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), CLIP_NORM)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = rate
            optimiser.step()
            optimiser.zero_grad()
        self.step += 1
        self.audio_seconds += batch.counted.sum().item() / 30
        self.keep_average()
        return loss.item()

    @torch.no_grad()
    def keep_average(self) -> None:
        blend = 1 - min(AVERAGING, self.step / (self.step + 10))
        for name, value in self.net.state_dict().items():
            self.average[name].lerp_(value, blend)


def new_trainer(device: torch.device) -> Trainer:
    net = model.new_model(seed=0).to(device)
    sizes = model.ARCHITECTURE
    probes = nn.ModuleList(nn.Linear(sizes.hidden, sum(SPLIT)) for _ in range(sizes.layers + 1))
    probes.to(device)
    matrices: list[nn.Parameter] = []
    others = list(probes.parameters())
    for name, parameter in net.named_parameters():
        (matrices if parameter.dim() > 1 and name not in NO_MATRICES else others).append(parameter)
    optimisers = [
        Muon(matrices, PEAK_RATE, weight_decay=WEIGHT_DECAY),
        torch.optim.AdamW(others, PEAK_RATE, betas=(0.9, 0.98), weight_decay=WEIGHT_DECAY),
    ]
    return Trainer(net, probes, {k: v.clone() for k, v in net.state_dict().items()}, optimisers)


def rate_at(step: int, progress: float) -> float:
    """The learning rate: a linear warm-up by steps, then a cosine over the time given (0..1)."""
    falling = FINAL_RATE + (PEAK_RATE - FINAL_RATE) * (1 + math.cos(math.pi * progress)) / 2
    return falling * min(1.0, (step + 1) / WARMUP_STEPS)


class Threads:
    """One thread while others use the machine: several would wait for the slowest of them.

    What they wait counts as work unless ``OMP_WAIT_POLICY=PASSIVE``.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.begin(most)

    def begin(self, threads: int) -> None:
        torch.set_num_threads(threads)
        self.steps_left = RETREAT if threads < self.most else TRIAL
        self.started = time.monotonic(), time.process_time()

    def stepped(self) -> None:
        self.steps_left -= 1
        if not self.steps_left:
            wall, worked = self.started
            used = (time.process_time() - worked) / (time.monotonic() - wall)
            tried_all = torch.get_num_threads() == self.most
            self.begin(1 if tried_all and used < PAYING else self.most)


def train(
    trainer: Trainer, made: Iterator[Batch], device: torch.device, minutes: float, threads: int
) -> None:
    stopping, pace = stop_flag(), Threads(threads)
    heard, spoken = shards("validation"), shards("train")
    spread = losses.spreads(spoken).to(device)
    bar = tqdm(total=round(minutes, 1), initial=round(trainer.seconds / 60, 1), unit="min")
    mean_loss, saved, then = 0.0, time.monotonic(), time.monotonic()
    while trainer.seconds < minutes * 60 and not stopping:
        progress = min(trainer.seconds / (minutes * 60), 1.0)
        rate = rate_at(trainer.step, progress)
        loss = trainer.learn(next(made).to(device), spread, rate, 1 - progress)
        mean_loss = loss if mean_loss == 0 else mean_loss + (loss - mean_loss) / 100
        pace.stepped()
        now = time.monotonic()
        trainer.seconds, then = trainer.seconds + min(now - then, LONGEST_STEP), now
        bar.update(round(trainer.seconds / 60, 2) - bar.n)
        bar.set_postfix(step=trainer.step, loss=f"{mean_loss:.3f}", rate=f"{rate:.1e}")
        if now - saved > SAVE_EVERY:
            report(trainer, heard, device, loss=mean_loss, rate=rate)
            saved = time.monotonic()
    report(trainer, heard, device, loss=mean_loss, rate=rate)


def report(trainer: Trainer, heard: list[Any], device: torch.device, **facts: float) -> None:
    """Save everything, validate the averaged weights, and log and draw how it goes."""
    trainer.save(RUN / "state.pth")
    write_checkpoint(trainer.average, model.ARCHITECTURE, CACHE / "bundled.pth")
    net = Audio2Expression(model.ARCHITECTURE).to(device).eval()
    net.load_state_dict(trainer.average)
    scores = validate(net, heard, device, VALIDATION_WINDOWS)
    counts = {
        "step": trainer.step,
        "minutes": trainer.seconds / 60,
        "hours_heard": trainer.audio_seconds / 3600,
    }
    row = {k: round(v, 6) for k, v in (counts | facts | scores).items()}
    with (RUN / "log.jsonl").open("a") as log:
        log.write(json.dumps(row) + "\n")
    draw(RUN / "log.jsonl", RUN / "curves.png")


def stop_flag() -> list[int]:
    """A list that gets an item when the process is asked to stop."""
    asked: list[int] = []
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda number, _: asked.append(number))
    return asked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=120, help="of training, over all runs")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--threads", type=int, default=2, help="at most")
    options = parser.parse_args()
    found = "cuda" if torch.cuda.is_available() else "cpu"
    device = torch.device(found if options.device == "auto" else options.device)
    if not shards("train"):
        raise SystemExit(f"No data in {DATA}: run python -m training.dataset first.")
    trainer = new_trainer(device)
    if (RUN / "state.pth").exists():
        trainer.load(RUN / "state.pth")
    train(trainer, batches(seed=trainer.step), device, options.minutes, options.threads)


if __name__ == "__main__":
    main()
