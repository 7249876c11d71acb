"""Files that are whole or not there."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from a2e.errors import OptionError

DRAFT_BYTES = 200
"""The most of a file's name in its draft's: names have 255 bytes at most."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def whole_file(path: str | Path) -> Iterator[BinaryIO]:
    """A file to write that takes the name ``path`` only when all of it has been written.

    If the block raises, what was at ``path`` before stays as it was. A link is followed, an
    existing file's mode and owner stay; a device or a pipe is written to directly. Raises
    :class:`a2e.errors.OptionError` where no file can be made, or the disk is full.
    """
    target = Path(os.path.realpath(path))
    try:
        before = _status(target)
        if before is not None and stat.S_ISDIR(before.st_mode):
            raise OptionError(f"{_shown(path)} is a folder; give a file's name")
        replaces = before is None or stat.S_ISREG(before.st_mode)
        draft = _draft_of(target) if replaces else target
        file = draft.open("xb" if replaces else "wb")
    except (OSError, ValueError) as error:
        if isinstance(error, OptionError):
            raise
        raise _unwritable(path, error) from error
    try:
        with file:
            if replaces and before is not None:
                _take_mode(draft, before)
            yield file
        if replaces:
            draft.replace(target)
    except BaseException as error:
        if replaces:
            draft.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in FULL:
            raise _unwritable(path, error) from error
        raise


def standard_output() -> BinaryIO:
    """Standard output for bytes; raises :class:`OptionError` where the process has none."""
    if sys.stdout is None:
        raise OptionError("standard output is closed; name a file with -o")
    return sys.stdout.buffer


def _status(target: Path) -> os.stat_result | None:
    try:
        return target.stat()
    except FileNotFoundError:
        return None


def _draft_of(target: Path) -> Path:
    name = os.fsdecode(os.fsencode(target.name)[:DRAFT_BYTES])
    if len(os.fsencode(target.name)) > 255:
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
    return target.with_name(f".{name}.{secrets.token_hex(4)}")


def _take_mode(draft: Path, before: os.stat_result) -> None:
    with suppress(OSError, AttributeError):  # Windows has no owners, others keep theirs
        os.chown(draft, before.st_uid, before.st_gid)
    draft.chmod(stat.S_IMODE(before.st_mode))


def _unwritable(path: str | Path, error: Exception) -> OptionError:
    reason = (isinstance(error, OSError) and error.strerror) or str(error)
    return OptionError(f"can't write to {_shown(path)}: {reason}")


def _shown(path: str | Path) -> str:
    """A path that can be printed, whatever its bytes."""
    return os.fsencode(path)[:300].decode("utf-8", "replace")
