"""Files that are whole or not there."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from a2e.errors import OptionError


@contextmanager
def whole_file(path: str | Path) -> Iterator[BinaryIO]:
    """A file to write that takes the name ``path`` only when all of it has been written.

    If the block raises, what was at ``path`` before stays as it was. A link is followed; a device
    or a pipe is written to directly. Raises :class:`a2e.errors.OptionError` where no file can be
    made.
    """
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise OptionError(f"{path} is a folder; give a file's name")
    replaces = not target.exists() or target.is_file()
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}") if replaces else target
    try:
        file = draft.open("xb" if replaces else "wb")
    except OSError as error:
        raise OptionError(f"can't write to {path}: {error.strerror}") from error
    try:
        with file:
            yield file
        if replaces:
            draft.replace(target)
    except BaseException:
        if replaces:
            draft.unlink(missing_ok=True)
        raise
