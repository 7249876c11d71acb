"""Formats of visemes, and rates in every format, read back by independent means."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import a2e
from a2e.formats import FORMATS
from a2e.shapes import ARKIT
from a2e.visemes.table import column_names

FILM = Fraction(24_000, 1001)


def shown(set: str, names: str | list[str], fps=30) -> a2e.Clip:
    """A clip of a set's ids, one a frame."""
    columns = column_names(set)
    weights = np.zeros((len(names), len(columns)), np.float32)
    for i, name in enumerate(names):
        weights[i, columns.index(name)] = 1
    return a2e.Clip(weights, columns, fps)


def test_rhubarb(tmp_path: Path) -> None:
    clip = shown("rhubarb", "XXXDDDDDDBBB", 25)
    clip.save(tmp_path / "hi.tsv")
    lines = (tmp_path / "hi.tsv").read_text()
    assert lines == "0.00\tX\n0.12\tD\n0.36\tB\n0.48\tX\n"
    clip.save(tmp_path / "hi.json", "rhubarb-json", audio="a&b.wav")
    found = json.loads((tmp_path / "hi.json").read_text())
    assert found["metadata"] == {"soundFile": "a&b.wav", "duration": 0.48}
    assert found["mouthCues"][1] == {"start": 0.12, "end": 0.36, "value": "D"}
    clip.save(tmp_path / "hi.xml", audio="a&b.wav")
    root = ElementTree.parse(tmp_path / "hi.xml").getroot()
    cues = [(c.get("start"), c.get("end"), c.text) for c in root.iter("mouthCue")]
    assert cues == [("0.00", "0.12", "X"), ("0.12", "0.36", "D"), ("0.36", "0.48", "B")]
    assert root.findtext("metadata/soundFile") == "a&b.wav"


def test_moho_counts_frames_from_one(tmp_path: Path) -> None:
    shown("rhubarb", "XXAAHG", 24).save(tmp_path / "hi.dat")
    expected = "MohoSwitch1\n1 rest\n3 MBP\n5 L\n6 FV\n7 rest\n"
    assert (tmp_path / "hi.dat").read_text() == expected


def test_azure_tells_ticks(tmp_path: Path) -> None:
    clip = shown("azure", ["0", "0", "21", "2"], FILM)
    clip.save(tmp_path / "a.json", "azure-visemes")
    found = json.loads((tmp_path / "a.json").read_text())["visemes"]
    offsets = [round(k * 10_000_000 / FILM) for k in (0, 2, 3)]
    assert [event["audio_offset"] for event in found] == offsets
    assert [event["viseme_id"] for event in found] == [0, 21, 2]


def test_talkinghead_gets_its_own_names_and_no_flicker(tmp_path: Path) -> None:
    columns = column_names("oculus")
    names = ["sil"] * 3 + ["I"] * 6 + ["SS"] + ["I"] * 3 + ["PP"] + ["U"] * 4
    weights = np.zeros((len(names), 15), np.float32)
    for i, name in enumerate(names):
        weights[i, columns.index(f"viseme_{name}")] = 0.6
    clip = a2e.Clip(weights, columns, 30)
    clip.save(tmp_path / "t.json", "talkinghead-visemes")
    found = json.loads((tmp_path / "t.json").read_text())
    assert found["visemes"] == ["I", "PP", "U"]
    assert found["vtimes"] == [100, 433, 467]
    assert found["vdurations"] == [333, 34, 133]


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_wrong_shapes_leave_no_file(format: str, tmp_path: Path) -> None:
    needed = FORMATS[format].set
    if not needed:
        return
    other = "azure" if needed != "azure" else "rhubarb"
    with pytest.raises(a2e.OptionError, match="this format holds") as caught:
        shown(other, [column_names(other)[0]] * 3).save(tmp_path / "face.out", format)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", ["bsdata", "ndjson", "npz", "talkinghead"])
def test_any_shapes_go_where_names_are(format: str, tmp_path: Path) -> None:
    shown("oculus", [column_names("oculus")[1]] * 3).save(tmp_path / "face.out", format)
    assert b"viseme_PP" in (tmp_path / "face.out").read_bytes() or format == "npz"


def test_every_format_carries_its_rate(tmp_path: Path) -> None:
    clip = a2e.Clip(np.zeros((3, 52), np.float32), ARKIT, FILM)
    for format in ("bsdata", "audio2face", "talkinghead", "ndjson", "npz", "livelink"):
        clip.save(tmp_path / format, format)
    whole = json.loads((tmp_path / "bsdata").read_text())
    assert whole["metadata"]["fps"] == pytest.approx(23.976024)
    assert whole["metadata"]["fps_exact"] == [24_000, 1001]
    assert whole["frames"][2]["time"] == round(2 * 1001 / 24_000, 6)
    assert json.loads((tmp_path / "audio2face").read_text())["fps_exact"] == [24_000, 1001]
    assert json.loads((tmp_path / "talkinghead").read_text())["dt"] == [41.708] * 3
    line = json.loads((tmp_path / "ndjson").read_text().splitlines()[0])
    assert line["fps"] == pytest.approx(23.976024)
    assert line["fps_exact"] == [24_000, 1001]
    with np.load(tmp_path / "npz") as face:
        assert face["fps_exact"].tolist() == [24_000, 1001]
        assert float(face["fps"]) == pytest.approx(23.976024)
    assert "00:00:00:05.005," in (tmp_path / "livelink").read_text()
