"""The trust that alignments deserve: ``python -m training.evaluation.alignment_check``.

Three answers: how far boundaries are from the truth where the truth is known (synthetic speech,
aligned by all other voices), how far the voices agree on real speech, and whether what is labelled
p, b or m on real speech is weaker than the vowels beside it, as closed lips must be.
"""

from __future__ import annotations

import argparse
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.labels.alignment import Alignment, align, references
from training.labels.cepstra import HOP, log_mel
from training.speech.recordings import Recording, recordings
from training.speech.utterance import SAMPLE_RATE, Phone, Utterance
from training.speech.voices import recorded_voices, synthesise

TRUTH = {  # voice to recognise: voices too much like it
    "flite:rms": ("flite:rms",),
    "flite:awb": ("flite:awb",),
    "festival:cmu_us_slt_arctic_hts": ("festival:cmu_us_slt_arctic_hts", "flite:slt"),
}
TEXTS = (
    "And so my fellow Americans, ask not what your country can do for you.",
    "He might even have been made amiable himself.",
    "Perhaps you might believe me now, my mother bought a big blue umbrella.",
    "How much there might be prudently in his power to do for them.",
)
RATES = (100, 130, 160, 200)  # words a minute, one for each text
NOISE = 0.003  # of full scale, added to the speech to recognise
CLOSE = 0.03  # s
DIP_BANDS = slice(8, 26)  # mel bands, about 500 to 4,000 Hz, that closed lips damp
DIP = 3.0  # dB under the louder neighbour


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--speech", type=Path, help="folder of real recordings")
    options = parser.parse_args()
    errors = 1000 * np.concatenate([errors_of(voice) for voice in TRUTH])
    print(
        f"known truth: {len(errors)} boundaries, median {np.median(errors):.0f} ms, "
        f"mean {errors.mean():.0f} ms, within 30 ms {np.mean(errors < 1000 * CLOSE):.1%}"
    )
    for recording in recordings(options.speech):
        if recording.text:
            print(line(recording, align(recording.audio, recording.text, recording.language)))


def errors_of(voice: str) -> NDArray[np.float64]:
    """Distances in s of aligned from true starts of phones, for one voice that is installed."""
    if voice not in recorded_voices("en"):
        return np.empty(0)
    rng = np.random.default_rng(0)
    errors: list[float] = []
    for text, rate in zip(TEXTS, RATES, strict=True):
        truth = synthesise(text, voice, "en", rate=rate)
        audio = truth.audio + rng.normal(0, NOISE, len(truth.audio)).astype(np.float32)
        others = [u for u in references(text, "en") if u.voice not in TRUTH[voice]]
        errors += distances(align(audio, text, "en", others), truth)
    return np.array(errors)


def distances(alignment: Alignment, truth: Utterance) -> list[float]:
    """Distances of the starts of the phones that both have, in s."""
    ours, theirs = ([p.symbol for p in phones] for phones in (alignment.phones, truth.phones))
    blocks = SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks()
    return [
        abs(alignment.phones[i + k].start - truth.phones[j + k].start)
        for i, j, size in blocks
        for k in range(size)
        if alignment.phones[i + k].symbol
    ]


def line(recording: Recording, alignment: Alignment) -> str:
    """A line on one real recording."""
    dips = [d for d in dips_of(recording.audio, alignment.phones) if d is not None]
    return (
        f"{recording.name}: {alignment.voices} voices, median spread "
        f"{1000 * np.nanmedian(alignment.spread):.0f} ms, within 30 ms "
        f"{np.nanmean(alignment.spread < CLOSE):.0%}; {sum(d > DIP for d in dips)} of {len(dips)} "
        f"p, b, m dip"
    )


def dips_of(audio: NDArray[np.float32], phones: tuple[Phone, ...]) -> list[float | None]:
    """By how many dB each p, b and m is weaker than the louder phone beside it."""
    level = 10 / np.log(10) * log_mel(audio, 1.0)[:, DIP_BANDS].mean(axis=1)

    def mean(phone: Phone) -> float:
        first = int(phone.start * SAMPLE_RATE / HOP)
        return float(level[first : max(int(phone.end * SAMPLE_RATE / HOP), first + 1)].mean())

    return [
        max(mean(before), mean(after)) - mean(phone) if phone.labial else None
        for before, phone, after in zip(phones, phones[1:], phones[2:], strict=False)
    ]


if __name__ == "__main__":
    main()
