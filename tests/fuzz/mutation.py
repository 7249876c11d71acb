"""Small damage to bytes and to protobuf messages; the same for the same random generator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

HEAD = 256
"""Bytes at a file's start that are hit as often as all others: most promises are made there."""
NUMBERS = (0, 1, 2, 127, 128, 255, 256, 32_767, 65_535, 2**28, 2**31 - 1, 2**31, 2**32 - 1)
LARGE = (2**40, 2**63 - 1, 2**63, 2**64 - 1)
WORDS = (
    b"",
    b"\0",
    b"-1",
    b"nan",
    b"1e999",
    b"../secret",
    b"/etc/hostname",
    b"[" * 5_000,
    b"9" * 5_000,
)
MOST = 4 << 20
"""Bytes of a case; longer ones are cut."""

Change = Callable[[bytearray, Random], None]


def damage(data: bytes, random: Random, others: Sequence[bytes] = ()) -> bytes:
    """``data`` after some changes; parts of ``others`` may come in."""
    buffer = bytearray(data)
    for _ in range(1 + min(20, int(random.expovariate(0.6)))):
        if others and random.random() < 0.15:
            _graft(buffer, random, random.choice(others))
        else:
            random.choice(CHANGES)(buffer, random)
    return bytes(buffer[:MOST])


def place(buffer: bytearray, random: Random) -> int:
    """A place in a buffer, in its head as likely as not."""
    end = min(HEAD, len(buffer)) if random.random() < 0.5 else len(buffer)
    return random.randrange(end + 1)


def span(buffer: bytearray, random: Random) -> slice:
    """A part of a buffer, mostly a short one."""
    start = place(buffer, random)
    return slice(start, start + min(len(buffer), int(2 ** random.uniform(0, 16))))


def _bit(buffer: bytearray, random: Random) -> None:
    if buffer:
        buffer[min(place(buffer, random), len(buffer) - 1)] ^= 1 << random.randrange(8)


def _number(buffer: bytearray, random: Random) -> None:
    width = random.choice((1, 2, 4, 8))
    number = random.choice((*NUMBERS, *LARGE)) % (1 << 8 * width)
    start = place(buffer, random)
    buffer[start : start + width] = number.to_bytes(width, random.choice(("little", "big")))


def _noise(buffer: bytearray, random: Random) -> None:
    part = span(buffer, random)
    buffer[part] = random.randbytes(len(buffer[part]))


def _blank(buffer: bytearray, random: Random) -> None:
    part = span(buffer, random)
    buffer[part] = bytes([random.choice((0, 255))]) * len(buffer[part])


def _cut(buffer: bytearray, random: Random) -> None:
    del buffer[span(buffer, random)]


def _cut_off(buffer: bytearray, random: Random) -> None:
    del buffer[place(buffer, random) :]


def _double(buffer: bytearray, random: Random) -> None:
    part = buffer[span(buffer, random)]
    start = place(buffer, random)
    buffer[start:start] = part * random.choice((1, 1, 2, 50))


def _word(buffer: bytearray, random: Random) -> None:
    start = place(buffer, random)
    buffer[start:start] = random.choice(WORDS)


CHANGES: tuple[Change, ...] = (
    *(_bit, _bit, _number, _number, _noise, _blank),
    *(_cut, _cut_off, _double, _word),
)


def _graft(buffer: bytearray, random: Random, other: bytes) -> None:
    """Some of another file within this one, or all of it at the end."""
    if random.random() < 0.3:
        buffer += other
    else:
        source = bytearray(other)
        buffer[span(buffer, random)] = source[span(source, random)]


def alter(message: Any, random: Random) -> None:
    """Changes one field, at any depth, of a protobuf message."""
    fields = message.ListFields()
    if not fields:
        return
    descriptor, value = random.choice(fields)
    if hasattr(value, "ListFields"):
        alter(value, random)
    elif hasattr(value, "append") or hasattr(value, "add"):
        _alter_list(value, random)
    else:
        setattr(message, descriptor.name, _altered(value, random))


def _alter_list(values: Any, random: Random) -> None:
    index = random.randrange(len(values))
    choice = random.random()
    if choice < 0.1:
        del values[index]
    elif choice < 0.2:
        values.append(values[index])
    elif hasattr(values[index], "ListFields"):
        alter(values[index], random)
    else:
        values[index] = _altered(values[index], random)


def _altered(value: Any, random: Random) -> Any:
    """Another value of the same type."""
    if isinstance(value, bytes):
        return damage(value, random)
    if isinstance(value, str):
        word = damage(value.encode(), random) if random.random() < 0.5 else random.choice(WORDS)
        return word.decode("utf-8", "ignore")
    if isinstance(value, float):
        return random.choice((0.0, -1.0, 1e38, float("nan"), float("inf")))
    return random.choice((*NUMBERS[:-2], -1))
