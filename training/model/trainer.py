"""The state of a training run, and one step of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from a2e_export.network import FPS, Audio2Expression
from training.labels.letters import CLASSES, IN_FRAME
from training.model import losses, network, streaming
from training.model.batches import Batch
from training.model.muon import Muon
from training.model.precision import fast_type

PEAK_RATE = 1e-3
FINAL_RATE = 1e-5
WARMUP_STEPS = 500
WEIGHT_DECAY = 0.01
CLIP_NORM = 1.0
GUIDANCE = 2.0  # weight of the probes' curves at first; it falls to nought
SPELLING = 0.5  # weight of the probes' letters at first, likewise
AVERAGING = 0.998  # of the weights, a step
NO_MATRICES = (
    "audio_encoder.feature_extractor.conv_layers.0.conv.weight",
    "audio_encoder.encoder.pos_conv_embed.conv.weight",
    "output_proj.weight",
)
"""Weights for AdamW: the two ends of the network, and convolutions in groups."""
SPLIT = [network.ARCHITECTURE.shapes, IN_FRAME * len(CLASSES)]  # of a probe's guesses


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

    def start_from(self, weights: dict[str, Tensor]) -> None:
        """Begin with the weights of a checkpoint."""
        self.net.load_state_dict(weights)
        self.average = {name: value.clone() for name, value in self.net.state_dict().items()}

    def learn(self, batch: Batch, spread: Tensor, rate: float, guidance: float) -> float:
        """One step; returns its loss without the probes', which count ``guidance`` (0..1)."""
        frames = batch.targets.shape[1]
        device = batch.heard.device.type
        with torch.autocast(device, torch.bfloat16, enabled=fast_type(device) == torch.bfloat16):
            x = batch.heard
            if x.dim() == 2:
                x = streaming.frame_features(self.net, x)
            states = streaming.encode_features(self.net, x, batch.blocks)
            weights_shown = streaming.head(self.net, states[-1], batch.style, batch.blocks, frames)
            if batch.blocks is not None:
                states = [batch.blocks.shown(state, frames) for state in states]
            guesses = [probe(state) for probe, state in zip(self.probes, states, strict=True)]
        curves, letters = zip(*(guess.split(SPLIT, dim=2) for guess in guesses), strict=True)
        weights = losses.frame_weights(batch.counted, newest_first=batch.blocks is None)
        loss = losses.loss(weights_shown.float(), batch.targets, weights, spread)
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
        self.audio_seconds += batch.counted.sum().item() / FPS
        self.keep_average()
        return loss.item()

    @torch.no_grad()
    def keep_average(self) -> None:
        """Blends the newest weights into their average, sooner at first."""
        blend = 1 - min(AVERAGING, self.step / (self.step + 10))
        for name, value in self.net.state_dict().items():
            self.average[name].lerp_(value, blend)


def new_trainer(device: torch.device) -> Trainer:
    net = network.new_model(seed=0).to(device)
    sizes = network.ARCHITECTURE
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


def rate_at(step: int, progress: float, peak: float = PEAK_RATE) -> float:
    """The learning rate: a linear warm-up by steps, then a cosine over the time given (0..1)."""
    falling = FINAL_RATE + (peak - FINAL_RATE) * (1 + math.cos(math.pi * progress)) / 2
    return falling * min(1.0, (step + 1) / WARMUP_STEPS)
