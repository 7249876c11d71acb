"""espeak-ng through ctypes: text to samples and the phones that it spoke.

Structures and constants are those of espeak-ng's ``speak_lib.h`` (1.50 and newer). The library
keeps global state, is not thread-safe, and is started once in each process, at the first call.

espeak marks a phone where its sound begins. For voiceless stops and affricates that is the release:
the closure is a near silence before it, which `closure` gives to the stop. A vowel after a nasal,
liquid or glide is marked after its onset, which `VOWEL_MARK_DELAY` puts right. Otherwise marks are
exact to the sample (checked on spectrograms).
"""

from __future__ import annotations

import ctypes
import re
import unicodedata
from functools import cache
from typing import Any
from zlib import crc32

import espeakng_loader
import numpy as np
import soxr
from numpy.typing import NDArray

from training.speech.utterance import SAMPLE_RATE, Phone, Utterance

ESPEAK_RATE = 22_050  # Hz, of every espeak-ng formant voice
AUDIO_OUTPUT_SYNCHRONOUS = 2
INITIALIZE_FLAGS = 0x1 | 0x2 | 0x8000  # phoneme events, as IPA, errors returned instead of exit
SYNTH_FLAGS = 0x1 | 0x10 | 0x100  # UTF-8, SSML, [[phonemes]]
EVENT_PHONEME = 7
PARAMETER_RATE, PARAMETER_PITCH, PARAMETER_RANGE = 1, 3, 4

SILENT = 0.1  # of the loudest sample nearby: below this espeak-ng is between sounds
CLOSURE_LIMIT = 0.12  # s, the longest closure taken from a silence before a stop
CLOSURE_AFTER_PAUSE = 0.08  # s, the closure of a stop that ends a pause
VOWEL_MARK_DELAY = 0.02  # s, mean lateness of the mark of a vowel after a sonorant
SHORTEST = 0.004  # s; a shorter phone is one that espeak-ng sounded within its neighbour
COLOUR_SHARE, COLOUR_LIMIT = 0.4, 0.08  # of the vowel, s: what an l or r at its end gets
MODIFIERS = set("ʰʲʷːˑ̩̯̥̬̪̃ˤ")  # kept: they change what the mouth does or tell that it lasts
ASPIRATED = re.compile("(?<=[ptkɕs])h$")  # how the voices of Chinese and Hindi write ʰ
RENAMED = {"ʲ": "j", "onɡ": "oŋ", "sx": "ɧ"}
STOPS = tuple("pbtdkgɡqɢcɟʈɖʔ")
SONORANTS = tuple("mnŋɲɳɴlɹrɾɭʎɻwjɥʋɫ")
VOWELS = tuple("aeiouyæøœɐɑɒɔəɘɚɛɜɝɞɤɨɪɯɵʉʊʌʏɶᵻ")


class EventId(ctypes.Union):
    _fields_ = (
        ("number", ctypes.c_int),
        ("name", ctypes.c_void_p),
        ("string", ctypes.c_ubyte * 8),
    )


class Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", EventId),
    )


SynthCallback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event)
)


class Engine:
    """The process's espeak-ng library; ``speak`` gives raw samples and phoneme marks."""

    def __init__(self) -> None:
        self.library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        rate = self.library.espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, data, INITIALIZE_FLAGS)
        if rate != ESPEAK_RATE:
            raise RuntimeError(f"espeak-ng started at {rate} Hz instead of {ESPEAK_RATE}")
        self.blocks: list[NDArray[np.int16]] = []
        self.marks: list[tuple[int, str]] = []
        self.callback = SynthCallback(self.receive)  # must outlive every call
        self.library.espeak_SetSynthCallback(self.callback)

    def receive(self, samples: Any, count: int, events: Any) -> int:
        if samples and count:
            self.blocks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        index = 0
        while events[index].type:
            event = events[index]
            if event.type == EVENT_PHONEME:
                name = bytes(event.id.string).split(b"\0")[0].decode(errors="ignore")
                self.marks.append((event.sample, name))
            index += 1
        return 0

    def speak(
        self, text: str, voice: str, rate: int, pitch: int, spread: int
    ) -> tuple[NDArray[np.float32], list[tuple[int, str]]]:
        """Samples [n] at 22,050 Hz and (sample, IPA) marks."""
        self.blocks, self.marks = [], []
        if self.library.espeak_SetVoiceByName(voice.encode()):
            raise ValueError(f"espeak-ng has no voice {voice!r}")
        self.library.espeak_ng_SetRandSeed(ctypes.c_long(crc32(f"{voice} {text}".encode())))
        values = {PARAMETER_RATE: rate, PARAMETER_PITCH: pitch, PARAMETER_RANGE: spread}
        for parameter, value in values.items():
            self.library.espeak_SetParameter(parameter, value, 0)
        encoded = text.encode()
        self.library.espeak_Synth(
            encoded, ctypes.c_size_t(len(encoded) + 1), 0, 0, 0, SYNTH_FLAGS, None, None
        )
        if not self.blocks:
            raise ValueError(f"espeak-ng says nothing for {text!r} as {voice!r}")
        samples = np.concatenate(self.blocks).astype(np.float32) / np.float32(32768)
        return samples, self.marks


@cache
def engine() -> Engine:
    return Engine()


def synthesise(
    text: str, voice: str, language: str, rate: int, pitch: int, spread: int
) -> Utterance:
    """``voice`` as espeak-ng names it, such as "en-us+f3"; ``text`` is SSML with [[phonemes]]."""
    samples, marks = engine().speak(text, voice, rate, pitch, spread)
    phones = phones_of(samples, marks)
    audio = soxr.resample(samples, ESPEAK_RATE, SAMPLE_RATE)
    end = len(audio) / SAMPLE_RATE
    phones[-1] = Phone(phones[-1].symbol, phones[-1].start, end, phones[-1].stress)
    return Utterance(np.clip(audio, -1, 1), tuple(phones), f"espeak:{voice}", language)


def phones_of(samples: NDArray[np.float32], marks: list[tuple[int, str]]) -> list[Phone]:
    """Contiguous phones over the whole of ``samples``, from marks where the sounds begin."""
    marked = [(0.0, "", 0)]  # start in seconds, symbol, stress
    for sample, name in marks:
        phone = parse(name)
        if phone is None:
            continue
        start, (symbol, stress) = sample / ESPEAK_RATE, phone
        last, before, _ = marked[-1]
        if symbol == before == "":
            continue
        if start - last < SHORTEST:
            give_time(marked)
        if symbol.startswith(STOPS):
            start = max(start - closure(samples, sample), marked[-1][0] + SHORTEST)
        elif symbol.startswith(VOWELS) and before.startswith(SONORANTS):
            start = max(start - VOWEL_MARK_DELAY, (start + last) / 2)
        marked.append((start, symbol, stress))
    ends = [start for start, _, _ in marked[1:]] + [len(samples) / ESPEAK_RATE]
    return [
        Phone(symbol, start, end, stress)
        for (start, symbol, stress), end in zip(marked, ends, strict=True)
        if end > start
    ]


def give_time(marked: list[tuple[float, str, int]]) -> None:
    """Let the last phone, which has no length, begin earlier.

    espeak-ng marks an l or r that it sounds as the end of a vowel where that vowel ends.
    """
    start, symbol, stress = marked.pop()
    if symbol and marked:
        share = min(COLOUR_SHARE * (start - marked[-1][0]), COLOUR_LIMIT)
        marked.append((start - share, symbol, stress))
    elif not marked:
        marked.append((start, symbol, stress))


def closure(samples: NDArray[np.float32], release: int) -> float:
    """Seconds of closure before the stop released at ``release``: the near silence before it."""
    reach = int(CLOSURE_LIMIT * ESPEAK_RATE)
    before = np.abs(samples[max(release - reach, 0) : release])
    nearby = np.abs(samples[max(release - 2 * reach, 0) : release + reach])
    loud = np.flatnonzero(before > SILENT * nearby.max(initial=0))
    if len(loud) == 0:  # a pause, or the beginning
        return min(CLOSURE_AFTER_PAUSE, release / ESPEAK_RATE)
    return (len(before) - 1 - int(loud[-1])) / ESPEAK_RATE


def parse(name: str) -> tuple[str, int] | None:
    """espeak-ng's name of a phone -> (IPA without stress, tone and other marks, stress).

    None for what is no phone: "(en)" tells that the language changes.
    """
    if name.startswith("("):
        return None
    stress = 2 if "ˈ" in name else 1 if "ˌ" in name else 0
    kept = (c for c in name if c in MODIFIERS or unicodedata.category(c) in ("Ll", "Lo"))
    symbol = ASPIRATED.sub("ʰ", "".join(kept))
    return RENAMED.get(symbol, symbol), stress
