"""Where a file's bytes come from: a path, bytes, or a file object that may be a pipe."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TypeAlias

from a2e.errors import AudioError, AudioFileError

AudioSource: TypeAlias = str | Path | bytes | BinaryIO
UNNAMED = "the input"
"""The name of bytes and file objects in messages."""
HEAD_BYTES = 1 << 16
"""Bytes from which a file's kind is told."""
TAIL_BYTES = 1 << 17
"""Bytes kept of a pipe's end: more than an Ogg page."""
COPY_BYTES = 1 << 16
SPOOL_BYTES = 1 << 23
"""Bytes of a pipe that are kept in memory; more go to a temporary file."""
MAX_SPOOL_BYTES = 1 << 32
"""The most of a pipe that is kept."""
STRIDE_BYTES = 1 << 24
"""The most that a decoder may read without giving a packet: covers and tables end there."""


class Source:
    """Bytes of a file from where it stands; :meth:`peek` looks ahead, pipes included."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.name = name
        self._file = file
        self._ahead = b""
        self._opened: list[BinaryIO] = []
        self.seekable = _can_seek(file)
        self.tail = b""
        """The last bytes that came out of a pipe."""
        self.count = 0
        """Bytes read or skipped so far."""

    def close(self) -> None:
        for file in self._opened:
            file.close()

    def peek(self, size: int) -> bytes:
        """The next bytes, which stay; fewer than ``size`` only at the end."""
        while len(self._ahead) < size and (data := self._raw(size - len(self._ahead))):
            self._ahead += data
        return self._ahead[:size]

    def read(self, size: int) -> bytes:
        """The next bytes, at most ``size``; empty only at the end."""
        if self._ahead:
            data, self._ahead = self._ahead[:size], self._ahead[size:]
        else:
            data = self._raw(size)
        self.count += len(data)
        return data

    def unread(self, data: bytes) -> None:
        """Puts back the last bytes that were read."""
        self._ahead = data + self._ahead
        self.count -= len(data)

    def read_all(self, size: int) -> bytes:
        """The next bytes; fewer than ``size`` only at the end."""
        self.peek(size)
        return self.read(size) if size else b""

    def skip(self, size: int) -> None:
        """Passes over bytes; what lies beyond the end is not there."""
        if self.seekable:
            rest = self.remaining()
            self._seek_to(self.position() + min(size, rest))
            self.count += min(size, rest)
            return
        while size > 0 and (data := self.read(min(size, COPY_BYTES))):
            size -= len(data)

    def position(self) -> int:
        """Where a seekable file stands, in bytes."""
        return self._file.tell() - len(self._ahead)

    def remaining(self) -> int:
        """Bytes from here to the end of a seekable file."""
        here = self._file.tell()
        end = self._file.seek(0, os.SEEK_END)
        self._file.seek(here)
        return end - here + len(self._ahead)

    def spool(self) -> None:
        """Makes a pipe seekable: its rest goes to a temporary file; raises :class:`AudioError`."""
        if self.seekable:
            return
        copy = tempfile.SpooledTemporaryFile(SPOOL_BYTES)
        self._opened.append(copy)  # type: ignore[arg-type]
        size = 0
        while data := self.read(COPY_BYTES):
            size += len(data)
            if size > MAX_SPOOL_BYTES:
                raise self._unspooled(f"it is longer than {MAX_SPOOL_BYTES >> 20} MiB")
            try:
                copy.write(data)
            except OSError as error:
                folder = tempfile.gettempdir()
                raise self._unspooled(f"{display_name(folder)}: {_reason(error)}") from error
        copy.seek(0)
        self._file = copy  # type: ignore[assignment]
        self.seekable = True

    def _unspooled(self, reason: str) -> AudioError:
        return AudioError(
            f"{self.name} can't be kept in a temporary file, as its kind must be when it comes "
            f"through a pipe ({reason}); save it as a file and name that, or set TMPDIR"
        )

    def view(self, prefix: bytes = b"") -> PipeView | FileView:
        """What a library reads: ``prefix``, then the file from here."""
        return FileView(self, prefix) if self.seekable else PipeView(self, prefix)

    @contextmanager
    def elsewhere(self) -> Iterator[Callable[[int, int], bytes]]:
        """Reads ``(position, size)`` of a seekable file, which then stands where it stood."""
        here = self.position()

        def read(position: int, size: int) -> bytes:
            self._seek_to(position)
            return self.read_all(size)

        count = self.count
        try:
            yield read
        finally:
            self._seek_to(here)
            self.count = count

    def last_bytes(self) -> bytes:
        """The file's end, at most ``TAIL_BYTES``."""
        if not self.seekable:
            return self.tail
        with self.elsewhere() as read:
            end = self.position() + self.remaining()
            return read(max(0, end - TAIL_BYTES), TAIL_BYTES)

    def _seek_to(self, position: int) -> None:
        self._ahead = b""
        self._file.seek(position)

    def _raw(self, size: int) -> bytes:
        try:
            data = self._file.read(min(size, STRIDE_BYTES)) or b""
        except (OSError, ValueError) as error:
            raise AudioError(f"{self.name} can't be read: {_reason(error)}") from error
        if not self.seekable:
            self.tail = (self.tail + data)[-TAIL_BYTES:]
        return data


class PipeView:
    """A pipe as libraries read it; past ``STRIDE_BYTES`` without a packet it ends."""

    def __init__(self, source: Source, prefix: bytes = b"") -> None:
        self._source = source
        self._prefix = prefix
        self._stride = 0
        self.error: AudioError | None = None

    def read(self, size: int = -1) -> bytes:
        if self.error is not None:  # raised by whoever owns the library's call, not within it
            return b""
        try:
            data = self._next(size if size >= 0 else STRIDE_BYTES)
        except AudioError as error:
            self.error = error
            return b""
        self._stride += len(data)
        if self._stride > STRIDE_BYTES:
            self.error = AudioFileError(
                f"{self._source.name} holds more than {STRIDE_BYTES >> 20} MB between two pieces "
                "of sound; take covers and attachments out of it",
                "too much that is not sound",
            )
            return b""
        return data

    def check(self) -> None:
        """Raises what went wrong while a library was reading."""
        if self.error is not None:
            raise self.error

    def rest(self) -> None:
        """Says that a packet has come: what was read for it is gone."""
        self._stride = 0

    def _next(self, size: int) -> bytes:
        if self._prefix:
            data, self._prefix = self._prefix[:size], self._prefix[size:]
            return data
        return self._source.read(size)


class FileView(PipeView):
    """A seekable file as libraries read it."""

    def __init__(self, source: Source, prefix: bytes = b"") -> None:
        super().__init__(source)
        self._head = prefix
        self._start = source.position()
        self._length = len(prefix) + source.remaining()
        self._position = 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._length}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _next(self, size: int) -> bytes:
        source = self._source
        if self._position < len(self._head):
            data = self._head[self._position : self._position + size]
        else:
            place = self._start + self._position - len(self._head)
            if source.position() != place:
                source._seek_to(place)
            data = source.read(size)
        self._position += len(data)
        return data


@contextmanager
def open_source(source: AudioSource) -> Iterator[Source]:
    """The bytes of a path, bytes or a binary file object; raises :class:`AudioError`."""
    if isinstance(source, bytes | bytearray | memoryview):
        source = io.BytesIO(source)
    if isinstance(source, str | Path):
        with _open_path(Path(source)) as file:
            opened = Source(file, display_name(source))
            try:
                yield opened
            finally:
                opened.close()
        return
    opened = Source(source, UNNAMED)
    try:
        yield opened
    finally:
        opened.close()


def display_name(path: str | Path) -> str:
    """A path that can be printed, whatever its bytes."""
    return os.fsencode(path).decode("utf-8", "replace")


def _open_path(path: Path) -> BinaryIO:
    name = display_name(path)
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise AudioError(f"there is no audio file at {name}") from error
    except IsADirectoryError as error:
        raise AudioError(f"{name} is a folder; give an audio file's name") from error
    except (OSError, ValueError) as error:
        raise AudioError(f"{name[:200]} can't be read: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)


def _can_seek(file: BinaryIO) -> bool:
    try:
        if not file.seekable():
            return False
        file.seek(file.tell())
    except (AttributeError, OSError, ValueError):
        return False
    return True
