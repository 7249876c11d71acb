"""Every other container and codec, with FFmpeg's decoders as PyAV wraps them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from a2e.arrays import Floats
from a2e.audio.decode.checks import check_channels
from a2e.audio.decode.endings import MAX_OGG_EXCESS, Ending
from a2e.audio.decode.kinds import Kind
from a2e.audio.decode.source import Source
from a2e.audio.decode.warnings import Warnings
from a2e.errors import AudioError, AudioFileError, OptionError

if TYPE_CHECKING:
    import av
    from av.audio.stream import AudioStream
    from av.packet import Packet

GAP_SECONDS = 0.1
"""A timestamp so far ahead of the samples means silence; less is rounding and jitter."""
MAX_SILENCE_SECONDS = 600
"""The most silence that one file's gaps are filled with."""
MAX_LAST_FAILURES = 2
"""A file that breaks off fails in its last packet or two; more are damage."""
SILENCE_SAMPLES = 1 << 14
INTEGER_BITS = {"u8": 8, "s16": 16, "s32": 32, "s64": 64}
EXTRA = "media"
"""The extra that installs PyAV."""
ENCRYPTED = ("enca", "drms")
"""Sample entries of encrypted sound (ISO 14496-12, 8.12)."""


class MediaFile:
    """Decodes one audio track; raises :class:`AudioFileError` or :class:`OptionError`."""

    def __init__(
        self, source: Source, kind: Kind, track: int | None, prefix: bytes, warnings: Warnings
    ) -> None:
        import av

        self._name = source.name
        self._kind = kind
        self._warnings = warnings
        self._ending = Ending(source, kind, prefix)
        self._view = source.view(prefix)
        try:
            # the reader is named, so nothing probes; and no protocol may be opened by a file
            self._container: Any = av.open(
                self._view,
                format=kind.demuxer,
                options={"protocol_whitelist": "", "format_whitelist": kind.demuxer},
                metadata_errors="ignore",
            )
        except (av.error.FFmpegError, IndexError) as error:
            self._view.check()
            raise self._unreadable(error) from error
        self._view.check()
        self._stream = self._track(track)
        self.length = None

    def close(self) -> None:
        self._container.close()

    def pieces(self) -> Iterator[tuple[Floats, int]]:
        """Samples float32 [n, channels] and their rate, silence where the track has none."""
        if self._kind.demuxer != "ogg":
            yield from self._pieces()
            return
        held: deque[tuple[Floats, int]] = deque()
        count = 0
        for piece in self._pieces():
            held.append(piece)
            count += len(piece[0])
            while count - len(held[0][0]) >= MAX_OGG_EXCESS:
                count -= len(held[0][0])
                yield held.popleft()
        rest = count - self._ending.ogg_excess()
        for samples, rate in held:
            yield samples[: max(0, rest)], rate
            rest -= len(samples)

    def _pieces(self) -> Iterator[tuple[Floats, int]]:
        timeline = _Timeline(self._container, self._stream, self._warnings)
        for frame in self._frames():
            check_channels(frame.layout.nb_channels, self._name)
            samples = frame_samples(frame)
            if self._kind.timeline:
                yield from timeline.silence(frame)
            timeline.pass_over(frame)
            self._ending.count(len(samples))
            yield samples, frame.sample_rate
        if "damaged" not in self._warnings and self._ending.is_broken():
            self._warnings.add("truncated", "broken off; what is there was used")

    def _frames(self) -> Iterator[av.AudioFrame]:
        import av

        failures = 0
        try:
            for packet in self._packets():
                frames: list[Any] = []
                try:
                    frames = packet.decode()
                except av.error.FFmpegError:
                    failures += not packet.is_corrupt
                if packet.is_corrupt and packet.size:
                    failures = failures or 1
                elif frames and failures and packet.size:
                    self._damage()
                    failures = 0
                yield from frames
        except av.error.FFmpegError:
            failures = failures or 1
        self._view.check()
        if failures > MAX_LAST_FAILURES:
            self._damage()
        elif failures:
            self._ending.fail()

    def _damage(self) -> None:
        self._warnings.add("damaged", "damaged; what can be decoded was used")

    def _packets(self) -> Iterator[Packet[Any]]:
        for packet in self._container.demux():
            self._view.rest()
            if packet.stream is self._stream:
                yield packet

    def _track(self, track: int | None) -> AudioStream:
        tracks = self._container.streams.audio
        if not tracks:
            others = {stream.type for stream in self._container.streams}
            what = "video without sound" if "video" in others else "a file without sound"
            raise AudioFileError(
                f"{self._name} can't be used: it is {what} ({self._kind.name}); give one with an "
                "audio track",
                what,
            )
        number = track or 0
        if not 0 <= number < len(tracks):
            raise track_error(number, len(tracks), self._name)
        stream: AudioStream = tracks[number]
        context: Any = stream.codec_context
        if context is None:
            raise AudioFileError(
                f"{self._name} can't be read: its sound has a codec that FFmpeg doesn't know; "
                "convert it to wav first",
                "unknown codec",
            )
        if context.codec_tag in ENCRYPTED:
            raise AudioFileError(
                f"{self._name} can't be read: its sound is encrypted; decrypt it first",
                "encrypted",
            )
        if context.channels:
            check_channels(context.channels, self._name)
        context.thread_count = 1
        return stream

    def _unreadable(self, error: Exception) -> AudioError:
        reason = getattr(error, "strerror", None) or str(error)
        cut = " (broken off before its index?)" if self._kind.demuxer == "mov" else ""
        return AudioFileError(
            f"{self._name} can't be read as audio: it begins as {self._kind.name} and is damaged"
            f"{cut}: {reason}",
            reason,
        )


class _Timeline:
    """Where the samples stand in the file's own time, which begins with its first track."""

    def __init__(self, container: Any, stream: Any, warnings: Warnings) -> None:
        start = container.start_time
        self._zero = start / 1e6 if start is not None else None
        self._place = 0.0
        self._left = float(MAX_SILENCE_SECONDS)
        self._warnings = warnings

    def silence(self, frame: av.AudioFrame) -> Iterator[tuple[Floats, int]]:
        """Zeros for the time between the last frame and this one."""
        time = frame.time
        if time is None:
            return
        if self._zero is None:
            self._zero = time
        ahead = time - self._zero - self._place
        if abs(ahead) < GAP_SECONDS:
            return
        if ahead < 0:  # another file's clock begins, or the same one again
            self._zero += ahead
            return
        if ahead > self._left:
            self._warnings.add(
                "gap", f"silent for {ahead:.0f} s by its timestamps, which were not believed"
            )
            self._zero += ahead
            return
        self._left -= ahead
        yield from self._zeros(ahead, frame)

    def pass_over(self, frame: av.AudioFrame) -> None:
        self._place += frame.samples / frame.sample_rate

    def _zeros(self, seconds: float, frame: av.AudioFrame) -> Iterator[tuple[Floats, int]]:
        rest = round(seconds * frame.sample_rate)
        self._place += rest / frame.sample_rate
        while rest > 0:
            count = min(rest, SILENCE_SAMPLES)
            yield np.zeros((count, frame.layout.nb_channels), np.float32), frame.sample_rate
            rest -= count


def track_error(track: int, count: int, name: str) -> OptionError:
    """For a track that the file doesn't have."""
    tracks = "1 audio track: 0" if count == 1 else f"{count} audio tracks: 0 to {count - 1}"
    return OptionError(f"track must be one that {name} has; got {track}, and it has {tracks}")


def is_installed() -> bool:
    """Whether PyAV is here."""
    import importlib.util

    return importlib.util.find_spec("av") is not None


def preload() -> None:
    """Import PyAV ahead of the first file: for tenths of a second that holds up every thread."""
    if is_installed():
        import av  # noqa: F401


def frame_samples(frame: av.AudioFrame) -> Floats:
    """A frame of any sample format as float32 [n, channels]."""
    values = frame.to_ndarray()
    channels = frame.layout.nb_channels
    samples = values.T if frame.format.is_planar else values.reshape(-1, channels)
    name = frame.format.name.removesuffix("p")
    bits = INTEGER_BITS.get(name)
    if bits is None:
        return np.ascontiguousarray(samples, np.float32)
    centred = samples.astype(np.float64) - (128 if name == "u8" else 0)
    return (centred / 2.0 ** (bits - 1)).astype(np.float32)
