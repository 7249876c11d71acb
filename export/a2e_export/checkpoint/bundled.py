"""The bundled model's own checkpoint: a checkout and the sdist have it, the wheel has not."""

from __future__ import annotations

from pathlib import Path

from a2e_export.errors import CheckpointError

SOURCE = "bundled"
"""Its name on the command line."""
STYLE_NAMES = ("neutral", "wide", "subtle")
FOLDER = Path(__file__).parents[3] / "training"


def bundled_checkpoint() -> tuple[Path, Path]:
    """The checkpoint and its encoder's config.

    Raises :class:`CheckpointError` where this package was installed without them.
    """
    checkpoint, config = FOLDER / "bundled.pth", FOLDER / "config.json"
    if not (checkpoint.exists() and config.exists()):
        raise CheckpointError(
            "the bundled model's checkpoint comes with the source and not with the wheel: clone "
            "the repository, or unpack the sdist, and give its training/bundled.pth with "
            "--wav2vec2-config training/config.json"
        )
    return checkpoint, config
