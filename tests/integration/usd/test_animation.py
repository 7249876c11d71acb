"""USD files, read back by USD."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from pxr import Gf, Usd, UsdGeom, UsdSkel, Vt

import a2e
from a2e.console import main
from a2e.data import SPEECH
from a2e.shapes import ARKIT, HEAD

FILM = Fraction(24_000, 1001)


@pytest.fixture
def clip() -> a2e.Clip:
    weights = np.random.default_rng(5).random((9, 55), np.float32)
    return a2e.Clip(weights, (*ARKIT, *HEAD), FILM)


@pytest.mark.parametrize("name", ["face.usda", "face.usdc", "face.usd"])
def test_weights_stand_at_their_times(clip: a2e.Clip, tmp_path: Path, name: str) -> None:
    clip.save(tmp_path / name)
    text = (tmp_path / name).read_bytes().startswith(b"#usda")
    assert text == (name == "face.usda")
    stage = Usd.Stage.Open(str(tmp_path / name))
    assert stage.GetTimeCodesPerSecond() == float(FILM)
    assert (stage.GetStartTimeCode(), stage.GetEndTimeCode()) == (0, 8)
    root = UsdSkel.Root(stage.GetDefaultPrim())
    assert root
    query = UsdSkel.Cache().GetAnimQuery(
        UsdSkel.Animation(stage.GetPrimAtPath(root.GetPath().AppendChild("Animation")))
    )
    assert tuple(query.GetBlendShapeOrder()) == ARKIT
    for code, row in enumerate(clip.weights):
        shown = np.array(query.ComputeBlendShapeWeights(code))
        np.testing.assert_allclose(shown, row[:52], rtol=2e-7)  # text has nine digits
    halfway = np.array(query.ComputeBlendShapeWeights(2.5))
    np.testing.assert_allclose(halfway, clip.weights[2:4, :52].mean(0), atol=1e-6)
    assert list(query.GetPrim().GetCustomDataByKey("fps_exact")) == [24_000, 1001]


def test_a_head_that_takes_the_animation_moves(clip: a2e.Clip, tmp_path: Path) -> None:
    clip.save(tmp_path / "face.usdc")
    stage = Usd.Stage.CreateInMemory()
    stage.SetTimeCodesPerSecond(float(FILM))  # at another rate USD stretches what it refers to
    UsdSkel.Root.Define(stage, "/Head")
    skeleton = UsdSkel.Skeleton.Define(stage, "/Head/Skeleton")
    source = stage.DefinePrim("/Head/Speech")
    source.GetReferences().AddReference(str(tmp_path / "face.usdc"), "/Face/Animation")
    binding = UsdSkel.BindingAPI.Apply(skeleton.GetPrim())
    binding.CreateAnimationSourceRel().SetTargets(["/Head/Speech"])
    mesh = UsdGeom.Mesh.Define(stage, "/Head/Mesh")
    mesh.CreatePointsAttr([Gf.Vec3f(0, 0, 0)])
    shape = UsdSkel.BlendShape.Define(stage, "/Head/Mesh/jaw")
    shape.CreateOffsetsAttr([Gf.Vec3f(0, -1, 0)])
    bound = UsdSkel.BindingAPI.Apply(mesh.GetPrim())
    bound.CreateSkeletonRel().SetTargets(["/Head/Skeleton"])
    bound.CreateBlendShapesAttr(Vt.TokenArray(["jawOpen"]))
    bound.CreateBlendShapeTargetsRel().SetTargets(["/Head/Mesh/jaw"])
    UsdSkel.BakeSkinning(UsdSkel.Root(stage.GetPrimAtPath("/Head")), Gf.Interval(0, 8))
    heights = [mesh.GetPointsAttr().Get(code)[0][1] for code in range(9)]
    np.testing.assert_allclose(heights, -clip.weights[:, ARKIT.index("jawOpen")], rtol=1e-6)


def test_the_command(tmp_path: Path) -> None:
    command = ["animate", str(SPEECH), "--seed", "1", "-o", str(tmp_path / "face.usda")]
    assert main([*command, "--fps", "60"]) == 0
    expected = a2e.load().animate_file(SPEECH, seed=1, fps=60)
    stage = Usd.Stage.Open(str(tmp_path / "face.usda"))
    assert stage.GetTimeCodesPerSecond() == 60
    weights = UsdSkel.Animation(stage.GetPrimAtPath("/Face/Animation")).GetBlendShapeWeightsAttr()
    assert len(weights.GetTimeSamples()) == len(expected)
    np.testing.assert_allclose(weights.Get(100), expected.weights[100], rtol=2e-7)
