"""One voice's way through the graph: samples in, weights beside their audio out, hop by hop.

Lookahead, the warm-up frames that it brings, and the tail live here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from a2e.arrays import Floats
from a2e.graph import Graph


class Hop(NamedTuple):
    """Raw weights and the audio that they show."""

    weights: Floats
    """float32 [m, shapes]; m is the spec's hop, less while the lookahead fills, and at the end."""
    audio: Floats
    """float32 [samples of m frames] at the model's rate."""


class Hops:
    """The audio of one voice, cut into the hops of ``graph``.

    Arrays are replaced and never written to, so a shallow copy (``copy.copy``) goes on by itself.
    """

    def __init__(self, graph: Graph, style: Floats) -> None:
        spec = graph.spec
        self.style = style
        """Shares of the styles, float32 [styles]; a new one holds from the next hop on."""
        self.frames = 0
        """Frames computed since the start."""
        self._graph = graph
        self._context = graph.initial_context()
        self._pending = np.zeros(0, np.float32)  # samples that no hop has taken yet
        self._ahead = np.zeros(spec.samples(spec.lookahead), np.float32)  # of frames held back
        self._warmup = spec.lookahead  # frames that the graph will give for before the start

    def push(self, audio: Floats) -> Iterator[Hop]:
        """Takes samples [n] at the model's rate; gives the hops that they complete."""
        self._pending = np.concatenate((self._pending, audio))
        while len(self._pending) >= self._graph.spec.hop_samples:
            yield self._next()

    def finish(self, total: int) -> Iterator[Hop]:
        """The hops still due when the audio has ended: up to ``total`` frames since the start."""
        spec = self._graph.spec
        while self.frames < total:
            missing = total - self.frames
            silence = np.zeros(spec.hop_samples - len(self._pending), np.float32)
            self._pending = np.concatenate((self._pending, silence))
            weights, audio = self._next()
            yield Hop(weights[:missing], audio[: spec.samples(missing)])

    def _next(self) -> Hop:
        spec = self._graph.spec
        audio, self._pending = np.split(self._pending, [spec.hop_samples])
        weights, self._context = self._graph.step(audio[None], self.style[None], self._context)
        shown, self._ahead = np.split(np.concatenate((self._ahead, audio)), [spec.hop_samples])
        warmup = min(self._warmup, spec.hop)
        self._warmup -= warmup
        self.frames += spec.hop - warmup
        return Hop(weights[0, warmup:], shown[spec.samples(warmup) :])
