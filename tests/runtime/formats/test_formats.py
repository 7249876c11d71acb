"""Writers, read back by independent means."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import a2e
from a2e.formats import FORMATS, open_writer
from a2e.shapes import ARKIT


@pytest.fixture
def clip() -> a2e.Clip:
    weights = np.random.default_rng(0).random((95, 52)).astype(np.float32)
    return a2e.Clip(weights, ARKIT, 30)


def test_bsdata(clip: a2e.Clip, tmp_path: Path) -> None:
    clip.save(tmp_path / "face.json")
    face = json.loads((tmp_path / "face.json").read_text())
    assert set(face) == {"names", "metadata", "frames"}
    assert face["names"] == list(ARKIT)
    assert face["metadata"] == {"fps": 30.0, "frame_count": 95, "blendshape_names": list(ARKIT)}
    assert [set(frame) for frame in face["frames"]] == [{"weights", "time", "rotation"}] * 95
    assert face["frames"][45]["time"] == 1.5
    assert face["frames"][45]["rotation"] == []
    found = np.array([frame["weights"] for frame in face["frames"]])
    np.testing.assert_allclose(found, clip.weights, atol=1e-6)


def test_live_link_csv(clip: a2e.Clip, tmp_path: Path) -> None:
    clip.save(tmp_path / "face.csv")
    with (tmp_path / "face.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert len(header) == 63
    assert header[:4] == ["Timecode", "BlendshapeCount", "EyeBlinkLeft", "EyeLookDownLeft"]
    assert header.index("JawRight") + 1 == header.index("JawLeft")
    assert header.index("MouthRight") + 1 == header.index("MouthLeft")
    assert header[-9:-6] == ["HeadYaw", "HeadPitch", "HeadRoll"]
    assert (rows[0][0], rows[94][0]) == ("00:00:00:00.000", "00:00:03:04.000")
    assert {row[1] for row in rows} == {"61"}
    table = {name: [float(row[i]) for row in rows] for i, name in enumerate(header) if i > 1}
    for column, name in enumerate(ARKIT):
        expected = clip.weights[:, column]
        np.testing.assert_allclose(table[name[0].upper() + name[1:]], expected, atol=1e-6)
    assert set(table["HeadYaw"]) == {0.0}
    assert all(len(cell.split(".")[1]) == 10 for cell in rows[0][2:])


def test_audio2face(clip: a2e.Clip, tmp_path: Path) -> None:
    with open_writer(tmp_path / "a.json", ARKIT, 30, "audio2face", "speech.wav") as writer:
        writer.write(clip.weights)
    face = json.loads((tmp_path / "a.json").read_text())
    np.testing.assert_allclose(face.pop("weightMat"), clip.weights, atol=1e-6)
    assert face == {
        "exportFps": 30.0,
        "trackPath": "speech.wav",
        "numPoses": 52,
        "numFrames": 95,
        "facsNames": list(ARKIT),
    }


def test_talkinghead(clip: a2e.Clip, tmp_path: Path) -> None:
    clip.save(tmp_path / "hello.json", "talkinghead")
    face = json.loads((tmp_path / "hello.json").read_text())
    assert face["name"] == "hello"
    assert len(face["dt"]) == 95
    assert sum(face["dt"]) == pytest.approx(95_000 / 30, abs=0.1)
    assert list(face["vs"]) == list(ARKIT)
    np.testing.assert_allclose(np.array(list(face["vs"].values())).T, clip.weights, atol=1e-6)


def test_npz(clip: a2e.Clip, tmp_path: Path) -> None:
    clip.save(tmp_path / "face.npz")
    with np.load(tmp_path / "face.npz") as face:
        np.testing.assert_array_equal(face["weights"], clip.weights)
        assert tuple(face["names"]) == ARKIT
        assert face["fps"] == 30


def test_ndjson(clip: a2e.Clip, tmp_path: Path) -> None:
    clip.save(tmp_path / "face.ndjson")
    head, *frames = map(json.loads, (tmp_path / "face.ndjson").read_text().splitlines())
    assert head == {"names": list(ARKIT), "fps": 30}
    assert [frame["index"] for frame in frames] == list(range(95))
    assert frames[30]["time"] == 1.0
    np.testing.assert_allclose([f["weights"] for f in frames], clip.weights, atol=1e-6)


@pytest.mark.parametrize("format", FORMATS)
def test_frames_may_come_in_pieces_or_not_at_all(clip, tmp_path: Path, format: str) -> None:
    with open_writer(tmp_path / "whole", ARKIT, 30, format, "x") as writer:
        writer.write(clip.weights)
    with open_writer(tmp_path / "parts", ARKIT, 30, format, "x") as writer:
        for part in np.split(clip.weights, [0, 1, 7, 7]):
            writer.write(part)
    if format != "npz":
        assert (tmp_path / "whole").read_bytes() == (tmp_path / "parts").read_bytes()
    with open_writer(tmp_path / "none", ARKIT, 30, format, "x"):
        pass
    if format not in ("npz", "livelink", "ndjson"):
        json.loads((tmp_path / "none").read_text())


def test_nothing_half_written_remains(clip: a2e.Clip, tmp_path: Path) -> None:
    path = tmp_path / "face.json"
    path.write_text("before")
    with pytest.raises(RuntimeError), open_writer(path, ARKIT, 30) as writer:
        writer.write(clip.weights)
        raise RuntimeError
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_model_with_other_shapes_is_mapped_by_name(tmp_path: Path) -> None:
    clip = a2e.Clip(np.ones((1, 2), np.float32), ("smirk", "jawOpen"), 30)
    clip.save(tmp_path / "face.csv")
    header, row = ((tmp_path / "face.csv").read_text()).splitlines()
    values = dict(zip(header.split(",")[2:], map(float, row.split(",")[2:]), strict=True))
    assert {name: value for name, value in values.items() if value} == {"JawOpen": 1.0}


def test_bad_targets(clip: a2e.Clip, tmp_path: Path) -> None:
    with pytest.raises(a2e.OptionError, match=r"face\.xyz tells no format: use one of \.json"):
        clip.save(tmp_path / "face.xyz")
    with pytest.raises(a2e.OptionError, match="format must be one of bsdata, .*; got 'fbx'"):
        clip.save(tmp_path / "face.json", "fbx")
    with pytest.raises(a2e.OptionError, match="can't write to .*No such file"):
        clip.save(tmp_path / "gone" / "face.json")
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(a2e.OptionError, match="is a folder"):
        clip.save(tmp_path / "folder.json")
