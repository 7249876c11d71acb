"""Checks of an audio file's format, before anything is allocated for it."""

from __future__ import annotations

from a2e.audio.samples import MAX_CHANNELS, check_rate
from a2e.errors import AudioError, AudioFileError


def check_channels(channels: int, name: str) -> None:
    """Raises :class:`AudioFileError` for more channels than a stream takes, and for none."""
    if not 1 <= channels <= MAX_CHANNELS:
        raise AudioFileError(
            f"{name} has {channels} channels; expected 1 to {MAX_CHANNELS}",
            f"{channels} channels",
        )


def check_file_rate(rate: int, name: str) -> int:
    """The sample rate in Hz; raises :class:`AudioError`."""
    try:
        return check_rate(rate)
    except AudioError as error:
        raise AudioError(f"{name} can't be used: {error}; resample it first") from error


def check_ogg_head(head: bytes, name: str) -> None:
    """The channels that an Ogg file's first packet tells; raises :class:`AudioFileError`.

    Decoders make room for all 255 before anybody can ask them.
    """
    for magic, offset in ((b"\x01vorbis", 11), (b"OpusHead", 9)):
        place = head.find(magic, 0, 512)
        if place >= 0 and len(head) > place + offset:
            check_channels(head[place + offset], name)
