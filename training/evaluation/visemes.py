"""How often a phone's viseme shows: ``python -m training.evaluation.visemes FOLDER``.

FOLDER holds English recordings with their words: in ``transcripts.tsv`` (file, tab, words), or
spelled by the names of GRID's files. What pocketsphinx can't align is left out.
Each recording is animated as ``a2e`` does by default. A phone's viseme is the one with the greatest
mean share over the phone's frames, and silence where those sum to less than a mouth at rest.

- ``top 1``: phones with their own viseme; ``alike``: with one that looks like it (`ALIKE`);
- ``shut``: of p, b and m, those in which the frames' lips meet and PP shows in a frame.

Then the confusions: a row for each viseme that was spoken, in percent of its phones.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

import a2e
from a2e.visemes.ids import REST
from a2e.visemes.table import table
from training.labels.people import sentence
from training.labels.recognised import ARPABET, aligner
from training.speech.utterance import SAMPLE_RATE, Phone

VISEMES = tuple(table()["oculus"]["poses"])
SPOKEN = {
    "": "sil",
    **dict.fromkeys("pbm", "PP"),
    **dict.fromkeys("fv", "FF"),
    **dict.fromkeys("θð", "TH"),
    **dict.fromkeys("td", "DD"),
    **dict.fromkeys("kɡŋ", "kk"),
    **dict.fromkeys(("tʃ", "dʒ", "ʃ", "ʒ"), "CH"),
    **dict.fromkeys("sz", "SS"),
    **dict.fromkeys("nl", "nn"),
    **dict.fromkeys(("ɹ", "ɜɹ"), "RR"),
    **dict.fromkeys(("ɑ", "æ", "ʌ", "aɪ", "aʊ"), "aa"),
    **dict.fromkeys(("ɛ", "eɪ"), "E"),
    **dict.fromkeys("ɪij", "ih"),
    **dict.fromkeys(("ɔ", "oʊ", "ɔɪ"), "oh"),
    **dict.fromkeys("uʊw", "ou"),
}
"""Oculus's viseme of each phone that pocketsphinx knows; /h/ looks like what follows it."""
ALIKE = (
    ("sil", "PP"),
    ("FF",),
    ("TH", "DD", "kk", "SS", "nn", "ih"),
    ("CH", "RR", "ou"),
    ("aa", "E"),
    ("oh", "ou"),
)
"""Visemes that people mistake for each other when they see only the face (after Fisher 1968)."""

Shares = NDArray[np.float32]


def recordings(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """Files with their words."""
    transcripts = folder / "transcripts.tsv"
    if transcripts.exists():
        for line in transcripts.read_text().splitlines():
            name, _, text = line.partition("\t")
            yield folder / name, spelled(text)
        return
    for path in sorted(folder.glob("*.flac")):
        yield path, sentence(path.stem)


def spelled(text: str) -> list[str]:
    """The words of a text as pocketsphinx's dictionary has them."""
    kept = "".join(c if c.isalpha() or c == "'" else " " for c in text.lower().replace("’", "'"))
    return [word.strip("'") for word in kept.split() if word.strip("'")]


def audio_of(path: Path) -> NDArray[np.float32]:
    """A recording, [n] mono 16 kHz."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    sound: NDArray[np.float32] = soxr.resample(samples.mean(axis=1), rate, SAMPLE_RATE)
    return sound.astype(np.float32)


class Tally:
    """Phones by what was spoken and what showed."""

    def __init__(self) -> None:
        self.counts = np.zeros((len(VISEMES), len(VISEMES)), int)
        self.labials = self.shut = self.files = 0

    def add(self, shares: Shares, phones: tuple[Phone, ...], fps: int) -> None:
        """Shares [frames, visemes] of a recording."""
        self.files += 1
        for phone in phones:
            spoken = SPOKEN.get(phone.symbol)
            first, last = (round(time * fps - 0.5) for time in (phone.start, phone.end))
            heard = shares[max(0, first) : max(first, last - 1) + 1]
            if spoken is None or not len(heard):
                continue
            self.counts[VISEMES.index(spoken), shown(heard.mean(axis=0))] += 1
            if spoken == "PP":
                self.labials += 1
                self.shut += any(VISEMES[shown(frame)] in ("PP", "sil") for frame in heard)

    def lines(self) -> Iterator[str]:
        """The report."""
        right, count = np.trace(self.counts), max(1, self.counts.sum())
        alike = sum(
            self.counts[i, j]
            for i, one in enumerate(VISEMES)
            for j, other in enumerate(VISEMES)
            if one == other or any(one in group and other in group for group in ALIKE)
        )
        yield f"{self.files} recordings, {count} phones"
        yield f"top 1 {right / count:.3f}, alike {alike / count:.3f}"
        yield f"shut {self.shut / max(1, self.labials):.3f} of {self.labials}"
        yield "     " + "".join(f"{name:>5}" for name in VISEMES)
        for name, row in zip(VISEMES, self.counts, strict=True):
            cells = "".join(f"{round(100 * cell / max(1, row.sum())):5}" for cell in row)
            yield f"{name:5}{cells}   of {row.sum()}"


def shown(shares: Shares) -> int:
    """The viseme that shows in shares [visemes]: silence is what others leave, and shows last."""
    mouths = shares.copy()
    mouths[VISEMES.index("sil")] = 0
    return int(mouths.argmax()) if mouths.sum() >= REST else VISEMES.index("sil")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path, help="a model file; default: the bundled one")
    arguments = parser.parse_args()
    assert set(ARPABET.values()) - {"h"} <= set(SPOKEN)
    model, tally = a2e.load(arguments.model), Tally()
    for path, words in recordings(arguments.folder):
        audio = audio_of(path)
        phones = aligner().align(audio, words)
        if phones is not None:
            clip = model.animate(audio, SAMPLE_RATE, shapes="oculus", seed=0)
            tally.add(clip.weights, phones, model.spec.fps)
    print("\n".join(tally.lines()))


if __name__ == "__main__":
    main()
