"""The add-on in Blender itself (``bpy``)."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from tests.integration.service import a2e

ROOT = Path(__file__).parents[3]
SPEECH = ROOT / "runtime/a2e/data/speech.flac"
SEED = ("--seed", "1")
sys.path.insert(0, str(ROOT / "examples/blender"))
import a2e_blender  # noqa: E402

SPELLED = {"jawOpen": "Wolf3D_Head.jaw_open", "mouthSmileLeft": "mouthSmile_L", "browInnerUp": "x"}


@pytest.fixture(scope="module", autouse=True)
def registered() -> Iterator[None]:
    a2e_blender.register()
    yield
    a2e_blender.unregister()


@pytest.fixture(autouse=True)
def empty() -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.frame_set(1)


def head(*keys: str) -> Any:
    """An object with shape keys, active and selected."""
    bpy.ops.mesh.primitive_cube_add()
    thing = bpy.context.object
    thing.shape_key_add(name="Basis")
    for key in keys:
        thing.shape_key_add(name=key)
    return thing


def animated(path: Path, *options: str) -> Path:
    command = a2e("animate", SPEECH, "-o", path, *SEED, *options)
    subprocess.run(command, check=True, capture_output=True)
    return path


def weights(path: Path, name: str) -> np.ndarray:
    with np.load(path) as file:
        column: np.ndarray = file["weights"][:, list(file["names"]).index(name)]
    return column


def shown(thing: Any, key: str, frames: np.ndarray) -> np.ndarray:
    """What Blender shows at (parts of) frames of the scene."""
    found = []
    for frame in frames:
        bpy.context.scene.frame_set(int(frame), subframe=float(frame) % 1)
        seen = thing.evaluated_get(bpy.context.evaluated_depsgraph_get())
        found.append(seen.data.shape_keys.key_blocks[key].value)
    return np.array(found)


def set_rate(fps: int, base: float = 1.0) -> None:
    bpy.context.scene.render.fps, bpy.context.scene.render.fps_base = fps, base


@pytest.mark.parametrize(
    ("name", "format"),
    [
        *(("f.npz", "npz"), ("f.json", "bsdata"), ("f.csv", "livelink"), ("f.ndjson", "ndjson")),
        *(("a.json", "audio2face"), ("t.json", "talkinghead")),
    ],
)
def test_every_file_is_keyed(tmp_path: Path, name: str, format: str) -> None:
    thing = head(*SPELLED.values(), "browInnerUp_L", "browInnerUp_R", "Fat")
    set_rate(60)
    path = animated(tmp_path / name, "--format", format)
    assert bpy.ops.a2e.key_file(filepath=str(path)) == {"FINISHED"}
    truth = animated(tmp_path / "truth.npz")
    frames = 1 + 2 * np.arange(40)  # 30 frames a second in a scene of 60, from frame 1 on
    for shape, key in {"jawOpen": SPELLED["jawOpen"], "browInnerUp": "browInnerUp_R"}.items():
        expected = weights(truth, shape)[:40]
        np.testing.assert_allclose(shown(thing, key, frames), expected, atol=2e-5)
        between = (expected[3] + expected[4]) / 2
        np.testing.assert_allclose(shown(thing, key, frames[3:4] + 1), between, atol=2e-5)
    assert bpy.context.scene.frame_end >= 1 + 2 * (len(weights(truth, "jawOpen")) - 1)


def test_speech_is_keyed_at_the_scenes_rate(tmp_path: Path) -> None:
    thing = head("jawOpen")
    set_rate(24, 1.001)
    assert a2e_blender.scene_rate(bpy.context.scene) == Fraction(24_000, 1001)
    bpy.context.scene.frame_set(10)
    command = shlex.join(a2e())
    done = bpy.ops.a2e.key_speech(filepath=str(SPEECH), command=command, options=shlex.join(SEED))
    assert done == {"FINISHED"}
    expected = weights(animated(tmp_path / "f.npz", "--fps", "24000/1001"), "jawOpen")
    found = shown(thing, "jawOpen", 10 + np.arange(len(expected)))
    np.testing.assert_allclose(found, expected, atol=2e-5)
    assert bpy.data.actions["speech"]


def test_what_can_not_be_done_is_told_in_a_line(tmp_path: Path) -> None:
    file = str(animated(tmp_path / "f.npz"))
    (tmp_path / "no.json").write_text("{}")
    said = {
        (lambda: bpy.ops.a2e.key_file(filepath=file)): "no object is active",
        (lambda: head("Fat") and bpy.ops.a2e.key_file(filepath=file)): "such as browDownLeft: Fat",
        (lambda: bpy.ops.a2e.key_file(filepath=str(tmp_path / "no.json"))): "is no file of a2e's",
        (lambda: bpy.ops.a2e.key_file(filepath="/none.npz")): "No such file",
        (lambda: bpy.ops.a2e.key_speech(filepath=file, command="/no/a2e")): "set its path",
        (lambda: bpy.ops.a2e.key_speech(filepath="/none.wav", command=shlex.join(a2e()))): "none",
    }
    for act, expected in said.items():
        with pytest.raises(RuntimeError, match=expected):
            act()
    assert not bpy.data.actions


def test_spellings_are_the_librarys() -> None:
    names = ["jawOpen", "mouthSmileLeft", "mouthSmileRight", "browInnerUp"]
    targets = ["teeth_jawOpen", "JAW_OPEN", "L_mouthSmile", "mouthSmileR", "browInnerUp_L", "Smile"]
    code = f"from a2e.spelling import *; print(match_shapes({targets!r}, {names!r}))"
    told = subprocess.run([a2e()[0], "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == str(a2e_blender.match_shapes(targets, names))
