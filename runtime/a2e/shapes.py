"""The 52 ARKit shapes: their names, order and groups; the head's pose beside them."""

from __future__ import annotations

ARKIT: tuple[str, ...] = (
    "browDownLeft",
    "browDownRight",
    "browInnerUp",
    "browOuterUpLeft",
    "browOuterUpRight",
    "cheekPuff",
    "cheekSquintLeft",
    "cheekSquintRight",
    "eyeBlinkLeft",
    "eyeBlinkRight",
    "eyeLookDownLeft",
    "eyeLookDownRight",
    "eyeLookInLeft",
    "eyeLookInRight",
    "eyeLookOutLeft",
    "eyeLookOutRight",
    "eyeLookUpLeft",
    "eyeLookUpRight",
    "eyeSquintLeft",
    "eyeSquintRight",
    "eyeWideLeft",
    "eyeWideRight",
    "jawForward",
    "jawLeft",
    "jawOpen",
    "jawRight",
    "mouthClose",
    "mouthDimpleLeft",
    "mouthDimpleRight",
    "mouthFrownLeft",
    "mouthFrownRight",
    "mouthFunnel",
    "mouthLeft",
    "mouthLowerDownLeft",
    "mouthLowerDownRight",
    "mouthPressLeft",
    "mouthPressRight",
    "mouthPucker",
    "mouthRight",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthShrugLower",
    "mouthShrugUpper",
    "mouthSmileLeft",
    "mouthSmileRight",
    "mouthStretchLeft",
    "mouthStretchRight",
    "mouthUpperUpLeft",
    "mouthUpperUpRight",
    "noseSneerLeft",
    "noseSneerRight",
    "tongueOut",
)
"""LAM's order (alphabetical), and the order of a model's weights unless its file says otherwise."""

PAIRS: tuple[tuple[str, str], ...] = tuple(
    (left, left.removesuffix("Left") + "Right") for left in ARKIT if left.endswith("Left")
)
"""The 20 left/right pairs."""

SPEECH: tuple[str, ...] = tuple(
    name
    for name in ARKIT
    if name.startswith(("mouth", "jaw", "noseSneer", "cheekPuff")) and name != "mouthClose"
)
"""The 29 shapes that rest in silence (every mouth shape but ``mouthClose``, jaw, nose, cheeks)."""

HEAD: tuple[str, ...] = ("headYaw", "headPitch", "headRoll")
"""The head's pose, in radians: to the face's own left, chin down, to its own right shoulder."""
