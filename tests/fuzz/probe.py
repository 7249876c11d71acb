"""Runs one case in this process and judges it."""

from __future__ import annotations

import re
import traceback
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from a2e.errors import A2EError
from tests.fuzz.target import Target

OURS = re.compile(r"(?:a2e|a2e_export)/(?:[\w/]+/)?(\w+\.py)")
MOST_WORDS = 2_000
"""Characters of an error's message: it must not repeat what came."""
KIB = 1024


@dataclass(frozen=True)
class Finding:
    """A case that went wrong."""

    target: str
    seed: int
    kind: str
    """``traceback``, ``oracle``, ``message``, ``memory``, ``disk``, ``hang``, ``crash``."""
    summary: str
    """One line."""
    place: str
    """Where, as far as it is known; with kind and target it tells one finding from another."""
    details: str = ""

    @property
    def key(self) -> str:
        return sha256(f"{self.target} {self.kind} {self.place}".encode()).hexdigest()[:10]

    def facts(self) -> dict[str, object]:
        return asdict(self)


def examine(target: Target, case: bytes, seed: int = 0) -> Finding | None:
    """What is wrong with how a target reads a case, if anything."""
    before = _begin_peak()
    finding = _judge(target, case, seed)
    taken = _peak() - before
    limit = target.memory(case)
    if finding is None and taken > limit:
        summary = f"{taken / 1e6:.0f} MB for {len(case)} bytes; the limit is {limit / 1e6:.0f} MB"
        return Finding(target.name, seed, "memory", summary, "peak")
    return finding


def _judge(target: Target, case: bytes, seed: int) -> Finding | None:
    try:
        target.attempt(case)
    except A2EError as error:
        if len(str(error)) > MOST_WORDS:
            return _finding(target, seed, "message", error)
    except AssertionError as error:
        return _finding(target, seed, "oracle", error)
    except Exception as error:
        too_large = isinstance(error, OSError) and error.errno == 27  # EFBIG: RLIMIT_FSIZE
        return _finding(target, seed, "disk" if too_large else "traceback", error)
    return None


def _finding(target: Target, seed: int, kind: str, error: Exception) -> Finding:
    line = f"{type(error).__name__}: {' '.join(str(error).split())}"
    text = "".join(traceback.format_exception(error))
    place = str(error)[:60] if kind == "oracle" else _place(error)
    return Finding(target.name, seed, kind, line[:160], place, text[-8_000:])


def _place(error: Exception) -> str:
    """The error's type and the last line of ours that it came through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if OURS.search(f.filename) and "/tests/" not in f.filename]
    last = (ours or frames)[-1]
    return f"{type(error).__name__} {Path(last.filename).name} {last.name}"


def place_in(dump: str) -> str:
    """The innermost function of ours in the first thread of a ``faulthandler`` dump."""
    thread = dump.partition("(most recent call first):")[2].partition("\n\n")[0]
    lines = re.findall(r'File "([^"]+)", line \d+ in (\S+)', thread)
    ours = [(f, name) for f, name in lines if OURS.search(f) and "/tests/" not in f]
    return next((f"{Path(f).name} {name}" for f, name in ours or lines[:1]), "unknown")


def _begin_peak() -> int:
    """Bytes that this process holds; its peak is counted from now."""
    Path("/proc/self/clear_refs").write_text("5")
    return _memory("VmRSS")


def _peak() -> int:
    return _memory("VmHWM")


def _memory(name: str) -> int:
    text = Path("/proc/self/status").read_text()
    return int(text.partition(f"{name}:")[2].split()[0]) * KIB
