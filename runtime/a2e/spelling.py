"""Shapes' names, however a rig spells them. Twin of ``web/faces/spelling.js``.

``jawOpen``, ``JawOpen``, ``jaw_open``, ``blendShape1.jawOpen``, ``Wolf3D_Head.jawOpen``,
``ARKit_jawOpen``; ``mouthSmileLeft``, ``mouthSmile_L``, ``MouthSmileL``, ``L_mouthSmile``. A shape
that is one in ARKit and two in a rig (``browInnerUp_L``, ``browInnerUp_R``) is both of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

SIDES = {"l": "left", "r": "right", "left": "left", "right": "right"}
HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
OTHER = re.compile(r"[^A-Za-z0-9]+")
NUMBER = re.compile(r"[0-9]+")


def match_shapes(targets: Sequence[str], names: Sequence[str]) -> list[list[int]]:
    """For each of ``names`` the places in a rig's ``targets`` that stand for it; none: [].

    Of several in one rig the plainest spelling counts: where there is a ``jawOpen``,
    ``teeth_jawOpen`` is another matter.
    """
    places = {"".join(_words(name)): i for i, name in enumerate(names)}
    found: list[list[tuple[int, int]]] = [[] for _ in names]
    for target, name in enumerate(targets):
        for key, rest in _readings(name):
            if key in places:
                found[places[key]].append((rest, target))
                break
    plainest = (min(all, default=(0, 0))[0] for all in found)
    return [
        [target for rest, target in all if rest == least]
        for all, least in zip(found, plainest, strict=True)
    ]


def _words(name: str) -> list[str]:
    """The words of a name, in lower case, without a number that ends it."""
    parts = [part.lower() for part in OTHER.split(HUMPS.sub(" ", name)) if part]
    while len(parts) > 1 and NUMBER.fullmatch(parts[-1]):
        parts.pop()
    return parts


def _readings(name: str) -> Iterator[tuple[str, int]]:
    """What a name may stand for, the likeliest first: in lower case with its side spelled out, and
    how many words before it belong to the rig."""
    parts = _words(name)
    for rest in range(len(parts)):
        own = parts[rest:]
        yield "".join(own), rest
        if len(own) > 1 and own[-1] in SIDES:
            yield "".join([*own[:-1], SIDES[own[-1]]]), rest
        if len(own) > 1 and own[0] in SIDES:
            yield "".join([*own[1:], SIDES[own[0]]]), rest
        if len(own) > 1 and own[-1] in SIDES:
            yield "".join(own[:-1]), rest
