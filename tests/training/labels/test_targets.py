"""Targets that an animator would nod at: closures, rounding, rest."""

from __future__ import annotations

import numpy as np
import pytest

from a2e.shapes import ARKIT
from training.labels.curves import CLOSED_GAP, lip_gap
from training.labels.targets import STYLES, targets
from training.speech.utterance import Phone

SPEECH_SHAPES = ("jaw", "mouth", "cheekSquint", "tongueOut")


def spoken(symbols: str, seconds: float = 0.09) -> tuple[list[Phone], np.ndarray]:
    """Phones of equal length between two pauses, and a voice that is there while they are."""
    names = ["", *symbols.split(), ""]
    edges = [0.0, 0.4]
    edges += [edges[-1] + seconds * (i + 1) for i in range(len(names) - 2)] + [0.0]
    edges[-1] = edges[-2] + 0.4
    phones = [Phone(n, a, b) for n, a, b in zip(names, edges[:-1], edges[1:], strict=True)]
    audio = np.zeros(round(edges[-1] * 16_000), np.float32)
    audio[6_400:-6_400] = 0.1
    return phones, audio


def curve(weights: np.ndarray, name: str) -> np.ndarray:
    return weights[:, ARKIT.index(name)]


@pytest.mark.parametrize("style", range(len(STYLES)))
@pytest.mark.parametrize("labial", ["p", "b", "m"])
def test_lips_close_in_every_labial(labial: str, style: int) -> None:
    phones, audio = spoken(f"a {labial} a {labial} i")
    gap = lip_gap(targets(phones, audio, style))
    for phone in phones:
        if phone.symbol == labial:
            frames = slice(int(phone.start * 30), int(np.ceil(phone.end * 30)))
            assert gap[frames].min() < CLOSED_GAP
    assert gap.max() > 2 * CLOSED_GAP


def test_vowels_open_and_round_in_their_order() -> None:
    peak = {v: targets(*spoken(f"t {v} t", 0.15), 0).max(axis=0) for v in ("a", "i", "u")}
    jaw = {v: w[ARKIT.index("jawOpen")] for v, w in peak.items()}
    pucker = {v: w[ARKIT.index("mouthPucker")] for v, w in peak.items()}
    stretch = {v: w[ARKIT.index("mouthStretchLeft")] for v, w in peak.items()}
    assert jaw["a"] > 2 * jaw["i"]
    assert 0.4 < jaw["a"] < 0.8
    assert pucker["u"] > 3 * max(pucker["a"], pucker["i"])
    assert stretch["i"] > 2 * max(stretch["u"], 0.01)


def test_rounding_is_anticipated() -> None:
    """The lips are round before the vowel is heard, if the consonants before it leave them free."""
    phones, audio = spoken("i s t u")
    pucker = curve(targets(phones, audio, 0), "mouthPucker")
    vowel = next(phone.start for phone in phones if phone.symbol == "u")
    assert pucker[int(vowel * 30) - 2] > 0.25 * pucker.max()


def test_the_lower_lip_meets_the_teeth() -> None:
    roll = curve(targets(*spoken("a f a"), 0), "mouthRollLower")
    assert roll.max() > 0.3


def test_the_mouth_rests_in_pauses_and_nothing_else_moves() -> None:
    weights = targets(*spoken("h ɛ l oʊ"), 0)
    assert np.allclose(weights[0], 0, atol=0.02)
    still = [i for i, name in enumerate(ARKIT) if not name.startswith(SPEECH_SHAPES)]
    assert np.all(weights[:, still] == 0)


def test_curves_are_smooth_and_in_range() -> None:
    weights = targets(*spoken("p a t u m i f ɔ b"), 0)
    assert weights.min() >= 0
    assert weights.max() <= 1
    assert np.abs(np.diff(weights, axis=0)).max() < 0.45


@pytest.mark.parametrize("symbol", ["ʘ", "?!", "ɮ̥ʷ", "a̯ː", "t͡ɕ", "ŋ͡m"])
def test_strange_symbols_are_no_crash(symbol: str) -> None:
    weights = targets(*spoken(f"a {symbol} a"), 0)
    assert np.isfinite(weights).all()
