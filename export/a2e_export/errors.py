"""Errors of the exporter; the tree continues ``a2e.errors``.

A2EError
└── ExportError (ValueError)
    ├── CheckpointError      the file is no LAM checkpoint, or a damaged one
    ├── ArchitectureError    the checkpoint and its wav2vec2 config don't describe a network we know
    ├── HubError             the hub did not give the file
    └── ConversionError      the ONNX file is not what the torch network is
"""

from __future__ import annotations

from collections.abc import Sequence

from a2e.errors import A2EError

NAMES_SHOWN = 8
NAME_LENGTH = 100
REASON_LENGTH = 300


class ExportError(A2EError, ValueError):
    """Base of every error that a2e_export raises on purpose."""


class CheckpointError(ExportError):
    """The source holds no LAM checkpoint that can be read."""


class ArchitectureError(ExportError):
    """The checkpoint and its wav2vec2 config don't describe a network that a2e knows."""


class HubError(ExportError):
    """The hub did not give the checkpoint."""


class ConversionError(ExportError):
    """The ONNX graph differs from the torch network."""


def listing_of(names: Sequence[str]) -> str:
    """The first few of a file's names, for a message of one line."""
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return ", ".join(one_line(name)[:NAME_LENGTH] for name in names[:NAMES_SHOWN]) + more


def one_line(text: object) -> str:
    """Another's message, or a name from a file, in one line that can be printed."""
    line = " ".join(str(text).split())[:REASON_LENGTH]
    return "".join(sign if sign.isprintable() else "?" for sign in line)
