"""OpenAvatarChat's motion data: a speech's audio and frames in time with each other, as JBIN.

A message is ``JBIN``, the sizes of its JSON and of its payload (u32, little-endian), the JSON and
the payload. The JSON describes the records that lie in the payload: ``audio``, int16 [1, n] at
24 kHz, and ``arkit_face``, float32 [frames, shapes] at the model's frame rate.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic_core import from_json

from a2e.arrays import Floats
from a2e.audio.resample import Resampler
from a2e.audio.samples import downmix
from a2e.serve.refusals import RefusalError
from a2e.serve.wire import dump

RATE = 24_000
"""Sample rate of the audio, Hz."""
MAX_ID = 128
"""Longest id of a motion stream, characters."""
END_SPEECH = "EndSpeech"
"""Name in the header of the message that a speech has been played."""
HEADER = struct.Struct("<4sII")
MAGIC = b"JBIN"
FULL_SCALE = 32_767


@dataclass(frozen=True)
class Packet:
    """Some of a speech: audio int16 [n] and the frames [m, shapes] that show it."""

    speech: str
    """Its id for renderers."""
    number: int
    """Its number for the feeder."""
    audio: NDArray[np.int16]
    frames: Floats
    end: bool = False

    def cut_short(self) -> Packet:
        """The end of this packet's speech, without what it holds."""
        return Packet(self.speech, self.number, self.audio[:0], self.frames[:0], end=True)


class Track:
    """A client's audio beside the frames that come later, for one speech after another."""

    def __init__(self, rate: int, fps: int) -> None:
        self._rate = rate
        self._fps = fps
        self._begin()

    def _begin(self) -> None:
        self._speech = uuid.uuid4().hex
        self._resampler = Resampler(self._rate, RATE)
        self._audio = np.zeros(0, np.float32)  # whose frames are not known yet
        self._frames = 0
        self._last: Packet | None = None  # of this speech

    def push(self, speech: int, samples: NDArray[Any], frames: Floats) -> Packet | None:
        """Takes samples [n, channels] and the frames that are known now."""
        self._append(self._resampler.push(downmix(samples)))
        if not len(frames):
            return None
        start, self._frames = self._frames, self._frames + len(frames)
        count = self._frames * RATE // self._fps - start * RATE // self._fps
        audio, self._audio = self._audio[:count], self._audio[count:]
        self._last = Packet(self._speech, speech, int16(audio), frames)
        return self._last

    def finish(self, speech: int, frames: Floats) -> Packet:
        """The last frames and all audio that is left."""
        self._append(self._resampler.finish())
        packet = Packet(self._speech, speech, int16(self._audio), frames, end=True)
        self._begin()
        return packet

    def reset(self) -> Packet | None:
        """Forgets the speech; its end, if anything of it was sent."""
        packet = self.cut_short()
        self._begin()
        return packet

    def cut_short(self) -> Packet | None:
        """The end of the speech here, if anything of it was sent."""
        return self._last.cut_short() if self._last else None

    def _append(self, samples: Floats) -> None:
        self._audio = np.concatenate((self._audio, samples))


def int16(samples: Floats) -> NDArray[np.int16]:
    """Samples in [-1, 1] as OpenAvatarChat makes them int16: times 32,767, towards 0."""
    return (np.clip(samples, -1, 1) * FULL_SCALE).astype("<i2")


class Encoder:
    """One renderer's messages: it counts the speeches and knows which one it has begun."""

    def __init__(self, names: Sequence[str], fps: int) -> None:
        self._names = list(names)
        self._fps = fps
        self._speech: str | None = None
        self._count = 0

    def definition(self) -> bytes:
        """The first message: describes the records, with one sample and one frame of zeros."""
        frame = np.zeros((1, len(self._names)), np.float32)
        records = self._records(np.zeros(1, np.int16), frame)
        records["audio"]["channel_names"] = None
        records["arkit_face"]["channel_names"] = self._names
        return encode(_describe(records), np.zeros(1, np.int16), frame)

    def encode(self, packet: Packet) -> bytes:
        """A packet as a message; the first one of a speech starts its batch."""
        starts = packet.speech != self._speech
        self._count += starts and self._speech is not None
        self._speech = packet.speech
        description = _describe(self._records(packet.audio, packet.frames))
        description["metadata"] = {
            "speech_id": packet.speech,
            "avatar_speech_end": packet.end,
        }
        description["batch_name"] = packet.speech
        description["batch_id"] = self._count
        description["start_of_batch"] = starts
        description["end_of_batch"] = packet.end
        return encode(description, packet.audio, packet.frames)

    def _records(self, audio: NDArray[np.int16], frames: Floats) -> dict[str, dict[str, Any]]:
        return {
            "audio": _record("int16", 0, [1, len(audio)], RATE, 0, timeline=1, channel=None),
            "arkit_face": _record(
                "float32", audio.nbytes, list(frames.shape), self._fps, 1, timeline=0, channel=1
            ),
        }


def _record(
    data_type: str,
    offset: int,
    shape: list[int],
    rate: int,
    number: int,
    *,
    timeline: int,
    channel: int | None,
) -> dict[str, Any]:
    return {
        "data_type": data_type,
        "data_offset": offset,
        "shape": shape,
        "channel_names": [],
        "sample_rate": float(rate),
        "metadata": {},
        "data_id": number,
        "timeline_axis": timeline,
        "channel_axis": channel,
    }


def _describe(records: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "data_records": records,
        "metadata": {},
        "events": [],
        "batch_name": None,
        "batch_id": None,
        "start_of_batch": None,
        "end_of_batch": False,
    }


def encode(description: dict[str, Any], audio: NDArray[np.int16], frames: Floats) -> bytes:
    """A message: header, JSON, and the records' bytes in a row."""
    text = dump(description).encode()
    payload = audio.astype("<i2").tobytes() + frames.astype("<f4").tobytes()
    return HEADER.pack(MAGIC, len(text), len(payload)) + text + payload


def is_played(message: str | bytes) -> bool:
    """Whether a renderer's message says that a speech has been played; others mean nothing.

    Raises ``RefusalError`` for bytes and for text that is no JSON.
    """
    if isinstance(message, bytes):
        raise RefusalError("bad_request", "expected text; got bytes")
    try:
        return bool(from_json(message)["header"]["name"] == END_SPEECH)
    except (KeyError, TypeError):
        return False
    except ValueError:
        raise RefusalError(
            "bad_request", "expected a JSON object; got text that is no JSON"
        ) from None
