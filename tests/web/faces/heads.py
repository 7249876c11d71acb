"""Heads made for tests: glTF files with morph targets, as avatars have them.

A face's front with lips that meet at rest, a dark mouth behind them, eyes and brows. All 52 shapes
move something; lips move so that they meet where ``mouthClose`` equals ``jawOpen``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2e.shapes import ARKIT

Points = NDArray[np.float32]
Pose = Mapping[str, float]

ACROSS, RISE, FALL = 33, 18, 10
"""Points across the face, and down its upper and its lower part."""
MOUTH_Y, HALF_WIDTH = -0.45, 0.36
JAW = 0.3
"""How far the lips part at ``jawOpen`` 1."""
EYES = {"Left": 0.34, "Right": -0.34}
"""x of each eye: the face's own left is at +x, as it looks along +z."""
EYE_Y = 0.25

SKIN, DARK, WHITE, HAIR = (0.9, 0.68, 0.55), (0.25, 0.02, 0.05), (0.95, 0.95, 1.0), (0.2, 0.13, 0.1)


@dataclass
class Mesh:
    """Points [n, 3], triangles [m, 3] and the movement [n, 3] of each shape at weight 1."""

    name: str
    points: Points
    triangles: NDArray[np.uint16]
    colour: tuple[float, float, float]
    moves: dict[str, Points] = field(default_factory=dict)
    extras: dict[str, Any] = field(default_factory=dict)


def surface(x: Points, y: Points) -> Points:
    """z of the face's front."""
    return 0.6 * np.sqrt(np.clip(1.02 - (x / 1.05) ** 2 - (y / 1.4) ** 2, 0, None))


def patch(ys: Points) -> tuple[Points, NDArray[np.uint16]]:
    """A piece of the face's front between the heights ``ys``."""
    across = np.linspace(-1, 1, ACROSS)
    y, u = np.meshgrid(ys, across, indexing="ij")
    x = u * np.sqrt(np.clip(1 - (y / 1.35) ** 2, 0, None))
    points = np.stack([x, y, surface(x, y)], axis=-1).reshape(-1, 3).astype(np.float32)
    row, column = np.meshgrid(range(len(ys) - 1), range(ACROSS - 1), indexing="ij")
    a = (row * ACROSS + column).ravel()
    b, c, d = a + 1, a + ACROSS, a + ACROSS + 1
    return points, np.concatenate([np.c_[a, b, c], np.c_[b, d, c]]).astype(np.uint16)


def skin() -> Mesh:
    """The face's front; ``extras`` tell the middle of both lips' edges."""
    upper, over = patch(np.linspace(1.2, MOUTH_Y, RISE, dtype=np.float32))
    lower, under = patch(np.linspace(MOUTH_Y, -1.25, FALL, dtype=np.float32))
    points = np.concatenate([upper, lower])
    triangles = np.concatenate([over, under + len(upper)])
    low = np.arange(len(points)) >= len(upper)
    middle = ACROSS // 2
    extras = {"upperLip": len(upper) - ACROSS + middle, "lowerLip": len(upper) + middle}
    moves = {name: np.zeros_like(points) for name in ARKIT if not name.startswith(("eye", "brow"))}
    x, y, _ = points.T
    near = np.exp(-(((y - MOUTH_Y) / 0.16) ** 2)).astype(np.float32)
    lip = np.clip(1 - (x / HALF_WIDTH) ** 2, 0, 1) * near
    around = np.exp(-((x / 0.45) ** 2)) * near
    side = {"Left": np.clip(0.5 + 2 * x, 0, 1), "Right": np.clip(0.5 - 2 * x, 0, 1)}
    moves["jawOpen"][:, 1] = -JAW * low * (lip + (1 - near) * np.exp(-(x**2)))
    moves["mouthClose"][:, 1] = JAW * low * lip
    for name, sign in (("Left", 1), ("Right", -1)):
        corner = np.exp(-(((np.abs(x) - HALF_WIDTH) / 0.2) ** 2)) * near * side[name]
        moves["mouthLowerDown" + name][:, 1] = -0.1 * low * lip * side[name]
        moves["mouthUpperUp" + name][:, 1] = 0.1 * ~low * lip * side[name]
        moves["mouthSmile" + name][:, :2] = np.c_[0.06 * sign * corner, 0.1 * corner]
        moves["mouthFrown" + name][:, 1] = -0.1 * corner
        moves["mouthStretch" + name][:, 0] = 0.08 * sign * corner
        moves["mouthDimple" + name][:, 0] = 0.04 * sign * corner
        moves["mouthPress" + name][:, 2] = -0.03 * lip * side[name]
        moves["mouth" + name][:, 0] = 0.1 * sign * around
        moves["jaw" + name][:, 0] = 0.08 * sign * low * np.exp(-(x**2))
        cheek = np.exp(-(((x - 0.5 * sign) / 0.2) ** 2) - ((y + 0.1) / 0.2) ** 2)
        moves["cheekSquint" + name][:, 1] = 0.05 * cheek
        moves["noseSneer" + name][:, 1] = 0.05 * np.exp(
            -(((x - 0.1 * sign) / 0.1) ** 2) - y**2 / 0.04
        )
    moves["jawForward"][:, 2] = 0.08 * low
    moves["mouthPucker"][:] = np.c_[-0.5 * x * around, 0 * x, 0.12 * around]
    moves["mouthFunnel"][:] = np.c_[-0.3 * x * around, 0 * x, 0.1 * around]
    moves["mouthRollLower"][:, 2] = -0.04 * low * lip
    moves["mouthRollUpper"][:, 2] = -0.04 * ~low * lip
    moves["mouthShrugLower"][:, 2] = 0.03 * low * around
    moves["mouthShrugUpper"][:, 2] = 0.03 * ~low * around
    moves["cheekPuff"][:, 2] = 0.1 * np.exp(
        -(((np.abs(x) - 0.45) / 0.2) ** 2) - ((y + 0.35) / 0.2) ** 2
    )
    moves["tongueOut"][:, 2] = 0.02 * low * lip
    return Mesh("Head", points, triangles, SKIN, moves, extras)


def card(x: float, y: float, half: tuple[float, float], lift: float) -> Points:
    """The corners of an upright rectangle before the face."""
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half + [x, y]
    z = float(surface(np.float32(x), np.float32(y))) + lift
    return np.c_[corners, np.full(4, z)].astype(np.float32)


def cards(name: str, rectangles: Iterable[Points], colour: tuple[float, float, float]) -> Mesh:
    """Several rectangles as one mesh."""
    points = np.concatenate(list(rectangles))
    first = np.arange(0, len(points), 4)[:, None]
    triangles = np.concatenate([first + corners for corners in ([0, 1, 2], [0, 2, 3])]).astype(
        np.uint16
    )
    return Mesh(name, points, triangles, colour)


def eyes() -> tuple[Mesh, Mesh]:
    """Whites that lids cover, and pupils that look about."""
    white = cards("Eyes", (card(x, EYE_Y, (0.16, 0.08), 0.04) for x in EYES.values()), WHITE)
    pupil = cards("Pupils", (card(x, EYE_Y, (0.05, 0.05), 0.06) for x in EYES.values()), HAIR)
    for at, (name, x) in enumerate(EYES.items()):
        own = np.zeros(8, bool)
        own[4 * at : 4 * at + 4] = True
        inwards = -np.sign(x)
        for mesh, lids in ((white, {"Blink": -1.0, "Squint": -0.3, "Wide": 0.3}), (pupil, {})):
            for shape, share in lids.items():
                move = np.zeros_like(mesh.points)
                move[own, 1] = share * (mesh.points[own, 1] - EYE_Y)
                mesh.moves[f"eye{shape}{name}"] = move
        blink = np.zeros_like(pupil.points)
        blink[own, 2] = -0.2
        pupil.moves["eyeBlink" + name] = blink
        for shape, way in (
            ("In", (inwards, 0)),
            ("Out", (-inwards, 0)),
            ("Up", (0, 1)),
            ("Down", (0, -1)),
        ):
            move = np.zeros_like(pupil.points)
            move[own, :2] = np.array(way) * (0.08, 0.03)
            pupil.moves[f"eyeLook{shape}{name}"] = move
    return white, pupil


def brows() -> Mesh:
    """Two brows."""
    mesh = cards("Brows", (card(x, 0.5, (0.2, 0.03), 0.05) for x in EYES.values()), HAIR)
    inner = np.abs(mesh.points[:, 0]) < 0.34
    mesh.moves["browInnerUp"] = np.c_[np.zeros(8), 0.1 * inner, np.zeros(8)].astype(np.float32)
    for name, x in EYES.items():
        own = np.sign(mesh.points[:, 0]) == np.sign(x)
        for shape, rise in (("browDown", -0.08 * own), ("browOuterUp", 0.1 * (own & ~inner))):
            move = np.c_[np.zeros(8), rise, np.zeros(8)].astype(np.float32)
            mesh.moves[shape + name] = move
    return mesh


def head() -> list[Mesh]:
    """All parts of a head, its shapes named as in ARKit."""
    inside = cards("Inside", [card(0, MOUTH_Y - 0.1, (0.4, 0.25), -0.1)], DARK)
    return [skin(), *eyes(), brows(), inside]


def renamed(meshes: Iterable[Mesh], spell: Callable[[str, str], str]) -> list[Mesh]:
    """The same with shapes named otherwise: ``spell(mesh, shape)``."""
    return [
        Mesh(
            mesh.name,
            mesh.points,
            mesh.triangles,
            mesh.colour,
            {spell(mesh.name, name): move for name, move in mesh.moves.items()},
            mesh.extras,
        )
        for mesh in meshes
    ]


def mixed(
    meshes: Iterable[Mesh], poses: Mapping[str, Pose], keep: Iterable[str] = ()
) -> list[Mesh]:
    """The same with other shapes: each a mix of ours; and some of ours, kept."""
    kept = set(keep)
    return [
        Mesh(
            mesh.name,
            mesh.points,
            mesh.triangles,
            mesh.colour,
            {
                name: move
                for name, pose in {**poses, **{name: {name: 1.0} for name in kept}}.items()
                if (move := _mix(mesh, pose)) is not None
            },
            mesh.extras,
        )
        for mesh in meshes
    ]


def _mix(mesh: Mesh, pose: Pose) -> Points | None:
    """The movement of a pose; all 0 where the pose is empty, None where it moves other meshes."""
    moves = [share * mesh.moves[name] for name, share in pose.items() if name in mesh.moves]
    if moves:
        return np.sum(moves, axis=0, dtype=np.float32)
    return np.zeros_like(mesh.points) if mesh.name == "Head" and not pose else None


def gap(frames: NDArray[np.float32]) -> NDArray[np.float64]:
    """How far the lips' middles are apart in frames [n, 52] of the head."""
    mesh = skin()
    upper, lower = mesh.extras["upperLip"], mesh.extras["lowerLip"]
    shares = np.array(
        [
            mesh.moves[name][upper, 1] - mesh.moves[name][lower, 1] if name in mesh.moves else 0.0
            for name in ARKIT
        ]
    )
    return np.asarray(frames @ shares, np.float64)
