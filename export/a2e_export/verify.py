"""Compares a model file with the torch network of its checkpoint, on real audio, hop by hop."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from a2e.arrays import Floats
from a2e.audio.decode import open_audio
from a2e.audio.resample import Resampler
from a2e.audio.samples import downmix
from a2e.model import Model
from a2e_export.architecture import build_network, read_config
from a2e_export.checkpoint import read_checkpoint
from a2e_export.precision import TOLERANCES
from a2e_export.streaming import make_graph

SECONDS = 20
"""How much of an audio file is compared."""


@dataclass(frozen=True)
class Difference:
    """How far one output of the file is from torch's."""

    output: str
    worst: float
    """Largest absolute difference over all hops."""
    mean: float
    """Mean absolute difference."""


@dataclass(frozen=True)
class Verdict:
    """The result of a comparison."""

    differences: tuple[Difference, ...]
    hops: int
    same_source: bool
    """Whether the file says that it was made from this checkpoint."""
    tolerance: float
    """Largest absolute difference allowed."""

    @property
    def passed(self) -> bool:
        return all(difference.worst <= self.tolerance for difference in self.differences)


def verify(
    model: Model,
    checkpoint: str | Path,
    audio: Floats,
    *,
    wav2vec2_config: str | Path | None = None,
) -> Verdict:
    """Streams ``audio`` (float32 [n] at the model's rate) through both, each with its own context.

    Where the file's precision is lower than torch's, only the weights are compared. Raises
    :class:`a2e_export.errors.ExportError`.
    """
    spec = model.spec
    source = read_checkpoint(checkpoint)
    graph = make_graph(build_network(source.tensors, read_config(wav2vec2_config)), spec)
    context_names = graph.context_shapes if spec.precision == "float32" else ()
    outputs = ["weights", *(f"next.{name}" for name in context_names)]
    errors: dict[str, list[Floats]] = {name: [] for name in outputs}
    style = model.style(None)[None]
    context, torch_context = model.initial_context(), graph.initial_context()
    hops = whole_hops(audio, spec.hop_samples)
    for hop in hops:
        weights, context = model.step(hop[None], style, context)
        with torch.inference_mode():
            expected, *rest = graph(
                torch.from_numpy(hop[None]), torch.from_numpy(style), *torch_context
            )
        torch_context = tuple(rest)
        found = [weights, *(context[name] for name in context_names)]
        for name, ours, theirs in zip(outputs, found, (expected, *rest), strict=False):
            errors[name].append(np.abs(ours - as_array(theirs)))
    return Verdict(
        differences=tuple(
            Difference(name, float(np.max(error)), float(np.mean(error)))
            for name, error in errors.items()
        ),
        hops=len(hops),
        same_source=spec.source_sha256 == source.sha256,
        tolerance=TOLERANCES[spec.precision],
    )


def as_array(tensor: Tensor) -> Floats:
    array: Floats = tensor.numpy()
    return array


def whole_hops(audio: Floats, hop_samples: int) -> Floats:
    """[n] padded with silence to [hops, hop_samples], at least one."""
    count = max(1, -(-len(audio) // hop_samples))
    return np.pad(audio, (0, count * hop_samples - len(audio))).reshape(count, hop_samples)


def read_speech(path: str | Path, rate: int) -> Floats:
    """The first seconds of an audio file as float32 [n] at ``rate`` Hz."""
    with open_audio(path) as file:
        resampler = Resampler(file.rate, rate)
        parts = [
            resampler.push(downmix(block))
            for block, _ in zip(file.blocks(), range(SECONDS), strict=False)
        ]
        return np.concatenate([*parts, resampler.finish()])
