"""Pauses of real speech: where a recording is quiet, and phones that fit it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.labels.cepstra import HOP, WINDOW, frames_in
from training.speech.utterance import SAMPLE_RATE, Phone

QUIET_SHARE = 0.3  # of the way from noise floor to loud parts, in dB: below is quiet
DYNAMICS = 50.0  # dB, the lowest noise floor under the loud parts
SHORTEST_QUIET = 0.03  # s; a shorter gap in speech is none


def settle(phones: Sequence[Phone], audio: NDArray[np.float32]) -> tuple[Phone, ...]:
    """Give the loud edges of pauses to the neighbours; a pause that is loud all through goes."""
    loud = loudness_mask(audio)
    step = HOP / SAMPLE_RATE
    edges = [phone.start for phone in phones] + [phones[-1].end]
    gone = set()
    for i, phone in enumerate(phones):
        if phone.symbol:
            continue
        inside = loud[round(phone.start / step) : round(phone.end / step)]
        before = 0 if i == 0 else edge_run(inside)
        after = 0 if i == len(phones) - 1 else edge_run(inside[::-1])
        edges[i] += before * step
        edges[i + 1] -= after * step
        if edges[i + 1] - edges[i] < SHORTEST_QUIET and 0 < i < len(phones) - 1:
            edges[i] = edges[i + 1] = (edges[i] + edges[i + 1]) / 2
            gone.add(i)
    return tuple(
        Phone(phone.symbol, edges[i], edges[i + 1], phone.stress)
        for i, phone in enumerate(phones)
        if i not in gone and edges[i + 1] > edges[i]
    )


def edge_run(loud: NDArray[np.bool_]) -> int:
    """Length of the loud run at the start of ``loud``, over gaps of up to `SHORTEST_QUIET`."""
    patience = round(SHORTEST_QUIET * SAMPLE_RATE / HOP)
    end = 0
    for index, is_loud in enumerate(loud):
        if is_loud:
            end = index + 1
        elif index - end >= patience:
            break
    return end


def loudness_mask(audio: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which 5 ms frames are loud against the recording's own noise floor: [N]."""
    frames = frames_in(len(audio))
    padded = np.pad(np.diff(audio, prepend=0).astype(np.float64) ** 2, (WINDOW // 2, WINDOW + HOP))
    sums = np.concatenate(([0.0], np.cumsum(padded)))
    starts = np.arange(frames) * HOP
    level = 10 * np.log10(sums[starts + WINDOW] - sums[starts] + 1e-12)
    top = np.percentile(level, 95)
    floor = max(float(np.percentile(level, 5)), top - DYNAMICS)
    return np.asarray(level > floor + QUIET_SHARE * (top - floor))
