"""Messages of a client, as bytes of the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from a2e.arrays import Floats
from a2e.serve.audio2face.wire import AnimationDataStream, AudioStream, EmotionAggregate

Emotions = Sequence[tuple[float, Mapping[str, float]]]
"""Times, seconds, and strengths from then on."""


def header(rate: int = 24_000, **fields: Any) -> bytes:
    """A header; ``fields`` are those of all the messages in it, by their names."""
    message = AudioStream()
    found = message.audio_stream_header
    audio = {"audio_format": 0, "channel_count": 1, "bits_per_sample": 16}
    for part in (
        found.audio_header,
        found.emotion_post_processing_params,
        found.blendshape_params,
        found.emotion_params,
    ):
        part.SetInParent()
        for name, value in ({"samples_per_second": rate} | audio | fields).items():
            if name in part.DESCRIPTOR.fields_by_name:
                _set(part, name, value)
    return message.SerializeToString()


def _set(message: Any, name: str, value: Any) -> None:
    if isinstance(value, Mapping):
        getattr(message, name).update(value)
    else:
        setattr(message, name, value)


def sound(data: bytes | np.ndarray = b"", emotions: Emotions = ()) -> bytes:
    message = AudioStream()
    part = message.audio_with_emotion
    part.audio_buffer = bytes(data) if isinstance(data, bytes) else data.tobytes()
    part.SetInParent()
    for time, strengths in emotions:
        part.emotions.add(time_code=time, emotion=strengths)
    return message.SerializeToString()


def end() -> bytes:
    message = AudioStream()
    message.end_of_audio.SetInParent()
    return message.SerializeToString()


class Heard:
    """What a service has answered, in the order that the contract asks for."""

    def __init__(self, answers: Sequence[bytes]) -> None:
        messages = [AnimationDataStream.FromString(answer) for answer in answers]
        self.kinds = [message.WhichOneof("stream_part") for message in messages]
        self.header = messages[0].animation_data_stream_header
        self.statuses = [message.status for message in messages if message.HasField("status")]
        data = [m.animation_data for m in messages if m.HasField("animation_data")]
        rows = [frame.skel_animation.blend_shape_weights[0] for frame in data]
        self.weights: Floats = np.array([row.values for row in rows], np.float32)
        self.times = [row.time_code for row in rows]
        self.audio_times = [frame.audio.time_code for frame in data]
        self.audio = [frame.audio.audio_buffer for frame in data]
        self.emotions = [
            EmotionAggregate.FromString(frame.metadata["emotion_aggregate"].value) for frame in data
        ]

    def mood(self, name: str) -> list[float]:
        """A mood's strength by frame."""
        return [float(found.a2f_smoothed_output[0].emotion[name]) for found in self.emotions]
