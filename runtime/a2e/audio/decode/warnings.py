"""What is not as it should be in a file that could be read all the same."""

from __future__ import annotations

from dataclasses import dataclass


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

    def __contains__(self, code: object) -> bool:
        return any(warning.code == code for warning in self.list)
