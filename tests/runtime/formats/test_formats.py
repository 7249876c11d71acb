"""Writers, read back by independent means."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import a2e
from a2e.formats import FORMATS, open_writer
from a2e.formats.livelink import timecode
from a2e.shapes import ARKIT

WEIGHTS = [name for name, writer in FORMATS.items() if writer.set in ("", "arkit")]
"""Formats of ARKit's weights; those of visemes are tested beside."""


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
    assert (rows[0][0], rows[94][0]) == ("00:00:00:00.000", "00:00:03:08.000")
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
        "joints": [],
        "rotations": [[]] * 95,
        "translations": [[]] * 95,
    }


def test_audio2face_names_the_audio_as_importers_open_it(
    clip: a2e.Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    audio = tmp_path / "a voice of José.wav"
    audio.touch()
    for given in (audio.name, audio, str(audio)):
        clip.save("a.json", "audio2face", audio=given)
        assert json.loads(Path("a.json").read_text())["trackPath"] == str(audio)
    clip.save("a.json", "talkinghead", audio=audio)
    assert json.loads(Path("a.json").read_text())["name"] == audio.name


def test_names_that_are_no_utf8_are_written_as_text(clip: a2e.Clip, tmp_path: Path) -> None:
    for format in ("audio2face", "talkinghead"):
        clip.save(tmp_path / "a.json", format, audio="caf\udce9.wav")
        assert "caf?.wav" in (tmp_path / "a.json").read_text()


@pytest.mark.parametrize("format", WEIGHTS)
def test_shapes_may_have_any_names(tmp_path: Path, format: str) -> None:
    names = ('the "jaw"', "улыбка", "back\\slash", "new\nline", "口")
    with open_writer(tmp_path / "face", names, 30, format) as writer:
        writer.write(np.full((2, 5), 0.5, np.float32))
    if format in ("npz", "livelink"):
        return
    text = (tmp_path / "face").read_text("utf-8")
    face = json.loads(text.splitlines()[0]) if format == "ndjson" else json.loads(text)
    held = face.get("names") or face.get("facsNames") or list(face["vs"])
    assert tuple(held) == names


@pytest.mark.parametrize("format", WEIGHTS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e39])
def test_what_is_not_finite_is_not_written(tmp_path: Path, format: str, value: float) -> None:
    frames: Any = np.zeros((4, 52))
    frames[2, ARKIT.index("jawOpen")] = value
    path = tmp_path / "face"
    path.write_text("before")
    with (
        pytest.raises(
            a2e.OptionError, match=rf"must be finite; jawOpen of frame 6 is {re.escape(str(value))}"
        ),
        open_writer(path, ARKIT, 30, format) as writer,
    ):
        writer.write(np.zeros((4, 52), np.float32))
        writer.write(frames)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("format", WEIGHTS)
def test_frames_of_another_shape_are_refused(tmp_path: Path, format: str) -> None:
    for shape in ((3, 51), (52,), (1, 3, 52)):
        with (
            pytest.raises(a2e.OptionError, match=r"must have the shape \[n, 52\]; got "),
            open_writer(tmp_path / "face", ARKIT, 30, format) as writer,
        ):
            writer.write(np.zeros(shape, np.float32))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fps", [0, -30, np.nan, np.inf])
def test_a_rate_that_can_not_be_is_refused(tmp_path: Path, fps: float) -> None:
    with (
        pytest.raises(a2e.OptionError, match="fps must be a number above 0"),
        open_writer(tmp_path / "face.json", ARKIT, fps),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def read_timecode(cell: str) -> float:
    """Seconds, as importers of Live Link Face recordings read them: frames count at 60."""
    hours, minutes, seconds, frames = cell.split(":")
    assert (len(hours), len(minutes), len(seconds), len(frames)) == (2, 2, 2, 6)
    assert float(frames) < 60
    assert int(seconds) < 60
    assert int(minutes) < 60
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(frames) / 60


@pytest.mark.parametrize("fps", [24, 25, 29.97, 30_000 / 1001, 30, 48, 50, 60, 90, 120])
def test_live_link_frames_are_read_at_their_times(tmp_path: Path, fps: float) -> None:
    count = int(fps * 3) + 1
    with open_writer(tmp_path / "face.csv", ARKIT, fps) as writer:
        writer.write(np.zeros((count, 52), np.float32))
    with (tmp_path / "face.csv").open(newline="") as file:
        times = [read_timecode(row["Timecode"]) for row in csv.DictReader(file)]
    np.testing.assert_allclose(times, np.arange(count) / fps, atol=1e-5)


@pytest.mark.parametrize(
    ("frame", "fps", "expected"),
    [
        (0, 30, "00:00:00:00.000"),
        (29, 30, "00:00:00:58.000"),
        (30, 30, "00:00:01:00.000"),
        (1, 24, "00:00:00:02.500"),
        (1, 25, "00:00:00:02.400"),
        (59, 60, "00:00:00:59.000"),
        (2_999_999, 3_000_000, "00:00:01:00.000"),
        (107_999, 30, "00:59:59:58.000"),
        (108_000, 30, "01:00:00:00.000"),
    ],
)
def test_timecodes(frame: int, fps: float, expected: str) -> None:
    assert timecode(frame, fps) == expected


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


@pytest.mark.parametrize("format", WEIGHTS)
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
