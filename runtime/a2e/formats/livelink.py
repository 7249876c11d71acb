"""Live Link Face recordings (the iPhone app's CSV), as Unreal, Blender and Maya import them."""

from __future__ import annotations

import math

from a2e.formats.base import Writer
from a2e.rates import Rate

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
"""Radians. The head's are 0 where it does not move; those of the eyes stay 0, and their directions
are in the EyeLook columns."""
COLUMNS = SHAPES + ROTATIONS


class LiveLink(Writer):
    """63 columns, mapped by name; a shape that the model does not have stays 0, and a head that
    does not move."""

    extensions = (".csv",)
    set = "arkit"

    def begin(self) -> None:
        lowered = [name.lower() for name in self.names]
        self.check_weights()
        self.source = [lowered.index(c.lower()) if c.lower() in lowered else None for c in COLUMNS]
        self.text(",".join(("Timecode", "BlendshapeCount", *COLUMNS)) + "\n")

    def frame(self, values: list[float]) -> None:
        mapped = (0.0 if i is None else values[i] for i in self.source)
        cells = (timecode(self.count, self.fps), str(len(COLUMNS)), *(f"{v:.10f}" for v in mapped))
        self.text(",".join(cells) + "\n")


TICKS = 60_000
"""Parts of a second in a timecode: its frames count at 60 a second, with three decimals."""


def timecode(frame: int, fps: Rate | float) -> str:
    """``HH:MM:SS:FF.fff`` of the start of a frame, where FF.fff is 60 times the time within the
    second, whatever the rate of the recording, as in the app's own files."""
    seconds, ticks = divmod(math.floor(frame * TICKS / fps + 0.5), TICKS)
    minutes, (frames, thousandths) = seconds // 60, divmod(ticks, 1000)
    clock = f"{minutes // 60:02}:{minutes % 60:02}:{seconds % 60:02}"
    return f"{clock}:{frames:02}.{thousandths:03}"
