"""What is not as it should be in a file that could be read all the same."""

from __future__ import annotations

from dataclasses import dataclass

SHOWN_LABEL = 40
"""Letters of a wrong label that a message repeats."""


@dataclass(frozen=True)
class AudioWarning:
    """Codes: ``truncated``, ``damaged``, ``gap`` and ``format_mismatch``."""

    code: str
    message: str
    """A line that names the file."""


class Warnings:
    """The warnings about one file, each kind once."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.list: list[AudioWarning] = []

    def add(self, code: str, message: str) -> None:
        """Notes ``message``, which begins after the file's name and "is"."""
        if code not in self:
            self.list.append(AudioWarning(code, f"{self.name} is {message}"))

    def add_mismatch(self, label: str, content: str) -> None:
        """Notes that a file is called something else than it is."""
        self.add(
            "format_mismatch",
            f"called {label[:SHOWN_LABEL]!r}, but holds {content}, and is taken as that",
        )

    def __contains__(self, code: object) -> bool:
        return any(warning.code == code for warning in self.list)
