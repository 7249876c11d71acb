"""Attempts to lower the drift of ``cached``: other windows, past frames computed once more or anew.

    python -m benchmarks cache_variants CHECKPOINT --audio voice.wav [--wav2vec2-config config.json]

Rows go to ``results/cache_variants.jsonl``: distance to ``recompute`` at the same setting and to
full right context, both with the usual window.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from a2e.arrays import Floats
from a2e.data import SPEECH
from a2e.spec import GRID, Spec
from a2e_export.checkpoint import read_checkpoint
from a2e_export.drift.metrics import distance
from a2e_export.drift.reference import all_windows, from_windows
from a2e_export.drift.streams import stream
from a2e_export.network import SAMPLE_RATE, Audio2Expression
from a2e_export.network.builder import build_network, read_config
from a2e_export.settings import Settings, describe
from a2e_export.speech import read_speech
from a2e_export.streaming import Cached
from a2e_export.streaming.silence import endless_silence
from benchmarks.harness.rows import Row, write_row

WINDOW = 64
SETTINGS = ((3, 0), (3, 6), (9, 0))
WINDOWS = (31, 43, 64, 85, 106)
REFRESHED = (3, 6)
PERIODS = (1, 5, 20)


class Refreshing(Cached):
    """Computes ``again`` past frames once more, so that what is kept of them knows more."""

    def __init__(self, network: Audio2Expression, spec: Spec, again: int) -> None:
        super().__init__(network, replace(spec, lookahead=spec.lookahead + again))
        self.again = again

    def decode(self, x: Tensor, style: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        frames = torch.cat((past + self.encoded_silence, x), dim=1)
        first = self.reach + self.again
        weights = self.network.head(frames, style)[:, first : first + self.spec.hop]
        return weights, self.keep(past, x - self.encoded_silence)


class Refilled(Cached):
    """Every ``period`` hops, replaces what is kept by what a pass over the whole window gives.

    The pass is not spread over hops: this is the most that spreading it could win.
    """

    def __init__(self, network: Audio2Expression, spec: Spec, period: int) -> None:
        super().__init__(network, spec)
        self.period = period
        self.calls = 0
        self.heard = endless_silence(network).features.expand(1, self.past, -1)

    def embed(self, block: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        hop = self.spec.hop
        self.heard = torch.cat((self.heard, block[:, :hop]), dim=1)[:, hop:]
        self.ahead = block[:, hop:]
        return super().embed(block, past)

    def forward(self, audio: Tensor, style: Tensor, *context: Tensor) -> tuple[Tensor, ...]:
        *others, keys_values, encoded = super().forward(audio, style, *context)
        self.calls += 1
        if self.calls % self.period == 0:
            keys_values, encoded = self.whole_window()
        return *others, keys_values, encoded

    def whole_window(self) -> tuple[Tensor, Tensor]:
        """Keys and values, and encoder frames, of the window's past, all seeing all."""
        encoder = self.network.audio_encoder
        x = encoder.feature_projection(torch.cat((self.heard, self.ahead), dim=1))
        x = encoder.encoder.layer_norm(x + encoder.encoder.pos_conv_embed(x))
        kept = []
        for layer in self.layers():
            q, k, v = layer.attention.project(x)
            kept.append(torch.stack((k, v), dim=1)[:, :, :, : self.past])
            x = layer.digest(x, layer.attention.attend(q, k, v))
        encoded = x[:, self.past - self.reach : self.past] - self.encoded_silence
        return torch.stack(kept, dim=1), encoded


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--wav2vec2-config", type=Path)
    parser.add_argument("--audio", type=Path, default=SPEECH)
    arguments = parser.parse_args()
    config = read_config(arguments.wav2vec2_config)
    network = build_network(read_checkpoint(arguments.checkpoint).tensors, config)
    audio = read_speech(arguments.audio, SAMPLE_RATE)
    style = torch.eye(network.arch.styles)[:1]
    windows = all_windows(network, audio, style, WINDOW)
    ahead = (WINDOW - GRID) // 2 // GRID * GRID
    full = from_windows(windows, GRID, ahead)
    print(f"{'':28}{'same: mean':>11}{'jaw':>8}{'lips':>8}{'full: mean':>12}{'jaw':>8}{'lips':>8}")
    for hop, lookahead in SETTINGS:
        same = from_windows(windows, hop, lookahead)
        faces = {"recompute": same}
        for window in WINDOWS:
            spec = spec_of(network, hop, lookahead, window)
            faces[f"cached, window {window}"] = animate(Cached(network, spec), audio, style)
        for again in REFRESHED:
            graph = Refreshing(network, spec_of(network, hop, lookahead, WINDOW), again)
            faces[f"cached, {again} frames again"] = animate(graph, audio, style)[:-again]
        for period in PERIODS:
            refilled = Refilled(network, spec_of(network, hop, lookahead, WINDOW), period)
            faces[f"cached, refilled every {period}"] = animate(refilled, audio, style)
        for variant, face in faces.items():
            report(variant, hop, lookahead, face, same, full)


def spec_of(network: Audio2Expression, hop: int, lookahead: int, window: int) -> Spec:
    settings = Settings(kind="cached", hop=hop, lookahead=lookahead, window=window)
    return describe(network.arch, settings)


def animate(graph: Cached, audio: Floats, style: Tensor) -> Floats:
    """Frames from the stream's start on, [n, shapes]."""
    held = graph.spec.lookahead - getattr(graph, "again", 0)
    return stream(graph, audio, style)[held:]


def report(
    variant: str, hop: int, lookahead: int, face: Floats, same: Floats, full: Floats
) -> None:
    count = min(len(face), len(same), len(full))
    near, far = distance(face[:count], same[:count]), distance(face[:count], full[:count])
    facts = {
        "same": {"mean": near.mean, "jaw": near.jaw, "lips": near.lips},
        "full": {"mean": far.mean, "jaw": far.jaw, "lips": far.lips},
    }
    rounded = {k: {n: round(float(v), 5) for n, v in d.items()} for k, d in facts.items()}
    row_facts: dict[str, object] = {"variant": variant, **rounded}
    write_row(Row("cache_variants", hop=hop, lookahead=lookahead, facts=row_facts))
    print(
        f"{hop}+{lookahead} {variant:24}{near.mean:11.4f}{near.jaw:8.3f}{near.lips:8.3f}"
        f"{far.mean:12.4f}{far.jaw:8.3f}{far.lips:8.3f}"
    )


if __name__ == "__main__":
    main()
