"""Formats of one mouth at a time: which shows, from when to when.

They take frames of the set that they name (``Writer.set``): Rhubarb's and Azure's are 1 for the
viseme that shows; of Oculus's shares the greatest shows.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

import numpy as np

from a2e.arrays import Floats
from a2e.errors import OptionError
from a2e.formats.base import Writer
from a2e.formats.json_formats import SEPARATOR, dump, readable
from a2e.visemes.ids import REST, SHORTEST
from a2e.visemes.table import CONTACTS, SILENCE, column_names, table

PRESTON_BLAIR = dict(
    zip("ABCDEFGHX", ("MBP", "etc", "E", "AI", "O", "U", "FV", "L", "rest"), strict=True)
)
"""Moho's and OpenToonz's names of Rhubarb's mouths (Rhubarb's own ``--datUsePrestonBlair``)."""
TICKS = 10_000_000
"""Azure's parts of a second."""


class Cue(NamedTuple):
    """A mouth that shows from one frame until another."""

    name: str
    start: int
    end: int


class CueWriter(Writer):
    """Keeps the cues until the end; ``cues`` are those of all frames."""

    def begin(self) -> None:
        if tuple(self.names) != column_names(self.set):
            raise OptionError(
                f"this format holds {self.set} visemes; got {', '.join(self.names[:3])}, …: choose "
                f"shapes {self.set}"
            )
        self.cues: list[Cue] = []

    def add(self, frames: Floats) -> None:
        for shown in self.shown(frames):
            last = self.cues[-1] if self.cues else None
            if last is not None and last.name == shown:
                self.cues[-1] = last._replace(end=self.count + 1)
            else:
                self.cues.append(Cue(shown, self.count, self.count + 1))
            self.count += 1

    def shown(self, frames: Floats) -> list[str]:
        """The mouth of each frame [n, names]."""
        return [self.names[column] for column in frames.argmax(axis=1)]

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.time(self.count)


class RhubarbTsv(CueWriter):
    """Rhubarb's TSV: a time and a mouth in each line, last the end, at rest."""

    extensions = (".tsv",)
    set = "rhubarb"

    def end(self) -> None:
        for cue in self.cues:
            self.text(f"{self.time(cue.start):.2f}\t{cue.name}\n")
        self.text(f"{self.duration:.2f}\tX\n")


class RhubarbXml(CueWriter):
    """Rhubarb's XML."""

    extensions = (".xml",)
    set = "rhubarb"

    def end(self) -> None:
        sound = escape(readable(self.audio))
        self.text('<?xml version="1.0" encoding="utf-8"?>\n<rhubarbResult>\n  <metadata>\n')
        self.text(f"    <soundFile>{sound}</soundFile>\n")
        self.text(f"    <duration>{self.duration:.2f}</duration>\n  </metadata>\n  <mouthCues>\n")
        for cue in self.cues:
            start, end = self.time(cue.start), self.time(cue.end)
            self.text(f'    <mouthCue start="{start:.2f}" end="{end:.2f}">{cue.name}</mouthCue>\n')
        self.text("  </mouthCues>\n</rhubarbResult>\n")


class RhubarbJson(CueWriter):
    """Rhubarb's JSON."""

    set = "rhubarb"

    def end(self) -> None:
        duration = round(self.duration, 2)
        metadata = {"soundFile": readable(self.audio), "duration": duration}
        self.text(f'{{"metadata":{dump(metadata)},\n"mouthCues":[\n')
        cues = (
            {
                "start": round(self.time(cue.start), 2),
                "end": round(self.time(cue.end), 2),
                "value": cue.name,
            }
            for cue in self.cues
        )
        self.text(SEPARATOR.join(map(dump, cues)) + "\n]}\n")


class Moho(CueWriter):
    """Moho's switch data, which OpenToonz reads, too: frames from 1, in Preston Blair's names.

    The file has no place for its frame rate; ``fps`` must be the project's.
    """

    extensions = (".dat",)
    set = "rhubarb"

    def end(self) -> None:
        self.text("MohoSwitch1\n")
        for cue in self.cues:
            self.text(f"{cue.start + 1} {PRESTON_BLAIR[cue.name]}\n")
        self.text(f"{self.count + 1} {PRESTON_BLAIR['X']}\n")


class AzureVisemes(CueWriter):
    """Azure's viseme events: ``audio_offset`` in ticks of 100 ns, and ``viseme_id``."""

    set = "azure"

    def end(self) -> None:
        events = (
            {
                "audio_offset": round(cue.start * TICKS / self.fps),
                "viseme_id": int(cue.name),
            }
            for cue in self.cues
        )
        self.text('{"visemes":[\n' + SEPARATOR.join(map(dump, events)) + "\n]}\n")


class TalkingHeadVisemes(CueWriter):
    """The visemes of TalkingHead's ``speakAudio``: ``visemes``, ``vtimes``, ``vdurations``, ms.

    Those shorter than `SHORTEST` are left to their neighbours, but for contacts; silence is what
    lies between.
    """

    set = "oculus"

    def shown(self, frames: Floats) -> list[str]:
        names = list(table()["oculus"]["poses"])
        mouths = np.array(frames)
        mouths[:, names.index(SILENCE)] = 0
        rests = mouths.sum(axis=1) < REST
        return [
            SILENCE if rest else names[column]
            for column, rest in zip(mouths.argmax(axis=1), rests, strict=True)
        ]

    def end(self) -> None:
        columns = dict(zip(table()["oculus"]["poses"], self.names, strict=True))
        prefix = table()["oculus"]["prefix"]
        cues = [cue for cue in self._lasting() if cue.name != SILENCE]
        times = [round(1000 * self.time(cue.start)) for cue in cues]
        ends = [round(1000 * self.time(cue.end)) for cue in cues]
        visemes = {
            "name": readable(Path(self.audio).name),
            "visemes": [columns[cue.name].removeprefix(prefix) for cue in cues],
            "vtimes": times,
            "vdurations": [end - start for start, end in zip(times, ends, strict=True)],
        }
        self.text(dump(visemes) + "\n")

    def _lasting(self) -> list[Cue]:
        """The cues that are long enough to be seen; others go to the one before."""
        lasting: list[Cue] = []
        for cue in self.cues:
            brief = float((cue.end - cue.start) / self.fps) < SHORTEST
            before = lasting[-1] if lasting else None
            if before and (before.name == cue.name or (brief and cue.name not in CONTACTS)):
                lasting[-1] = before._replace(end=cue.end)
            else:
                lasting.append(cue)
        return lasting
