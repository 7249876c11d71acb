"""What a model file says about itself: the facts in its ``metadata_props``.

Each field of :class:`Spec` is stored under ``a2e.<field>`` as JSON, beside ``a2e.schema``. The
exporter writes them, the runtime reads them, and nothing about a model is known from elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NoReturn, Self

from a2e.errors import ModelError, OptionError

SCHEMA = 2
"""Version of the metadata and of the graph's contract that this package writes, and the newest that
it reads. Schema 1 has no checksums."""
FIRST_SCHEMA = 1

PREFIX = "a2e."
WEIGHTS_CRC, STRUCTURE_CRC = "weights_crc32", "structure_crc32"
"""Metadata about the file's bytes and not about the model (see ``a2e.model_file``)."""
GRID = 3
"""Frames in 100 ms: the smallest span in which sample, conv and frame grids meet."""
SAMPLE_RATES = (8_000, 192_000)  # Hz
FRAME_RATES = (1, 240)
MAX_WINDOW = 60
"""Seconds that a network may see at once."""
MAX_NAMES = 1024
"""Styles, or shapes, of a model."""
SHOWN = 60
"""Characters of a wrong value that a message repeats."""
WORD = re.compile(r"[\w.+-]{1,32}", re.ASCII)
SURROGATES = re.compile("[\ud800-\udfff]")
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Spec:
    """The facts of one model file; raises :class:`OptionError` for facts that can't be."""

    kind: str
    """Graph kind: how context is carried (``recompute``, ``hybrid``, ``cached``)."""
    sample_rate: int
    """Rate of the graph's audio, Hz."""
    fps: int
    """Frames a second."""
    hop: int
    """Frames that one graph call computes."""
    lookahead: int
    """Frames held back so that each has that much audio to its right."""
    window: int
    """Frames that the network sees at once."""
    styles: tuple[str, ...]
    """Names of the styles, in the order of the ``style`` input."""
    default_style: int
    """Index of the style used where none is asked for."""
    shapes: tuple[str, ...]
    """Names of the shapes, in the order of the weights."""
    precision: str
    """How the weights of the network are stored and computed (``float32``, …)."""
    source_sha256: str
    """SHA-256 of the checkpoint that the model was converted from."""
    tools: Mapping[str, str]
    """Versions of what made the file."""

    def __post_init__(self) -> None:
        self._check_types()
        self._check_clock()
        for kind, names in {"styles": self.styles, "shapes": self.shapes}.items():
            if not 1 <= len(names) <= MAX_NAMES:
                raise OptionError(f"a model has 1 to {MAX_NAMES} {kind}; got {len(names)}")
            if len(set(names)) < len(names):
                raise OptionError(
                    f"{kind} must have different names; got {_short(', '.join(names))}"
                )
        if not 0 <= self.default_style < len(self.styles):
            raise OptionError(
                f"the default style must be one of {len(self.styles)}; "
                f"got {_show(self, 'default_style')}"
            )

    def _check_types(self) -> None:
        for name in ("sample_rate", "fps", "hop", "lookahead", "window", "default_style"):
            if type(getattr(self, name)) is not int:
                raise OptionError(f"{name} must be a whole number; got {_show(self, name)}")
        for name, pattern in {"kind": WORD, "precision": WORD, "source_sha256": SHA256}.items():
            value = getattr(self, name)
            if not isinstance(value, str) or not pattern.fullmatch(value):
                expected = "64 hexadecimal digits" if pattern is SHA256 else "a short word"
                raise OptionError(f"{name} must be {expected}; got {_show(self, name)}")
        for name in ("styles", "shapes"):
            if not _are_texts(getattr(self, name)):
                raise OptionError(f"{name} must be a list of names; got {_show(self, name)}")
        tools = self.tools
        if not isinstance(tools, Mapping) or not _are_texts([*tools, *tools.values()]):
            raise OptionError(f"tools must be names with versions; got {_show(self, 'tools')}")

    def _check_clock(self) -> None:
        limits = {"sample_rate": SAMPLE_RATES, "fps": FRAME_RATES}
        for name, (low, high) in limits.items():
            if not low <= getattr(self, name) <= high:
                raise OptionError(f"{name} must be from {low} to {high}; got {_show(self, name)}")
        if self.hop < GRID or self.hop % GRID or self.lookahead < 0 or self.lookahead % GRID:
            raise OptionError(
                f"hop and lookahead must be multiples of {GRID} frames (100 ms), the hop at least "
                f"{GRID}; got a hop of {_show(self, 'hop')} and a lookahead of "
                f"{_show(self, 'lookahead')}"
            )
        if self.hop + self.lookahead >= self.window:
            raise OptionError(
                f"hop + lookahead must be less than the window of {_show(self, 'window')} frames; "
                f"got {_show(self, 'hop')} + {_show(self, 'lookahead')}"
            )
        if self.window > MAX_WINDOW * self.fps:
            raise OptionError(
                f"the window must be at most {MAX_WINDOW} s; got {_show(self, 'window')} frames"
            )
        for name in ("hop", "lookahead"):
            if getattr(self, name) * self.sample_rate % self.fps:
                raise OptionError(
                    f"{name} must be a whole number of samples; got {getattr(self, name)} frames "
                    f"at {self.fps} a second of {self.sample_rate} Hz"
                )

    @property
    def hop_samples(self) -> int:
        """Samples that one graph call takes."""
        return self.samples(self.hop)

    @property
    def window_samples(self) -> int:
        """Samples that the network sees at once."""
        return self.samples(self.window)

    def samples(self, frames: int) -> int:
        """Samples in the first ``frames`` frames, rounded down (exact for multiples of 3)."""
        return frames * self.sample_rate // self.fps

    def to_metadata(self) -> dict[str, str]:
        """The ``metadata_props`` that say this spec."""
        facts: dict[str, Any] = {"schema": SCHEMA}
        facts |= {field.name: getattr(self, field.name) for field in fields(self)}
        return {PREFIX + name: json.dumps(value) for name, value in facts.items()}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str], source: str) -> Self:
        """Reads the spec of the file called ``source``; raises :class:`ModelError`."""
        if PREFIX + "schema" not in metadata:
            raise ModelError(
                f"{source} is an ONNX file, but not an a2e model: it has no a2e metadata. "
                "Make one from a LAM checkpoint with `a2e-export convert`"
            )
        try:
            facts = {
                name.removeprefix(PREFIX): _value_of(value)
                for name, value in metadata.items()
                if name.startswith(PREFIX)
            }
            schema = facts.pop("schema")
            if type(schema) is not int or schema < FIRST_SCHEMA:
                raise OptionError(f"schema must be a number from 1 up; got {_short(repr(schema))}")
            if schema > SCHEMA:
                raise ModelError(
                    f"{source} has model schema {_short(str(schema))}; this a2e reads up to "
                    f"{SCHEMA}. Update a2e, or convert the checkpoint again with this version"
                )
            if schema > FIRST_SCHEMA:
                facts.pop(WEIGHTS_CRC, None)
                facts.pop(STRUCTURE_CRC, None)
            return cls(**_complete(facts, {field.name for field in fields(cls)}))
        except (ValueError, RecursionError) as error:
            if isinstance(error, ModelError):
                raise
            reason = "nested too deeply" if isinstance(error, RecursionError) else error
            raise ModelError(
                f"{source} has damaged a2e metadata ({reason}); convert the checkpoint again"
            ) from error


def schema_of(metadata: Mapping[str, str]) -> int:
    """The schema of metadata that :meth:`Spec.from_metadata` has read."""
    return int(metadata[PREFIX + "schema"])


def _complete(facts: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """The facts, lists as tuples; raises OptionError for missing ones and others."""
    missing, others = sorted(names - set(facts)), sorted(set(facts) - names)
    if missing or others:
        problems = [f"no {', '.join(missing)}"] * bool(missing)
        problems += [f"an unknown {_short(', '.join(others))}"] * bool(others)
        raise OptionError(" and ".join(problems))
    return {name: tuple(fact) if type(fact) is list else fact for name, fact in facts.items()}


def _value_of(text: str) -> Any:
    """JSON as the standard has it: no NaN, no name twice; raises ValueError."""
    return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_object)


def _refuse_constant(name: str) -> NoReturn:
    raise OptionError(f"{name} is no number of JSON")


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) < len(pairs):
        raise OptionError("a name stands twice in an object")
    return names


def _are_texts(values: Any) -> bool:
    """Whether these are strings in a sequence, without lone surrogates, which nobody can write."""
    return isinstance(values, list | tuple) and all(
        isinstance(value, str) and not SURROGATES.search(value) for value in values
    )


def _show(spec: Spec, name: str) -> str:
    """A field's value, for messages."""
    value = getattr(spec, name)
    try:
        return _short(repr(value))
    except ValueError:  # an int of more digits than Python prints
        return "a number of thousands of digits"


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"
