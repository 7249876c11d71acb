"""A film as a folder of PNGs, and folders that are whole or not there."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import skia

from a2e.arrays import Floats
from a2e.errors import OptionError
from a2e.render.look import Look
from a2e.render.painter import Pixels


class Pictures:
    """``00000.png``, ``00001.png``, … in a folder: red, green, blue and opacity. No sound."""

    def __init__(self, folder: Path, look: Look) -> None:
        self._folder = folder
        self._alpha = skia.kPremul_AlphaType if look.opaque else skia.kUnpremul_AlphaType
        self._count = 0

    def show(self, pixels: Pixels) -> None:
        path = self._folder / f"{self._count:05}.png"
        path.write_bytes(encode_png(pixels, self._alpha))
        self._count += 1

    def hear(self, samples: Floats) -> None:
        pass

    def end(self) -> None:
        pass

    def close(self) -> None:
        pass


def encode_png(pixels: Pixels, alpha: skia.AlphaType = skia.kUnpremul_AlphaType) -> bytes:
    """A picture, uint8 [height, width, 4], as a PNG."""
    image = skia.Image.fromarray(pixels, skia.kRGBA_8888_ColorType, alpha, copy=False)
    return bytes(image.encodeToData())


@contextmanager
def whole_folder(path: str) -> Iterator[Path]:
    """A folder to fill that takes the name ``path`` only when it is full.

    Raises :class:`a2e.errors.OptionError` where there is something at that name already (but an
    empty folder), or where no folder can be made.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise OptionError(f"{path} is there already; name a folder that is new or empty")
    draft = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}")
    try:
        draft.mkdir()
    except OSError as error:
        raise OptionError(f"can't write to {path}: {error.strerror}") from error
    try:
        yield draft
        draft.replace(target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
