"""Unpacks the torch file inside a checkpoint's packing.

The published file is a gzip-compressed tar around a torch file that is itself named ``.tar``.
Layers of packing are peeled off one by one, into unnamed temporary files, until torch's own format
is reached. A file may not unpack to much more than it is: weights hardly compress.
"""

from __future__ import annotations

import gzip
import os
import tarfile
import tempfile
import zlib
from contextlib import ExitStack
from itertools import islice
from typing import IO, BinaryIO

from a2e_export.errors import CheckpointError, listing_of

HEAD_BYTES = 512
MAX_GROWTH, GROWTH_FLOOR, MAX_BYTES = 20, 2**28, 2**33
"""A file unpacks to so many times its own size, or to 256 MiB, but never to more than 8 GiB."""
BLOCK = 2**20
MAX_MEMBERS = 10_000
"""Files in a tar."""
MAX_LAYERS = 5
"""Layers of packing that are peeled off, the torch file's own counted."""
GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"
PICKLE = b"\x80"
TAR_MAGIC, TAR_OFFSET = b"ustar", 257
HTML = (b"<!doctype html", b"<html", b"<?xml")
LFS_POINTER = b"version https://git-lfs"


def unpack(file: BinaryIO, name: str, stack: ExitStack) -> BinaryIO:
    """The torch file inside however many gzip and tar layers, at its start.

    Temporary files are closed, and so gone, with ``stack``. Errors speak of the file as ``name``.
    Raises :class:`CheckpointError`.
    """
    packing = "file"
    limit = unpacked_limit(file)
    for _ in range(MAX_LAYERS):
        head = read_head(file)
        if head.startswith(GZIP):
            file, packing = _gunzip(file, name, stack, limit), "gzip"
        elif head[TAR_OFFSET:].startswith(TAR_MAGIC):
            file, packing = _untar(file, name, stack, limit), "tar"
        elif head.startswith((ZIP, PICKLE)):
            return file
        else:
            raise CheckpointError(_content_message(head, name, packing))
    raise CheckpointError(f"{name} is packed more than {MAX_LAYERS - 1} times over; unpack it")


def is_zip(file: BinaryIO) -> bool:
    """Whether the file begins as a zip archive does, such as torch's current format."""
    return read_head(file).startswith(ZIP)


def read_head(file: BinaryIO) -> bytes:
    """The first bytes of a file, which is left at its start."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    file.seek(0)
    return head


def truncation_message(name: str) -> str:
    return f"{name} is truncated: its end is missing. Download it again and compare the size"


def _content_message(head: bytes, name: str, packing: str) -> str:
    """The message for content that is neither packing nor checkpoint."""
    if not head:
        return f"{name} is empty or cut off at its start; download it again"
    if head.lstrip().lower().startswith(HTML):
        return (
            f"{name} is a web page, not a checkpoint: the download saved the page about the file. "
            "Download the file itself"
        )
    if head.startswith(LFS_POINTER):
        return f"{name} is a Git LFS pointer, not the file it points to; run `git lfs pull`"
    if packing == "gzip":
        return f"{name} is a gzip file that holds neither a tar nor a torch checkpoint"
    return f"{name} is not a checkpoint: expected a torch file, or a (gzipped) tar with one inside"


def unpacked_limit(file: BinaryIO) -> int:
    """Bytes that a file may unpack to."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return min(MAX_BYTES, max(GROWTH_FLOOR, MAX_GROWTH * size))


def growth_message(name: str, limit: int) -> str:
    return (
        f"{name} unpacks to more than {limit >> 20} MiB, far more than a checkpoint of its size "
        "would; if it is one, unpack it yourself and give the torch file"
    )


def _copy(source: IO[bytes] | gzip.GzipFile, target: IO[bytes], name: str, limit: int) -> None:
    while block := source.read(BLOCK):
        limit_left = limit - target.tell()
        if len(block) > limit_left:
            raise CheckpointError(growth_message(name, limit))
        try:
            target.write(block)
        except OSError as error:
            raise CheckpointError(
                f"{name} can't be unpacked in {tempfile.gettempdir()} ({error.strerror}); name a "
                "folder with more room in TMPDIR"
            ) from error


def _gunzip(file: BinaryIO, name: str, stack: ExitStack, limit: int) -> BinaryIO:
    plain = stack.enter_context(tempfile.TemporaryFile())
    try:
        with gzip.GzipFile(fileobj=file) as archive:
            _copy(archive, plain, name, limit)
    except EOFError as error:
        raise CheckpointError(truncation_message(name)) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise CheckpointError(f"{name} is a damaged gzip file ({error}); get it again") from error
    return plain


def _untar(file: BinaryIO, name: str, stack: ExitStack, limit: int) -> BinaryIO:
    """The member of a tar that looks like a checkpoint, where exactly one does."""
    inner = stack.enter_context(tempfile.TemporaryFile())
    try:
        with tarfile.open(fileobj=file) as tar:
            source = tar.extractfile(_checkpoint_member(tar, name))
            assert source is not None  # a regular file has content
            _copy(source, inner, name, limit)
    except (tarfile.TarError, ValueError, OverflowError, RecursionError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(truncation_message(name)) from error
    return inner


def _checkpoint_member(tar: tarfile.TarFile, name: str) -> tarfile.TarInfo:
    files = [member for member in islice(tar, MAX_MEMBERS) if member.isfile()]
    checkpoints = [member for member in files if _is_checkpoint(tar, member)]
    if len(checkpoints) != 1:
        listing = listing_of([member.name for member in checkpoints or files]) or "nothing"
        raise CheckpointError(
            f"{name} is a tar with {'several checkpoints' if checkpoints else 'no checkpoint'} "
            f"in it (found: {listing}); give the one to convert"
        )
    return checkpoints[0]


def _is_checkpoint(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bool:
    source = tar.extractfile(member)
    return source is not None and source.read(len(ZIP)).startswith((ZIP, PICKLE, GZIP))
