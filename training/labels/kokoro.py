"""Neural speech with the time of every token: utterances of Kokoro-82M, made beforehand.

A folder holds ``utterances.jsonl``, a line an utterance: ``file`` (an audio file beside it),
``voice``, ``language`` and ``tokens``, each ``[symbol, start, end]`` in seconds. Symbols are the
model's input: espeak-ng's IPA in its spelling, stress marks, tones, spaces and punctuation; "" is
silence. Times are the model's own durations, which lie `LATENESS` after the sound.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
import soxr

from training.labels.pauses import settle
from training.speech.utterance import SAMPLE_RATE, Phone, Utterance

LATENESS = 0.05  # s: the median of 54 voices
SPELLED_OUT = {
    "A": "eɪ", "I": "aɪ", "O": "oʊ", "W": "aʊ", "Y": "ɔɪ", "Q": "əʊ",
    "ʧ": "tʃ", "ʤ": "dʒ", "ʦ": "ts", "ʣ": "dz", "ʨ": "tɕ", "ʥ": "dʑ", "ꭧ": "ʈʂ",
}  # fmt: skip
STRESS = {"ˈ": 2, "ˌ": 1}
LASTING = "ːʰʲʷ̃↓↑→↘↗"
"""Marks whose time belongs to the sound before them; only the first five change it."""
CHANGING = "ːʰʲʷ̃"
SWITCH = "("
"""Begins espeak-ng's remark that the language changes, which the voice reads out as sounds."""
HELD_OUT_VOICES = ("af_sky", "am_eric", "bf_lily", "bm_lewis", "ef_dora", "jm_kumo", "zf_xiaoyi")


class Token(NamedTuple):
    symbol: str
    start: float
    end: float


class Line(NamedTuple):
    """What a folder says of an utterance."""

    path: Path
    voice: str
    language: str
    tokens: tuple[Token, ...]


def lines(folder: Path) -> list[Line]:
    """Every utterance of a folder that can be used."""
    entries = map(json.loads, (folder / "utterances.jsonl").read_text().splitlines())
    return [
        Line(folder / e["file"], e["voice"], e["language"], tuple(Token(*t) for t in e["tokens"]))
        for e in entries
        if all(SWITCH not in symbol for symbol, *_ in e["tokens"])
    ]


def read(line: Line) -> Utterance:
    """An utterance's sound, at 16 kHz, and its phones."""
    recorded, rate = soundfile.read(line.path, dtype="float32")
    audio = np.clip(soxr.resample(recorded, rate, SAMPLE_RATE), -1, 1).astype(np.float32)
    phones = settle(phones_of(line.tokens, len(audio) / SAMPLE_RATE), audio)
    return Utterance(audio, phones, f"kokoro:{line.voice}", line.language)


def phones_of(tokens: Sequence[Token], seconds: float) -> list[Phone]:
    """Contiguous phones over ``seconds``: marks join the sounds that they belong to."""
    phones = [Phone("", 0.0, 0.0)]
    stress, since = 0, None
    for symbol, start, end in tokens:
        if symbol in STRESS:
            stress, since = STRESS[symbol], start if since is None else since
        elif symbol and symbol in LASTING:
            last = phones[-1]
            kept = symbol if symbol in CHANGING and last.symbol else ""
            phones[-1] = replace(last, symbol=last.symbol + kept, end=end)
        elif not is_sound(symbol) and phones[-1].symbol == "":
            phones[-1] = replace(phones[-1], end=end)
        else:
            name = SPELLED_OUT.get(symbol, symbol) if is_sound(symbol) else ""
            phones.append(Phone(name, start if since is None else since, end, stress))
            stress, since = 0, None
    shifted = [(max(p.start - LATENESS, 0.0), max(p.end - LATENESS, 0.0)) for p in phones]
    ends = [end for _, end in shifted[:-1]] + [seconds]
    starts = [0.0, *ends[:-1]]
    return [
        replace(phone, start=start, end=end)
        for phone, start, end in zip(phones, starts, ends, strict=True)
        if end > start
    ]


def is_sound(symbol: str) -> bool:
    """Whether a token is a letter of IPA, and not a space or punctuation."""
    return bool(symbol) and unicodedata.category(symbol[0]).startswith("L")
