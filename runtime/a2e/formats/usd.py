"""USD: the weights as a SkelAnimation with time samples, for Omniverse, MetaHuman's tools and Maya.

UsdSkel's schema: ``blendShapes`` names the columns, ``blendShapeWeights`` is keyed at time code k,
frame k, with ``timeCodesPerSecond`` the frame rate. A rig takes it by ``skel:animationSource``,
maps names by ``skel:blendShapes``. A head's pose has no place.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from a2e.arrays import Floats
from a2e.errors import OptionError
from a2e.formats.base import Writer
from a2e.formats.json_formats import readable
from a2e.rates import exact

ROOT, ANIMATION = "/Face", "/Face/Animation"
SUFFIXES = (".usda", ".usdc")


class UsdAnimation(Writer):
    """Text for ``.usda``, else binary, as USD itself writes it; needs the extra ``usd``."""

    extensions = (".usda", ".usdc", ".usd")

    def begin(self) -> None:
        try:
            import pxr  # noqa: F401
        except ImportError:
            raise OptionError("USD needs the extra 'usd': pip install 'a2e[usd]'") from None
        self.frames: list[Floats] = []

    def add(self, frames: Floats) -> None:
        self.frames.append(frames[:, self.shape_columns].astype(np.float32))
        self.count += len(frames)

    def end(self) -> None:
        suffix = self.path.suffix.lower()
        suffix = suffix if suffix in SUFFIXES else ".usdc"
        with tempfile.TemporaryDirectory() as folder:
            draft = Path(folder) / f"face{suffix}"
            self._stage().Export(str(draft))
            self.file.write(draft.read_bytes())

    def _stage(self) -> Any:
        from pxr import Usd, UsdSkel, Vt

        stage = Usd.Stage.CreateInMemory()
        stage.SetDefaultPrim(UsdSkel.Root.Define(stage, ROOT).GetPrim())
        stage.SetMetadata("comment", readable(Path(self.audio).name))
        stage.SetTimeCodesPerSecond(float(self.fps))
        stage.SetFramesPerSecond(float(self.fps))
        stage.SetStartTimeCode(0)
        stage.SetEndTimeCode(max(0, self.count - 1))
        animation = UsdSkel.Animation.Define(stage, ANIMATION)
        UsdSkel.BindingAPI.Apply(stage.GetDefaultPrim()).CreateAnimationSourceRel().SetTargets(
            [ANIMATION]
        )
        for name, value in exact(self.fps).items():
            animation.GetPrim().SetCustomDataByKey(name, Vt.IntArray(value))
        animation.CreateBlendShapesAttr(Vt.TokenArray(self.shapes))
        weights = animation.CreateBlendShapeWeightsAttr()
        for code, values in enumerate(row for part in self.frames for row in part):
            weights.Set(Vt.FloatArray.FromNumpy(np.ascontiguousarray(values)), code)
        return stage
