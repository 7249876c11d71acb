"""The microphone, by PortAudio (python-sounddevice, extra ``live``)."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2e.errors import AudioError, OptionError

BLOCK_SECONDS = 0.02
"""Audio that the device gives at once."""
WAITING_BLOCKS = 500
"""Ten seconds that nobody took; what comes then is lost."""


@dataclass(frozen=True)
class Device:
    """A device that records."""

    index: int
    name: str
    channels: int
    rate: int
    """Its own, Hz."""
    is_default: bool


def devices() -> list[Device]:
    """All devices that record.

    Raises :class:`a2e.errors.AudioError` where there is none, and
    :class:`a2e.errors.OptionError` without PortAudio.
    """
    sd = sounddevice()
    try:
        default = sd.default.device[0]
        known = [
            Device(
                index,
                str(found["name"]),
                int(found["max_input_channels"]),
                round(found["default_samplerate"]),
                index == default,
            )
            for index, found in enumerate(sd.query_devices())
            if found["max_input_channels"] > 0
        ]
    except sd.PortAudioError as error:
        raise AudioError(f"the sound system can't be asked: {reason_of(error)}") from error
    if not known:
        raise AudioError(
            "expected a microphone; found no device that records. Plug one in, or pipe raw samples "
            "into a2e live -"
        )
    return known


def find_device(wanted: str | None) -> Device:
    """The device of an index or of a name's part, or the default; raises ``AudioError``."""
    known = devices()
    if wanted is None:
        return next((device for device in known if device.is_default), known[0])
    if wanted.isdecimal():
        found = [device for device in known if device.index == int(wanted)]
    else:
        found = [device for device in known if wanted.lower() in device.name.lower()]
    exact = [device for device in found if device.name == wanted]
    if len(exact or found) != 1:
        raise AudioError(
            f"expected the index or name of one device; {len(found)} are called {wanted[:80]!r}. "
            "See a2e live --devices"
        )
    return (exact or found)[0]


@dataclass(frozen=True)
class Block:
    """What a device gave."""

    samples: NDArray[Any]
    """float32 [n, channels]."""
    arrival: float
    """When it was there, seconds of the monotonic clock."""


class Microphone:
    """An open device; ``blocks`` goes on until the device has gone."""

    def __init__(self) -> None:
        self._blocks: queue.Queue[Block | None] = queue.Queue(WAITING_BLOCKS)
        self.lost = 0
        """Blocks that came too fast, or that the device itself lost."""

    def blocks(self) -> Iterator[Block]:
        """Raises :class:`AudioError` once the device has gone."""
        while (block := self._blocks.get()) is not None:
            yield block
        raise AudioError("the microphone has gone; plug it in, and start again")

    def hear(self, samples: NDArray[Any], frames: int, times: Any, status: Any) -> None:
        """PortAudio's callback."""
        self.lost += bool(status)
        try:
            self._blocks.put_nowait(Block(np.clip(samples, -1.0, 1.0), time.monotonic()))
        except queue.Full:
            self.lost += 1

    def finish(self) -> None:
        """PortAudio's, when the stream has ended."""
        try:
            self._blocks.put_nowait(None)
        except queue.Full:
            self._blocks.get_nowait()
            self._blocks.put_nowait(None)


@contextmanager
def open_microphone(device: Device, rate: int, channels: int) -> Iterator[Microphone]:
    """A device that records; raises :class:`a2e.errors.AudioError` for what it can't."""
    sd = sounddevice()
    microphone = Microphone()
    try:
        stream = sd.InputStream(
            samplerate=rate,
            blocksize=round(rate * BLOCK_SECONDS),
            device=device.index,
            channels=channels,
            dtype="float32",
            callback=microphone.hear,
            finished_callback=microphone.finish,
        )
    except (sd.PortAudioError, ValueError) as error:
        raise AudioError(
            f"can't record {channels} channel(s) at {rate} Hz from {device.name}: "
            f"{reason_of(error)}; try --rate {device.rate}, or another --device"
        ) from error
    with stream:
        yield microphone


def sounddevice() -> Any:
    """The module; raises :class:`a2e.errors.OptionError` where it, or PortAudio, is not there."""
    try:
        import sounddevice
    except ImportError as error:
        raise OptionError(
            f"the microphone needs {error.name}; install a2e with its extra 'live', or pipe raw "
            "samples into a2e live -"
        ) from error
    except OSError as error:
        raise OptionError(
            "the microphone needs the library PortAudio; install it (Debian: libportaudio2, "
            "macOS: brew install portaudio), or pipe raw samples into a2e live -"
        ) from error
    return sounddevice


def reason_of(error: Exception) -> str:
    """PortAudio's reason on one line."""
    return " ".join(str(error.args[0] if error.args else error).split())
