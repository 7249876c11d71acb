"""flite through its command: English in voices made from recordings, with its phones.

``flite -psdur`` prints each phone with the time when it ends; a stop includes its closure.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
import soxr

from training.speech.utterance import SAMPLE_RATE, Phone, Utterance

NORMAL_RATE = 170  # words a minute, about what flite says at stretch 1
MEAN_PITCH = {"slt": 180, "rms": 100, "awb": 130, "kal": 105, "kal16": 105}  # Hz
PITCH_SPAN = 0.5  # of the mean: how far pitch 0 or 100 is from pitch 50
LONGEST_SAYING = 60  # s of work before flite is given up

IPA = {
    "pau": "", "aa": "ɑː", "ae": "æ", "ah": "ʌ", "ao": "ɔː", "aw": "aʊ", "ax": "ə", "axr": "ɚ",
    "ay": "aɪ", "b": "b", "ch": "tʃ", "d": "d", "dh": "ð", "dx": "ɾ", "eh": "ɛ", "el": "l̩",
    "em": "m̩", "en": "n̩", "er": "ɜː", "ey": "eɪ", "f": "f", "g": "ɡ", "hh": "h", "hv": "h",
    "ih": "ɪ", "ix": "ɪ", "iy": "iː", "jh": "dʒ", "k": "k", "l": "l", "m": "m", "n": "n",
    "nx": "n", "ng": "ŋ", "ow": "oʊ", "oy": "ɔɪ", "p": "p", "r": "ɹ", "s": "s", "sh": "ʃ",
    "t": "t", "th": "θ", "uh": "ʊ", "uw": "uː", "v": "v", "w": "w", "y": "j", "z": "z",
    "zh": "ʒ", "brth": "", "h#": "", "ssil": "",
}  # fmt: skip
FULL_VOWELS = frozenset(
    ("aa", "ae", "ah", "ao", "aw", "ay", "eh", "er", "ey", "iy", "ow", "oy", "uw")
)
"""They count as half stressed, as flite tells no stress."""


@cache
def voices() -> tuple[str, ...]:
    """The usable voices of the installed flite; none where there is no flite."""
    if shutil.which("flite") is None:
        return ()
    listed = subprocess.run(["flite", "-lv"], capture_output=True, text=True, check=True).stdout
    return tuple(v for v in MEAN_PITCH if v in listed.split())


def synthesise(text: str, voice: str, rate: int, pitch: int, spread: int) -> Utterance:
    """``voice`` as flite names it, such as "slt"; ``rate`` in words a minute; the rest 0..100."""
    settings = {
        "duration_stretch": NORMAL_RATE / rate,
        "int_f0_target_mean": MEAN_PITCH[voice] * (1 + PITCH_SPAN * (pitch - 50) / 50),
        "int_f0_target_stddev": 0.3 * spread,
    }
    options = [part for k, v in settings.items() for part in ("--setf", f"{k}={v:.3f}")]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        command = ["flite", "-voice", voice, *options, "-psdur", "-t", text, "-o", str(path)]
        result = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=LONGEST_SAYING
        )
        audio, file_rate = soundfile.read(path, dtype="float32")
    phones = phones_of(result.stdout, len(audio) / file_rate)
    audio = np.clip(soxr.resample(audio, file_rate, SAMPLE_RATE), -1, 1)
    end = len(audio) / SAMPLE_RATE
    phones[-1] = Phone(phones[-1].symbol, phones[-1].start, end, phones[-1].stress)
    return Utterance(audio, tuple(phones), f"flite:{voice}", "en")


def phones_of(printed: str, duration: float) -> list[Phone]:
    """``printed`` is -psdur's "pau:0.251 p:0.352 …", in seconds, cut at ``duration``.

    The diphone voices stop about 0.1 s early, within the last silence.
    """
    phones, start = [], 0.0
    for name, printed_end in (item.rsplit(":", 1) for item in printed.split()):
        end = min(float(printed_end), duration)
        if end > start:
            phones.append(Phone(IPA[name], start, end, 1 if name in FULL_VOWELS else 0))
            start = end
    return phones
