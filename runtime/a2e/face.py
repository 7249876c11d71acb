"""Draws a face from weights, for pictures: enough of it to see what each shape does.

Coordinates: the face is about 2 wide, x to the viewer's right, y up, the mouth's rest at the origin
of its own small system. A subject's left is the viewer's right.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Curve = NDArray[np.float64]
Weights = Mapping[str, float]

SKIN, SHADE, LIP, HAIR = "#f2c9ac", "#d99f80", "#c4626a", "#4a3b35"
INSIDE, TEETH, TONGUE, IRIS = "#5a1f26", "#fbf8f2", "#d9777c", "#4d7ea8"
ACROSS = np.linspace(-1, 1, 41)
"""From one mouth corner to the other."""
MOUTH_AT = (0.0, -0.52)
SEAM = 0.015
"""Lips nearer than this touch, and their seam is drawn."""


def draw_face(axes: Axes, weights: Weights) -> None:
    """Draws the face of one frame, {shape: weight}, into ``axes``."""
    axes.set(xlim=(-1.15, 1.15), ylim=(-1.65, 1.35), aspect="equal")
    axes.axis("off")
    _draw_head(axes, weights)
    for side, name in ((-1, "Right"), (1, "Left")):
        _draw_eye(axes, weights, side, name)
        _draw_brow(axes, weights, side, name)
    _draw_nose(axes, weights)
    _draw_mouth(axes, weights)


def _draw_head(axes: Axes, weights: Weights) -> None:
    chin = 0.22 * weights.get("jawOpen", 0) * (1 - 0.5 * weights.get("mouthClose", 0))
    cheeks = 0.12 * weights.get("cheekPuff", 0)
    angle = np.linspace(0, 2 * np.pi, 121)
    x, y = np.sin(angle) * 0.92, np.cos(angle)
    low = np.clip(-y, 0, 1)
    x = x * (1 - 0.22 * low**2 + cheeks * np.sin(np.pi * low))
    axes.fill(x * 1.06, np.where(y > -0.2, y * 1.22 + 0.02, y), color=HAIR, linewidth=0)
    axes.fill(x, y * 1.12 - 0.06 - chin * low, color=SKIN, linewidth=0)


def _draw_eye(axes: Axes, weights: Weights, side: int, name: str) -> None:
    centre = np.array([side * 0.38, 0.22])
    blink, wide = weights.get("eyeBlink" + name, 0), weights.get("eyeWide" + name, 0)
    squint = max(weights.get("eyeSquint" + name, 0), 0.6 * weights.get("cheekSquint" + name, 0))
    arch = np.sqrt(1 - ACROSS**2)
    lower = -0.085 * (1 - 0.7 * squint) * arch
    upper = lower + (0.095 * (1 + 0.4 * wide) * arch - lower) * (1 - min(1.0, blink))
    x = ACROSS * 0.2 + centre[0]
    white = axes.fill_between(
        x, lower + centre[1], upper + centre[1], color="white", linewidth=0, zorder=3
    )
    look = _look(weights, side, name)
    for radius, colour in ((0.085, IRIS), (0.04, "#222222")):
        iris = axes.fill(*_circle(centre + look, radius), color=colour, linewidth=0, zorder=4)[0]
        iris.set_clip_path(white.get_paths()[0], axes.transData)
    axes.plot(x, upper + centre[1], color=HAIR, linewidth=1.6, zorder=5)


def _look(weights: Weights, side: int, name: str) -> Curve:
    """Where the iris goes: in is towards the nose."""
    inwards = weights.get("eyeLookIn" + name, 0) - weights.get("eyeLookOut" + name, 0)
    up = weights.get("eyeLookUp" + name, 0) - weights.get("eyeLookDown" + name, 0)
    return np.array([-side * 0.08 * inwards, 0.05 * up])


def _draw_brow(axes: Axes, weights: Weights, side: int, name: str) -> None:
    from_inner = np.linspace(0, 1, 15)
    down = weights.get("browDown" + name, 0)
    rise = 0.16 * weights.get("browInnerUp", 0) * (1 - from_inner)
    rise = rise + 0.14 * weights.get("browOuterUp" + name, 0) * from_inner - 0.09 * down
    x = side * (0.16 + 0.44 * from_inner)
    y = 0.47 + 0.07 * np.sin(np.pi * (0.15 + 0.7 * from_inner)) + rise
    axes.plot(x, y, color=HAIR, linewidth=3, solid_capstyle="round", zorder=5)


def _draw_nose(axes: Axes, weights: Weights) -> None:
    sneer = 0.04 * max(weights.get("noseSneerLeft", 0), weights.get("noseSneerRight", 0))
    x = np.array([-0.11, -0.06, 0.0, 0.06, 0.11])
    y = np.array([-0.16, -0.21, -0.19, -0.21, -0.16]) + sneer
    axes.plot(x, y, color=SHADE, linewidth=2, solid_capstyle="round", zorder=4)


def _draw_mouth(axes: Axes, weights: Weights) -> None:
    x, lines = mouth_lines(weights)
    outer_up, inner_up, inner_low, outer_low = lines
    inside = axes.fill_between(x, inner_low, inner_up, color=INSIDE, linewidth=0, zorder=5)
    clip = inside.get_paths()[0]
    top = inner_up.max()
    teeth = axes.fill_between(x, top - 0.09, top + 0.1, color=TEETH, linewidth=0, zorder=6)
    out = weights.get("tongueOut", 0)
    tongue = axes.fill(
        *_circle(np.array([x.mean(), inner_low.min() - 0.05 + 0.1 * out]), 0.13),
        color=TONGUE,
        linewidth=0,
        zorder=6,
    )[0]
    for part in (teeth, tongue):
        part.set_clip_path(clip, axes.transData)
    axes.fill_between(x, inner_up, outer_up, color=LIP, linewidth=0, zorder=7)
    axes.fill_between(x, outer_low, inner_low, color=LIP, linewidth=0, zorder=7)
    if np.max(inner_up - inner_low) < SEAM:
        axes.plot(x, inner_low, color=INSIDE, linewidth=0.8, zorder=8)


def mouth_lines(weights: Weights) -> tuple[Curve, tuple[Curve, Curve, Curve, Curve]]:
    """x [41], and y of the upper lip's outer and inner edge and the lower's inner and outer one."""

    def both(name: str) -> float:
        return (weights.get(name + "Left", 0) + weights.get(name + "Right", 0)) / 2

    pucker, funnel = weights.get("mouthPucker", 0), weights.get("mouthFunnel", 0)
    smile, frown, press = both("mouthSmile"), both("mouthFrown"), both("mouthPress")
    spread = 0.18 * both("mouthStretch") + 0.2 * smile + 0.1 * both("mouthDimple")
    half_width = 0.36 * (1 + spread - 0.5 * pucker - 0.3 * funnel)
    drop = 0.42 * weights.get("jawOpen", 0)
    shut = min(1.0, weights.get("mouthClose", 0) / max(weights.get("jawOpen", 0), 1e-6))
    up = 0.13 * both("mouthUpperUp") + 0.07 * funnel - 0.3 * drop * shut
    low = drop * (1 - 0.7 * shut) + 0.13 * both("mouthLowerDown") + 0.07 * funnel
    low = low - 0.06 * weights.get("mouthShrugLower", 0)
    gap_up, gap_low = up * (1 - press), max(low * (1 - press), -up)
    thick = 1 + 0.35 * pucker + 0.25 * funnel - 0.45 * press
    thick_up = 0.07 * max(0.15, thick - 0.8 * weights.get("mouthRollUpper", 0))
    thick_low = 0.09 * max(0.15, thick - 0.8 * weights.get("mouthRollLower", 0))

    sideways = 0.12 * (weights.get("mouthLeft", 0) - weights.get("mouthRight", 0))
    sideways += 0.1 * (weights.get("jawLeft", 0) - weights.get("jawRight", 0))
    round_off = 0.7 - 0.2 * max(pucker, funnel)
    dome = (1 - ACROSS**2) ** round_off
    corners = (0.14 * smile - 0.12 * frown) * ACROSS**2 + MOUTH_AT[1]
    bow = 1 - 0.25 * np.exp(-((ACROSS / 0.18) ** 2))
    inner_up, inner_low = corners + gap_up * dome, corners - gap_low * dome
    outer_up = inner_up + thick_up * np.sqrt(1 - ACROSS**2) * bow
    outer_low = inner_low - thick_low * np.sqrt(1 - ACROSS**2)
    x = ACROSS * half_width + MOUTH_AT[0] + sideways
    return x, (outer_up, inner_up, inner_low, outer_low)


def _circle(centre: Curve, radius: float) -> tuple[Curve, Curve]:
    angle = np.linspace(0, 2 * np.pi, 33)
    return centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)
