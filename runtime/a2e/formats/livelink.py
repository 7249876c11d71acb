"""Live Link Face recordings (the iPhone app's CSV), as Unreal, Blender and Maya import them."""

from __future__ import annotations

from a2e.formats.base import Writer

SHAPES = (
    *("EyeBlinkLeft", "EyeLookDownLeft", "EyeLookInLeft", "EyeLookOutLeft", "EyeLookUpLeft"),
    *("EyeSquintLeft", "EyeWideLeft"),
    *("EyeBlinkRight", "EyeLookDownRight", "EyeLookInRight", "EyeLookOutRight", "EyeLookUpRight"),
    *("EyeSquintRight", "EyeWideRight"),
    *("JawForward", "JawRight", "JawLeft", "JawOpen"),
    *("MouthClose", "MouthFunnel", "MouthPucker", "MouthRight", "MouthLeft"),
    *("MouthSmileLeft", "MouthSmileRight", "MouthFrownLeft", "MouthFrownRight"),
    *("MouthDimpleLeft", "MouthDimpleRight", "MouthStretchLeft", "MouthStretchRight"),
    *("MouthRollLower", "MouthRollUpper", "MouthShrugLower", "MouthShrugUpper"),
    *("MouthPressLeft", "MouthPressRight", "MouthLowerDownLeft", "MouthLowerDownRight"),
    *("MouthUpperUpLeft", "MouthUpperUpRight"),
    *("BrowDownLeft", "BrowDownRight", "BrowInnerUp", "BrowOuterUpLeft", "BrowOuterUpRight"),
    *("CheekPuff", "CheekSquintLeft", "CheekSquintRight"),
    *("NoseSneerLeft", "NoseSneerRight", "TongueOut"),
)
ROTATIONS = (
    *("HeadYaw", "HeadPitch", "HeadRoll"),
    *("LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll"),
    *("RightEyeYaw", "RightEyePitch", "RightEyeRoll"),
)
"""Columns that speech says nothing about; they stay 0."""
COLUMNS = SHAPES + ROTATIONS


class LiveLink(Writer):
    """63 columns, mapped by name; a shape that the model does not have stays 0."""

    extensions = (".csv",)

    def begin(self) -> None:
        lowered = [name.lower() for name in self.names]
        self.source = [lowered.index(c.lower()) if c.lower() in lowered else None for c in COLUMNS]
        self.text(",".join(("Timecode", "BlendshapeCount", *COLUMNS)) + "\n")

    def frame(self, weights: list[float]) -> None:
        values = (0.0 if i is None else weights[i] for i in self.source)
        cells = (timecode(self.count, self.fps), str(len(COLUMNS)), *(f"{v:.10f}" for v in values))
        self.text(",".join(cells) + "\n")


def timecode(frame: int, fps: int) -> str:
    """``HH:MM:SS:FF.mmm`` of a whole frame."""
    seconds, frames = divmod(frame, fps)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{frames:02}.000"
