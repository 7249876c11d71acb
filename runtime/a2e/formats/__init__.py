"""Writers: frames to the files that players, engines and editors read.

| format | extension | read by |
|---|---|---|
| `bsdata` | .json | LAM's web renderer, OpenAvatarChat |
| `livelink` | .csv | Unreal, Blender, Maya (Live Link Face recordings) |
| `audio2face` | (by name) | NVIDIA Audio2Face tools |
| `talkinghead` | (by name) | TalkingHead |
| `npz` | .npz | numpy |
| `ndjson` | .ndjson, .jsonl | anything that reads lines |
| `talkinghead-visemes` | (by name) | TalkingHead's `speakAudio` |
| `azure-visemes` | (by name) | whoever plays Azure's viseme events |
| `rhubarb-tsv`, `rhubarb-json`, `rhubarb-xml` | .tsv, (by name), .xml | Rhubarb's players |
| `moho` | .dat | Moho, OpenToonz |
| `gltf` | .glb, .gltf | three.js, Blender, Godot, Unity: a given head (`onto`), animated |
| `usd` | .usda, .usdc, .usd | Omniverse, MetaHuman, Maya: a SkelAnimation (extra `usd`) |

- `livelink`: the last part of a timecode, FF.fff, is 60 times the time within the second at every
  frame rate, as in the app's own files; a recording at 30 frames a second counts 0, 2, 4, … 58.
- The last six hold visemes, of the set that they name (docs/visemes.md); `ndjson`, `npz` and
  `bsdata` hold any shapes.
- Every format but `moho` carries its frame rate. Where that is no whole number, JSON and NDJSON
  have ``fps_exact``, numerator and denominator, beside it, and `npz` an array of that name.
- A moving head's pose is in `livelink` (HeadYaw, HeadPitch, HeadRoll), `bsdata` (`rotation`),
  `talkinghead` (headRotateX, Y, Z), `npz` and `ndjson` (three more names), in radians; `audio2face`
  has no place for it.
- `audio2face`: `trackPath` is the audio's absolute path, which importers open; `joints` is empty,
  and `rotations` and `translations` hold an empty list for each frame.
- No format holds what is not finite: such weights raise an error, and no file is left.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from a2e.errors import OptionError
from a2e.files import standard_output, whole_file
from a2e.formats.base import Writer
from a2e.formats.cues import (
    AzureVisemes,
    Moho,
    RhubarbJson,
    RhubarbTsv,
    RhubarbXml,
    TalkingHeadVisemes,
)
from a2e.formats.gltf import GltfAnimation
from a2e.formats.json_formats import Audio2Face, BsData, Ndjson, TalkingHead
from a2e.formats.livelink import LiveLink
from a2e.formats.npz import Npz
from a2e.formats.usd import UsdAnimation
from a2e.rates import Rate

FORMATS: dict[str, type[Writer]] = {
    "bsdata": BsData,
    "livelink": LiveLink,
    "audio2face": Audio2Face,
    "talkinghead": TalkingHead,
    "npz": Npz,
    "ndjson": Ndjson,
    "talkinghead-visemes": TalkingHeadVisemes,
    "azure-visemes": AzureVisemes,
    "rhubarb-tsv": RhubarbTsv,
    "rhubarb-json": RhubarbJson,
    "rhubarb-xml": RhubarbXml,
    "moho": Moho,
    "gltf": GltfAnimation,
    "usd": UsdAnimation,
}
EXTENSIONS = {end: name for name, writer in FORMATS.items() for end in writer.extensions}
STDOUT = "-"


@contextmanager
def open_writer(
    path: str | Path,
    names: Sequence[str],
    fps: Rate | float,
    format: str | None = None,
    audio: str | Path = "",
    onto: str | Path | None = None,
) -> Iterator[Writer]:
    """A writer to ``path``, or to standard output for ``-``; the file appears when it is whole.

    ``format`` is a key of ``FORMATS``, by default told by the extension; ``audio`` is the path of
    the audio file for formats that hold it or its name, ``onto`` the head's file for those that
    animate one. Raises :class:`a2e.errors.OptionError`, and leaves no file, for a format, a head or
    a target that can't be and for weights that are not finite.
    """
    format = _format(Path(path), format)
    writer_type = FORMATS[format]
    if writer_type.onto_needed != (onto is not None):
        raise _onto_refused(format)
    if not (math.isfinite(fps) and fps > 0):
        raise OptionError(f"fps must be a number above 0; got {fps}")
    to_stdout = str(path) == STDOUT
    with nullcontext(standard_output()) if to_stdout else whole_file(path) as file:
        writer = writer_type(
            file, names, fps, str(audio) or Path(path).stem, Path(path), Path(onto or "")
        )
        writer.begin()
        yield writer
        writer.end()


def _onto_refused(format: str) -> OptionError:
    if FORMATS[format].onto_needed:
        return OptionError(f"{format} animates a head: name its file, --onto head.glb (onto=)")
    takers = ", ".join(name for name, writer in FORMATS.items() if writer.onto_needed)
    return OptionError(f"{format} animates no head's file: leave onto out, or write {takers}")


def extension_of(format: str) -> str:
    """The usual extension of a format's files; raises :class:`a2e.errors.OptionError`."""
    return next(iter(FORMATS[_format(Path(), format)].extensions), ".json")


def needed_shapes(path: str | Path, format: str | None = None) -> str:
    """The set of shapes that a format needs; "" where it takes any. Raises
    :class:`a2e.errors.OptionError`."""
    return FORMATS[_format(Path(path), format)].set


def _format(path: Path, format: str | None) -> str:
    if format is None:
        format = EXTENSIONS.get(path.suffix.lower())
        if format is None:
            raise OptionError(
                f"the extension of {path.name} tells no format: use one of "
                f"{', '.join(EXTENSIONS)}, or name one of {', '.join(FORMATS)}"
            )
    if format not in FORMATS:
        raise OptionError(f"format must be one of {', '.join(FORMATS)}; got {format!r}")
    return format
