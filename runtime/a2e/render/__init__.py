"""Films of the page's drawn face with its voice: mp4, webm, gif, webp, apng or a folder of PNGs.

``look`` (size, background) and ``containers`` (what a file can hold) check what is asked for;
frames -> ``painter`` (weights to pixels: ``script`` and ``drawing`` run web/face in V8, ``raster``
replays its strokes with Skia) -> ``movie`` (FFmpeg, with ``sound`` and ``palette``) or ``pictures``
(PNGs). ``film`` puts them together.
"""

from __future__ import annotations

import importlib.util

from a2e.errors import OptionError

EXTRA = "render"
"""The extra with what films need."""
PACKAGES = {"av": "PyAV", "skia": "skia-python", "py_mini_racer": "mini-racer"}


def check_installed() -> None:
    """Raises :class:`a2e.errors.OptionError` where the extra is missing, or can't start."""
    missing = [name for module, name in PACKAGES.items() if not importlib.util.find_spec(module)]
    if missing:
        raise OptionError(f"films need {', '.join(missing)}: install a2e with its extra {EXTRA!r}")
    try:
        import skia  # noqa: F401  # it needs libraries of the system
    except ImportError as error:
        raise OptionError(
            f"skia-python can't start ({error}): on Debian, apt install libgl1 libegl1"
        ) from error
