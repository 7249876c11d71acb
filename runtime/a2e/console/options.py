"""Options that several commands share, each declared once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from a2e.console.completion import (
    complete_assignment,
    complete_mood,
    complete_preset,
    complete_provider,
    complete_region,
    complete_shape,
    complete_shapes,
)
from a2e.console.groups import Group, option
from a2e.console.values import (
    parse_assignments,
    parse_bounds,
    parse_mood,
    parse_number,
    parse_regions,
    parse_style,
)
from a2e.errors import OptionError
from a2e.rates import parse_rate

if TYPE_CHECKING:
    from a2e.model import Model
    from a2e.options import Face
    from a2e.post import Controls, Post

Profile: TypeAlias = Literal["live", "upstream", "raw", "none"]
"""Names of post-processing profiles; ``none`` is an older name of ``raw``."""

LIVE_ONLY = (
    *("no_silence", "no_smoothing", "no_symmetry", "no_conditioning", "no_tones"),
    *("brows", "no_gaze", "head"),
)
"""Options that only the live profile has."""

AUDIO_HELP = "an audio or video file; - for stdin"
Audio = Annotated[str, typer.Argument(metavar="AUDIO", help=AUDIO_HELP)]


@dataclass(frozen=True)
class AudioOptions:
    """What to take of an audio file."""

    track: int | None = option(None, "audio track, from 0", show_default="the first")
    strict: bool = option(False, "refuse files that are broken off or damaged")


@dataclass(frozen=True)
class ModelOptions:
    """The model to use."""

    model: Path | None = option(
        None, "a file of a2e-export convert", show_default="the bundled model"
    )
    threads: int = option(1, "threads a call may use")
    provider: str = option("cpu", "cpu or cuda", autocompletion=complete_provider)
    low_latency: bool = option(False, "frames as soon as can be, a little rougher")

    def load(self) -> Model:
        from a2e.model import load

        return load(
            self.model,
            threads=self.threads,
            provider=self.provider,
            low_latency=self.low_latency,
        )


@dataclass(frozen=True)
class FaceOptions:
    """The face that a voice gets; ``face`` raises :class:`a2e.errors.OptionError`."""

    style: str | None = option(
        None, "index, name, or blend: 0:0.7,3:0.3", show_default="the model's"
    )
    post: Profile = option(
        "live", "post-processing: ours, LAM's, or none", metavar="live|upstream|raw"
    )
    no_silence: bool = option(False, "no rest in silence")
    no_smoothing: bool = option(False, "33 ms less latency")
    no_symmetry: bool = option(False, "leave left and right as the model has them")
    no_conditioning: bool = option(False, "leave faint voices and constant offsets as they are")
    no_tones: bool = option(False, "let tones and chords move the mouth")
    no_blinks: bool = option(False, "leave the eyelids to somebody else")
    brows: bool = option(False, "raise the brows on loud stretches")
    no_gaze: bool = option(False, "leave the eyes to somebody else")
    head: bool = option(False, "move the head: three more columns, in radians")
    seed: int | None = option(None, "repeatable blinks, gaze and head")
    preset: str | None = option(
        None,
        "knobs of a rig: a TOML file, readyplayerme, metahuman or vroid; options go over them",
        metavar="FILE.toml|NAME",
        autocompletion=complete_preset,
        show_default="none",
    )
    fps: str | None = option(
        None,
        "frames a second, 1 to 240: 60, 24000/1001, or 23.976, which means that",
        metavar="N",
        show_default="the model's: 30",
    )
    shapes: str = option(
        "arkit",
        "the frames' shapes: ARKit's, or visemes",
        metavar="arkit|oculus|vrm|azure|rhubarb",
        autocompletion=complete_shapes,
    )
    delay: float = option(
        0.0, "show the face later; less than 0: earlier, for more latency", metavar="MS"
    )
    strength: float = option(1.0, "how strongly speech moves the face, 0 to 2", metavar="N")
    region: tuple[str, ...] = option(
        (),
        "how strongly a region moves, 0 to 2: upper, lower, jaw, lips, brows, eyes",
        metavar="NAME=N",
        autocompletion=complete_region,
    )
    smooth: tuple[str, ...] = option(
        (),
        "smooth a region, for example brows=80",
        metavar="NAME=MS",
        autocompletion=complete_region,
    )
    mood: str | None = option(
        None,
        "for example joy:0.5,sadness:0.2",
        metavar="MOOD:STRENGTH,…",
        autocompletion=complete_mood,
        show_default="none",
    )
    gain: tuple[str, ...] = option(
        (),
        "for example jawOpen=1.8",
        metavar="SHAPE=VALUE",
        autocompletion=complete_assignment,
    )
    offset: tuple[str, ...] = option(
        (),
        "for example mouthSmileLeft=0.1",
        metavar="SHAPE=VALUE",
        autocompletion=complete_assignment,
    )
    clamp: tuple[str, ...] = option(
        (),
        "for example jawOpen=0:0.9",
        metavar="SHAPE=LOW:HIGH",
        autocompletion=complete_assignment,
    )
    mute: tuple[str, ...] = option(
        (), "keep a shape at 0", metavar="SHAPE", autocompletion=complete_shape
    )

    def face(self) -> Face:
        from a2e.options import Face

        style = parse_style(self.style) if self.style else None
        face = Face(
            style,
            self._profile(),
            self._controls(),
            self.seed,
            fps=None if self.fps is None else parse_rate(self.fps),
            delay=self.delay,
            smooth=parse_regions(self.smooth),
            shapes=self.shapes,
        )
        return face if self.preset is None else self._over_preset(self.preset, face)

    def _over_preset(self, name: str, face: Face) -> Face:
        from a2e.presets import load_preset, with_preset

        return with_preset(load_preset(name), face)

    def _profile(self) -> Post:
        from a2e.post import PROFILES, Live, Upstream

        if self.post == "live":
            return Live(
                silence=not self.no_silence,
                smoothing=not self.no_smoothing,
                symmetry=not self.no_symmetry,
                blinks=not self.no_blinks,
                brows=self.brows,
                gaze=not self.no_gaze,
                head=self.head,
                conditioning=not self.no_conditioning,
                tones=not self.no_tones,
            )
        for name in LIVE_ONLY:
            if getattr(self, name):
                raise OptionError(f"--{name.replace('_', '-')} belongs to --post live")
        return Upstream(not self.no_blinks) if self.post == "upstream" else PROFILES[self.post]

    def _controls(self) -> Controls:
        from a2e.post import Controls

        return Controls(
            gain={shape: parse_number(value) for shape, value in parse_assignments(self.gain)},
            offset={shape: parse_number(value) for shape, value in parse_assignments(self.offset)},
            clamp={shape: parse_bounds(value) for shape, value in parse_assignments(self.clamp)},
            mute=self.mute,
            mood=parse_mood(self.mood) if self.mood else {},
            strength=self.strength,
            regions=parse_regions(self.region),
        )


AudioGroup = Annotated[AudioOptions, Group("Audio")]
ModelGroup = Annotated[ModelOptions, Group("Model")]
FaceGroup = Annotated[FaceOptions, Group("Face")]
