"""What a client of Audio2Face-3D sends, read from the wire and checked; docs/audio2face.md explains
it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from a2e.audio.samples import check_rate
from a2e.post import MOODS
from a2e.serve.audio2face.wire import AudioStream, DecodeError
from a2e.serve.refusals import RefusalError
from a2e.serve.wire import shorten

PCM, BITS, CHANNELS = 0, 16, 1
"""The one audio format that the contract knows: its number, bits of a sample, channels."""
TRANSITION, EMOTION_STRENGTH, PREFERRED_STRENGTH = 0.5, 0.6, 0.5
"""What the contract says of a header that leaves them out: seconds, and two factors."""
MAX_NAMES = 1_000
"""Most shapes, or emotions, that one message names."""

Weights: TypeAlias = dict[str, float]


@dataclass(frozen=True)
class Header:
    """What is asked of a clip before its audio."""

    rate: int
    """Samples a second."""
    multipliers: Weights
    """By the client's names of shapes."""
    offsets: Weights
    beginning: Weights
    """Strengths of the emotions that the clip begins with, 0 to 1."""
    transition: float
    """Seconds from one mood to the next."""
    strength: float
    """Factor of the beginning emotion, 0 to 1."""
    preferred: float
    """Factor of the emotions that come with the audio, 0 to 1."""


@dataclass(frozen=True)
class Emotion:
    """Emotions from a time of the clip on, seconds; those left out are 0."""

    time: float
    strengths: Weights


@dataclass(frozen=True)
class Sound:
    """A piece of the clip's audio, cut at any byte, and emotions anywhere in the clip."""

    data: bytes
    emotions: tuple[Emotion, ...]


@dataclass(frozen=True)
class EndOfAudio:
    """The clip is whole."""


Part: TypeAlias = Header | Sound | EndOfAudio


def parse_part(data: bytes) -> Part:
    """The part in a message of the wire; raises :class:`a2e.errors.A2EError`."""
    try:
        message = AudioStream.FromString(data)
    except DecodeError:
        raise refused("expected an AudioStream message; got bytes that are none") from None
    match message.WhichOneof("stream_part"):
        case "audio_stream_header":
            return _header(message.audio_stream_header)
        case "audio_with_emotion":
            return _sound(message.audio_with_emotion)
        case "end_of_audio":
            return EndOfAudio()
    raise refused(
        "expected an AudioStream with a header, audio or the end of audio; got an empty one"
    )


def refused(message: str) -> RefusalError:
    """The refusal of what can't be."""
    return RefusalError("bad_request", message)


def _header(message: Any) -> Header:
    audio, emotions = message.audio_header, message.emotion_params
    found = (audio.audio_format, audio.bits_per_sample, audio.channel_count)
    if found != (PCM, BITS, CHANNELS):
        raise refused(
            f"expected PCM (format {PCM}) of {BITS} bits and {CHANNELS} channel; got format "
            f"{found[0]} of {found[1]} bits and {found[2]} channel(s). Convert it first"
        )
    processing, shapes = message.emotion_post_processing_params, message.blendshape_params
    strength = _optional(processing, "emotion_strength", EMOTION_STRENGTH)
    preferred = _optional(processing, "preferred_emotion_strength", PREFERRED_STRENGTH)
    if not _optional(processing, "enable_preferred_emotion", True):
        preferred = 0.0
    transition = _optional(emotions, "live_transition_time", TRANSITION)
    if not (math.isfinite(transition) and transition >= 0):
        raise refused(f"expected a live_transition_time of 0 s or more; got {transition:g}")
    return Header(
        check_rate(audio.samples_per_second),
        _weights(shapes.bs_weight_multipliers, "bs_weight_multipliers"),
        _weights(shapes.bs_weight_offsets, "bs_weight_offsets"),
        _strengths(emotions.beginning_emotion, "beginning_emotion"),
        transition,
        _share("emotion_strength", strength),
        strength * _share("preferred_emotion_strength", preferred),
    )


def _sound(message: Any) -> Sound:
    if len(message.emotions) > MAX_NAMES:
        raise RefusalError(
            "too_big", f"expected at most {MAX_NAMES} emotions in a message; send them in several"
        )
    return Sound(message.audio_buffer, tuple(map(_emotion, message.emotions)))


def _emotion(message: Any) -> Emotion:
    time = message.time_code
    if not (math.isfinite(time) and time >= 0):
        raise refused(f"expected an emotion's time_code of 0 s or more; got {time:g}")
    return Emotion(time, _strengths(message.emotion, "emotion"))


def _strengths(found: Mapping[str, float], field: str) -> Weights:
    """Strengths of emotions; those that a2e doesn't know are among them."""
    strengths = _weights(found, field)
    for name in strengths.keys() & MOODS.keys():
        _share(f"{field}[{name}]", strengths[name])
    return strengths


def _weights(found: Mapping[str, float], field: str) -> Weights:
    if len(found) > MAX_NAMES:
        raise RefusalError("too_big", f"expected at most {MAX_NAMES} names in {field}")
    weights = {name: decimal(value) for name, value in found.items()}
    for name, value in weights.items():
        if not math.isfinite(value):
            raise refused(f"expected numbers in {field}; got {shorten(name)}: {value}")
    return weights


def _optional(message: Any, field: str, default: Any) -> Any:
    """A field's value, or the contract's default where it was left out."""
    if not message.HasField(field):
        return default
    value = getattr(message, field)
    return value if isinstance(value, bool) else decimal(value)


def _share(field: str, value: float) -> float:
    if not 0 <= value <= 1:
        raise refused(f"expected a {field} of 0 to 1; got {value:g}")
    return value


def decimal(value: float) -> float:
    """The number that a float32 was written as: 0.8, where float32's nearest is 0.800000012."""
    return float(str(np.float32(value)))
