"""What the service says to a client of Audio2Face-3D, as the wire's bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from a2e.serve.audio2face.parts import BITS, CHANNELS, PCM, Emotion
from a2e.serve.audio2face.wire import AnimationDataStream, EmotionAggregate

SUCCESS, WARNING, ERROR = 0, 2, 3
"""Codes of ``Status``."""
END_OF_PROCESSING = 0
"""The type of the one ``Event`` that there is."""
AGGREGATE = "emotion_aggregate"
AGGREGATE_TYPE = "type.googleapis.com/nvidia_ace.emotion_aggregate.v1.EmotionAggregate"


@dataclass(frozen=True)
class Frame:
    """One frame, its own audio, and the emotions that it shows."""

    number: int
    weights: Sequence[float]
    """By shape."""
    start: int
    """The number of its first sample."""
    audio: bytes
    """int16, little-endian."""
    asked: Sequence[Emotion]
    """Emotions of the client that begin in it."""
    mood: Mapping[str, float]
    """Strength by mood."""


def header_answer(names: Sequence[str], rate: int, epoch: float) -> bytes:
    """The header: how the audio that goes back is written, and the shapes' names.

    ``epoch`` is the time of the clip's start, in seconds since 1970.
    """
    answer = AnimationDataStream()
    header = answer.animation_data_stream_header
    header.audio_header.audio_format = PCM
    header.audio_header.channel_count = CHANNELS
    header.audio_header.samples_per_second = rate
    header.audio_header.bits_per_sample = BITS
    header.skel_animation_header.blend_shapes.extend(map(their_name, names))
    header.start_time_code_since_epoch = epoch
    return _bytes(answer)


def frame_answer(frame: Frame, fps: int, rate: int) -> bytes:
    """A frame's ``AnimationData``, its times in seconds from the clip's start."""
    answer = AnimationDataStream()
    data = answer.animation_data
    time = frame.number / fps
    data.skel_animation.blend_shape_weights.add(time_code=time, values=frame.weights)
    data.audio.time_code = frame.start / rate
    data.audio.audio_buffer = frame.audio
    emotions = EmotionAggregate()
    for emotion in frame.asked:
        emotions.input_emotions.add(time_code=emotion.time, emotion=emotion.strengths)
    emotions.a2f_smoothed_output.add(time_code=time, emotion=frame.mood)
    data.metadata[AGGREGATE].type_url = AGGREGATE_TYPE
    data.metadata[AGGREGATE].value = emotions.SerializeToString()
    return _bytes(answer)


def end_answer() -> bytes:
    """The event after the last frame."""
    answer = AnimationDataStream()
    answer.event.event_type = END_OF_PROCESSING
    return _bytes(answer)


def status_answer(code: int, message: str) -> bytes:
    answer = AnimationDataStream()
    answer.status.code = code
    answer.status.message = message
    return _bytes(answer)


def their_name(shape: str) -> str:
    """A shape as NVIDIA writes it: ``JawOpen`` of ``jawOpen``."""
    return shape[:1].upper() + shape[1:]


def _bytes(answer: AnimationDataStream) -> bytes:
    data: bytes = answer.SerializeToString()
    return data
