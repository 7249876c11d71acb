"""A film as one file, by FFmpeg."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

import av
from av import VideoFrame
from av.video.reformatter import ColorRange, Colorspace

from a2e.arrays import Floats
from a2e.errors import OptionError
from a2e.render.containers import GIF, Container
from a2e.render.look import Look
from a2e.render.painter import Pixels
from a2e.render.palette import Quantizer, make_palette
from a2e.render.sound import Sound

if TYPE_CHECKING:
    from av.packet import Packet

Voice: TypeAlias = tuple[int, int]
"""Sample rate in Hz and channels of a film's sound."""


class Movie:
    """Pictures and sound to the file at ``path``; frame 0 and sample 0 have the time 0."""

    def __init__(
        self, path: str, kind: Container, look: Look, fps: Fraction, voice: Voice, threads: int
    ) -> None:
        self._look = look
        self._fps = fps
        self._count = 0
        self._sound: Sound | None = None
        self._convert: Callable[[VideoFrame | None], Iterable[VideoFrame]] = self._reformat
        self._pixels = kind.pixels if look.opaque else kind.clear_pixels
        self._file = av.open(path, "w", format=kind.muxer, options=dict(kind.options))
        try:
            self._stream = self._open_stream(kind, threads)
            if kind.sound:
                self._sound = Sound(self._file, kind.sound, *voice)
        except av.codec.codec.UnknownCodecError as error:
            self._file.close()
            raise OptionError(
                f"this PyAV can't encode {error}; install PyAV's own wheel, or take another kind "
                "of film"
            ) from error

    def learn(self, pictures: Iterable[Pixels]) -> None:
        """Takes a GIF's colours from pictures of the film's size."""
        frames = [self._frame(pixels.copy()) for pixels in pictures]
        quantizer = Quantizer(make_palette(frames, not self._look.opaque), frames[0])
        self._convert = quantizer.quantize

    def show(self, pixels: Pixels) -> None:
        """The next frame's picture."""
        frame = self._frame(pixels)
        frame.pts = self._count
        self._count += 1
        self._encode(self._convert(frame))

    def hear(self, samples: Floats) -> None:
        """The next samples, float32 [n, channels]."""
        if self._sound is not None:
            self._mux(self._sound.encode(samples))

    def end(self) -> None:
        """Writes what is still due."""
        self._encode(self._convert(None))
        self._mux(self._stream.encode(None))
        if self._sound is not None:
            self._mux(self._sound.finish())

    def close(self) -> None:
        self._file.close()

    def _open_stream(self, kind: Container, threads: int) -> Any:
        settings = dict(kind.settings)
        if kind.clear_pixels and not self._look.opaque and kind.codec == "libvpx-vp9":
            settings["auto-alt-ref"] = "0"  # frames that are never shown can't have transparency
        stream: Any = self._file.add_stream(kind.codec, rate=self._fps, options=settings)
        stream.width, stream.height = self._look.width, self._look.height
        stream.pix_fmt = self._pixels
        context = stream.codec_context
        context.time_base = stream.time_base = 1 / self._fps
        context.thread_count = threads
        if self._pixels.startswith("yuv"):
            context.colorspace = Colorspace.ITU709
            context.color_primaries = context.color_trc = 1  # BT.709
            context.color_range = ColorRange.MPEG
        return stream

    def _frame(self, pixels: Pixels) -> VideoFrame:
        frame = VideoFrame.from_ndarray(pixels, format="rgba")
        frame.time_base = 1 / self._fps
        return frame

    def _reformat(self, frame: VideoFrame | None) -> Iterable[VideoFrame]:
        if frame is None:
            return
        if self._pixels.startswith("yuv"):
            yield frame.reformat(
                format=self._pixels,
                dst_colorspace=Colorspace.ITU709,
                src_color_range=ColorRange.JPEG,
                dst_color_range=ColorRange.MPEG,
            )
        else:
            yield frame.reformat(format=self._pixels)

    def _encode(self, frames: Iterable[VideoFrame]) -> None:
        for frame in frames:
            self._mux(self._stream.encode(frame))

    def _mux(self, packets: Iterable[Packet[Any]]) -> None:
        for packet in packets:
            self._file.mux(packet)


def needs_palette(kind: Container) -> bool:
    return kind is GIF
