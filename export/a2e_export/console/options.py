"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EncoderConfig = Annotated[
    Path | None,
    typer.Option(
        "--wav2vec2-config",
        help="config.json of the encoder",
        show_default="wav2vec2-base",
    ),
]
