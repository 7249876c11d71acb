"""Animations baked onto heads, played by three.js."""

from __future__ import annotations

import base64
import json
import re
import struct
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import a2e
from a2e.console import main
from a2e.data import SPEECH
from a2e.shapes import ARKIT
from a2e.spelling import match_shapes
from a2e.visemes import shape_map
from tests.web.faces import avatars
from tests.web.faces.conftest import MODULES
from tests.web.node import find_node

HERE = Path(__file__).parent
FILM = Fraction(24_000, 1001)
OCULUS = dict(zip(("viseme_ih", "viseme_oh", "viseme_ou"), "IOU", strict=True))
Frames = NDArray[np.float32]


@pytest.fixture(scope="module")
def heads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (MODULES / "three").is_dir():
        pytest.skip("three.js is not installed: run npm ci in web/")
    folder = tmp_path_factory.mktemp("heads")
    for name, content in avatars.all_files().items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def clip() -> a2e.Clip:
    weights = np.random.default_rng(3).random((12, 52), np.float32)
    return a2e.Clip(weights, ARKIT, FILM)


def play(path: Path, times: list[float], name: str = "speech") -> dict[str, Any]:
    command = [find_node(), HERE / "gltf-player.mjs", path, name, *map(str, times)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def keyed(clip: a2e.Clip) -> list[float]:
    return [float(k / clip.fps) for k in range(len(clip))]


def shown(found: dict[str, Any], target: str) -> Frames:
    """A morph target over the times, which is alike on every mesh that has it."""
    columns = {
        tuple(mesh[target] for mesh in at.values() if target in mesh) for at in found["shown"]
    }
    assert all(len(set(values)) == 1 for values in columns)
    values = [next(m[target] for m in at.values() if target in m) for at in found["shown"]]
    return np.array(values, np.float32)


def json_of(path: Path) -> dict[str, Any]:
    raw = path.read_bytes()
    (length,) = struct.unpack_from("<I", raw, 12)
    content: dict[str, Any] = json.loads(raw[20 : 20 + length])
    return content


@pytest.mark.parametrize("out", ["face.glb", "face.gltf"])
def test_three_js_shows_the_frames_at_their_times(
    heads: Path, clip: a2e.Clip, tmp_path: Path, out: str
) -> None:
    clip.save(tmp_path / out, audio="speech.wav", onto=heads / "plain.glb")
    times = keyed(clip)
    found = play(tmp_path / out, [*times, (times[4] + times[5]) / 2])
    np.testing.assert_array_equal(np.float32(found["keys"]), np.float32(times))
    expected = np.concatenate([clip.weights, clip.weights[4:6].mean(0, keepdims=True)])
    for column, name in enumerate(ARKIT):
        np.testing.assert_allclose(shown(found, name), expected[:, column], atol=1e-5)


def test_any_spelling(heads: Path, clip: a2e.Clip, tmp_path: Path) -> None:
    clip.save(tmp_path / "face.glb", audio="speech.wav", onto=heads / "odd.glb")
    found = play(tmp_path / "face.glb", keyed(clip))
    moved = set()
    for mesh, targets in found["shown"][0].items():
        for name in ARKIT:
            target = avatars.odd(mesh, name)
            if target in targets:
                moved.add(name)
                values = np.array([at[mesh][target] for at in found["shown"]])
                np.testing.assert_allclose(values, clip.weights[:, ARKIT.index(name)], atol=1e-5)
    assert set(ARKIT) - moved == set(avatars.LACKING)


def test_heads_with_visemes_alone(heads: Path, clip: a2e.Clip, tmp_path: Path) -> None:
    for head, set in (("visemes.glb", "oculus"), ("presets.vrm", "vrm"), ("old.vrm", "vrm")):
        clip.save(tmp_path / "face.glb", audio="speech.wav", onto=heads / head)
        found = play(tmp_path / "face.glb", keyed(clip))
        mouths = shape_map(set, ARKIT, 30)
        assert mouths is not None
        shares = mouths.step(clip.weights)
        for column, name in enumerate(mouths.names):
            target = f"viseme_{OCULUS[name]}" if name in OCULUS else name
            if set == "vrm":
                target = avatars.SIDED[name]
            if head == "old.vrm" and name.startswith("blink"):
                continue
            np.testing.assert_allclose(shown(found, target), shares[:, column], atol=1e-5)
    # what visemes are no names of stays ARKit's
    clip.save(tmp_path / "face.glb", audio="speech.wav", onto=heads / "visemes.glb")
    found = play(tmp_path / "face.glb", keyed(clip))
    lids = clip.weights[:, ARKIT.index("eyeBlinkLeft")]
    np.testing.assert_allclose(shown(found, "eyeBlinkLeft"), lids, atol=1e-5)


@pytest.mark.parametrize("head", ["perfect.vrm", "old-perfect.vrm"])
def test_perfect_sync_is_arkit(heads: Path, clip: a2e.Clip, tmp_path: Path, head: str) -> None:
    clip.save(tmp_path / "face.glb", audio="speech.wav", onto=heads / head)
    found = play(tmp_path / "face.glb", keyed(clip))
    jaw = clip.weights[:, ARKIT.index("jawOpen")]
    np.testing.assert_allclose(shown(found, "jawOpen"), jaw, atol=1e-5)


def apart(head: Path, folder: Path) -> Path:
    """The head as .gltf with its data, and a picture, in files beside it."""
    content, raw = json_of(head), head.read_bytes()
    (length,) = struct.unpack_from("<I", raw, 12)
    (folder / "a head.bin").write_bytes(raw[28 + length :])
    (folder / "skin.png").write_bytes(base64.b64decode("iVBORw0KGgo="))
    content["buffers"][0]["uri"] = "a%20head.bin"
    content["images"] = [{"uri": "skin.png"}]
    (folder / "head.gltf").write_text(json.dumps(content))
    return folder / "head.gltf"


def test_files_beside_a_head_come_into_one(heads: Path, clip: a2e.Clip, tmp_path: Path) -> None:
    head = apart(heads / "plain.glb", tmp_path)
    clip.save(tmp_path / "face.glb", audio="speech.wav", onto=head)
    clip.save(tmp_path / "whole.glb", audio="speech.wav", onto=heads / "plain.glb")
    found = json_of(tmp_path / "face.glb")
    (image,) = found["images"]
    assert set(image) == {"mimeType", "bufferView"}
    assert "uri" not in found["buffers"][0]
    assert found["animations"] == json_of(tmp_path / "whole.glb")["animations"]
    for accessor in found["accessors"]:
        view = found["bufferViews"][accessor["bufferView"]]
        assert (view["byteOffset"] + accessor.get("byteOffset", 0)) % 4 == 0
    (tmp_path / "skin.png").unlink()
    with pytest.raises(a2e.OptionError, match=r"skin\.png can't be read: No such file"):
        clip.save(tmp_path / "face.glb", onto=head)


def test_other_animations_stay_and_the_same_is_replaced(
    heads: Path, clip: a2e.Clip, tmp_path: Path
) -> None:
    face, still = tmp_path / "face.glb", a2e.Clip(clip.weights * 0, ARKIT, 30)
    clip.save(face, audio="one.wav", onto=heads / "plain.glb")
    clip.save(face, audio="two.wav", onto=face)
    still.save(face, audio="one.wav", onto=face)
    found = play(face, keyed(clip), "two")
    assert found["animations"] == ["two", "one"]
    jaw = clip.weights[:, ARKIT.index("jawOpen")]
    np.testing.assert_allclose(shown(found, "jawOpen"), jaw, atol=1e-5)
    assert play(face, [0.1], "one")["shown"][0]["Head"]["jawOpen"] == 0


def test_what_nothing_moves_stays(heads: Path, clip: a2e.Clip, tmp_path: Path) -> None:
    content = json.loads(apart(heads / "plain.glb", tmp_path).read_text())
    del content["images"]
    names = content["meshes"][0]["extras"]["targetNames"]
    names[names.index("jawOpen")] = "Fat"
    content["meshes"][0]["weights"][names.index("Fat")] = 0.7
    (tmp_path / "fat.gltf").write_text(json.dumps(content))
    clip.save(tmp_path / "face.glb", audio="speech.wav", onto=tmp_path / "fat.gltf")
    found = play(tmp_path / "face.glb", keyed(clip))
    assert np.ptp(shown(found, "Fat")) == 0
    assert shown(found, "Fat")[0] == pytest.approx(0.7)


def test_the_command(heads: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    face = tmp_path / "face.glb"
    command = ["animate", str(SPEECH), "--seed", "1", "--onto", str(heads / "plain.glb")]
    assert main([*command, "-o", str(face)]) == 0
    capsys.readouterr()
    expected = a2e.load().animate_file(SPEECH, seed=1)
    found = play(face, keyed(expected)[:60], SPEECH.stem)
    jaw = expected.weights[:60, ARKIT.index("jawOpen")]
    np.testing.assert_allclose(shown(found, "jawOpen"), jaw, atol=1e-5)
    for head, said in {
        "foreign.glb": "no morph target is named as in ARKit.*: there are Smile",
        "still.glb": "it has none with names",
        "none.glb": "can't be read: No such file",
        "short.glb": "of its [0-9]+ bytes are there",
        "text.glb": "can't be read as glTF: Expecting value",
        "old.gltf": "version 1.0; 2.0 is read",
        "far.gltf": "refers to https://example.com/a.bin",
        "bare.gltf": "lacks 'asset'",
        "nan.gltf": "can't be read as glTF: Out of range",
    }.items():
        (heads / "short.glb").write_bytes((heads / "plain.glb").read_bytes()[:5000])
        (heads / "text.glb").write_text("hello")
        (heads / "old.gltf").write_text('{"asset": {"version": "1.0"}}')
        (heads / "far.gltf").write_text(
            '{"asset":{"version":"2.0"},"buffers":[{"uri":"https://example.com/a.bin"}]}'
        )
        (heads / "bare.gltf").write_text("{}")
        whole = json_of(heads / "plain.glb") | {"extras": float("nan"), "bufferViews": []}
        (heads / "nan.gltf").write_text(json.dumps(whole))
        command[-1] = str(heads / head)
        assert main([*command, "-o", str(tmp_path / "no.glb")]) != 0
        told = capsys.readouterr().err.strip()
        assert "\n" not in told
        assert re.search(said, told), told
        assert not (tmp_path / "no.glb").exists()
    assert main([*command[:-2], "-o", str(tmp_path / "no.glb")]) != 0
    assert "--onto head.glb" in capsys.readouterr().err
    assert main([*command, "-o", str(tmp_path / "no.npz")]) != 0
    assert "leave onto out" in capsys.readouterr().err


def test_spellings_are_those_of_the_page() -> None:
    words = ["", "L", "x", "Left", "_r", ".001", "teeth_"]
    targets = [f"{a}{name}{b}" for name in ARKIT for a in words for b in words]
    targets += [avatars.snake(name) for name in ARKIT]
    script = (
        'import { matchShapes } from "./web/faces/spelling.js";'
        "const [targets, names] = JSON.parse(process.argv[1]);"
        "console.log(JSON.stringify(matchShapes(targets, names)));"
    )
    command = [find_node(), "--input-type=module", "-e", script, json.dumps([targets, ARKIT])]
    done = subprocess.run(command, cwd=HERE.parents[2], capture_output=True, text=True, check=True)
    assert match_shapes(targets, ARKIT) == json.loads(done.stdout)
