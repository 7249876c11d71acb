"""Avatars in three.js, loaded by its own loaders, in a real browser."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from a2e.shapes import ARKIT
from tests.web.faces import heads
from tests.web.faces.avatars import LACKING

MODULE = "/tests/three-page.js"
NAMES = list(ARKIT)
CLOSED = 0.06
"""Gap of the weights at which lips meet, in the units of `a2e.post.moods.LipGap`."""

FEW = 40
"""Pixels of a shut mouth at most: those of its seam and of the face's rim."""

Frames = NDArray[np.float32]


def load(page: Any, avatar: str, face: str, names: list[str] = NAMES, options: Any = None) -> Any:
    page.evaluate("([module, avatar]) => load(module, avatar)", [MODULE, avatar])
    return page.evaluate("(all) => stage.wear(...all)", [face, names, options or {}])


def gaps(page: Any, frames: Frames) -> NDArray[np.float64]:
    return np.array(page.evaluate("(frames) => stage.gaps(frames)", frames.tolist()))


def pose(**weights: float) -> list[float]:
    """A frame by shapes; a name without its side is both."""
    return [
        weights.get(name, weights.get(name.removesuffix("Left").removesuffix("Right"), 0))
        for name in ARKIT
    ]


def dark(page: Any, weights: list[float]) -> int:
    return int(page.evaluate("(weights) => { stage.show(weights); return stage.dark(); }", weights))


def bilabials(frames: Frames) -> NDArray[np.bool_]:
    """Frames whose lips are pressed together."""
    column = ARKIT.index
    gap = frames[:, column("jawOpen")] - frames[:, column("mouthClose")]
    for lip in ("mouthLowerDown", "mouthUpperUp"):
        gap = gap + frames[:, [column(lip + "Left"), column(lip + "Right")]].mean(1) / 2
    return (gap < CLOSED) & (frames[:, column("mouthPressLeft")] > 0.2)


@pytest.mark.parametrize(("avatar", "missing"), [("plain.glb", ()), ("odd.glb", LACKING)])
def test_every_shape_moves_its_vertices(
    page: Any, frames: Frames, avatar: str, missing: tuple[str, ...]
) -> None:
    told = load(page, avatar, "ThreeFace")
    assert sorted(told["missing"]) == sorted(missing)
    shown = frames.copy()
    shown[:, [ARKIT.index(name) for name in missing]] = 0
    np.testing.assert_allclose(gaps(page, frames), heads.gap(shown), atol=1e-5)
    for mesh in heads.head():
        for name, move in mesh.moves.items():
            if name in missing:
                continue
            at = int(np.abs(move).max(1).argmax())
            page.evaluate("(weights) => stage.show(weights)", pose(**{name: 0.5}))
            point = page.evaluate("(all) => stage.point(...all)", [mesh.name, at])
            expected = mesh.points[at] + 0.5 * move[at]
            assert [point[axis] for axis in "xyz"] == pytest.approx(expected.tolist(), abs=1e-5), (
                name
            )


def test_a_mouth_opens_and_shuts_in_the_picture(page: Any) -> None:
    load(page, "odd.glb", "ThreeFace")
    rest, wide = dark(page, pose()), dark(page, pose(jawOpen=0.8))
    assert rest < FEW
    assert wide > 400
    assert dark(page, pose(jawOpen=0.8, mouthClose=0.8)) < FEW


def test_what_a_rig_has_is_told_where_it_has_none_of_ours(page: Any) -> None:
    with pytest.raises(Exception, match=r"no shape of the three\.js object .*: there are Smile"):
        load(page, "foreign.glb", "ThreeFace")
    with pytest.raises(Exception, match=r"named as in ARKit.*: there are none"):
        load(page, "still.glb", "ThreeFace")
    with pytest.raises(Exception, match=r"no shape of the avatar .*: there are Smile"):
        load(page, "foreign.glb", "TalkingHeadFace")


# Visemes


def assert_speaks_and_shuts(page: Any, frames: Frames, seam: float) -> None:
    """Lips follow the head with all shapes, and meet, but for a ``seam``, where the weights' do."""
    shown, expected = gaps(page, frames), heads.gap(frames)
    assert np.corrcoef(shown, expected)[0, 1] > 0.9
    assert 0.5 < shown.std() / expected.std() < 2
    closures = bilabials(frames)
    assert closures.sum() >= 3
    assert np.abs(shown[closures]).max() <= seam


def test_an_avatar_with_visemes_speaks(page: Any, frames: Frames) -> None:
    told = load(page, "visemes.glb", "TalkingHeadFace")
    assert told["mouth"] == "visemes"
    assert "eyeBlinkLeft" not in told["missing"]
    assert "browDownLeft" in told["missing"]
    assert "jawOpen" not in told["missing"]
    assert_speaks_and_shuts(page, frames, 0.07 * heads.JAW)
    at = "stage.point('Eyes', 0).y"
    before = page.evaluate(f"(stage.show({pose()}), {at})")
    assert page.evaluate(f"(stage.show({pose(eyeBlink=1)}), {at})") - before == pytest.approx(0.08)
    load(page, "visemes.glb", "TalkingHeadFace", options={"eyes": False})
    assert page.evaluate(f"(stage.show({pose(eyeBlink=1)}), {at})") == pytest.approx(before)


def test_an_avatar_with_all_shapes_shows_them(page: Any, frames: Frames) -> None:
    assert load(page, "plain.glb", "TalkingHeadFace")["mouth"] == "arkit"
    np.testing.assert_allclose(gaps(page, frames), heads.gap(frames), atol=1e-5)


# VRM


@pytest.mark.parametrize("avatar", ["perfect.vrm", "old-perfect.vrm"])
def test_perfect_sync_shows_every_shape(page: Any, frames: Frames, avatar: str) -> None:
    told = load(page, avatar, "VrmFace")
    assert told["perfectSync"]
    assert told["missing"] == []
    np.testing.assert_allclose(gaps(page, frames), heads.gap(frames), atol=1e-5)


@pytest.mark.parametrize(
    ("avatar", "missing"), [("presets.vrm", []), ("old.vrm", ["blinkLeft", "blinkRight"])]
)
def test_presets_speak_and_shut(page: Any, frames: Frames, avatar: str, missing: list[str]) -> None:
    told = load(page, avatar, "VrmFace")
    assert not told["perfectSync"]
    assert told["missing"] == missing
    assert_speaks_and_shuts(page, frames, 1e-6)
    for weights in frames[bilabials(frames)].tolist():
        page.evaluate("(weights) => stage.show(weights)", weights)
        assert page.evaluate("stage.expressions(['aa', 'ih', 'ou', 'ee', 'oh'])") == [0] * 5
    assert dark(page, pose()) < FEW
    assert dark(page, pose(jawOpen=0.8, mouthLowerDown=0.3)) > 300


def test_lids_of_presets(page: Any) -> None:
    load(page, "presets.vrm", "VrmFace")
    page.evaluate("(weights) => stage.show(weights)", pose(eyeBlinkLeft=0.75))
    assert page.evaluate("stage.expressions(['blinkLeft', 'blinkRight', 'blink'])") == [0.75, 0, 0]
    load(page, "old.vrm", "VrmFace")
    page.evaluate("(weights) => stage.show(weights)", pose(eyeBlink=0.75))
    assert page.evaluate("stage.expressions(['blink'])") == [0.75]


def test_a_look_turns_bones_or_expressions(page: Any) -> None:
    left = pose(eyeLookOutLeft=0.5, eyeLookInRight=0.5, eyeLookUp=0.5)
    load(page, "presets.vrm", "VrmFace")
    page.evaluate("(weights) => stage.show(weights)", left)
    looks = page.evaluate("stage.expressions(['lookLeft', 'lookUp'])")
    assert looks == pytest.approx([15 / 90, 15 / 90])
    load(page, "old.vrm", "VrmFace")
    page.evaluate("(weights) => stage.show(weights)", left)
    up, side = page.evaluate("stage.turn('leftEye')")
    assert abs(side) == pytest.approx(15 * 10 / 90, abs=0.01)
    assert abs(up) == pytest.approx(15 * 10 / 90, abs=0.01)
