"""Presets: knobs in a file or by name, and what a caller asks for over them."""

from __future__ import annotations

from pathlib import Path

import pytest

import a2e
from a2e.options import Face
from a2e.presets import load_preset, named_preset, preset_names, with_preset


def test_the_packages_presets_open_streams(ahead_model) -> None:
    assert preset_names() == ["metahuman", "readyplayerme", "vroid"]
    for name in preset_names():
        with_preset(named_preset(name), Face()).open(ahead_model, 16_000)
    assert with_preset(named_preset("metahuman"), Face()).open(ahead_model, 16_000).fps == 60
    assert "ee" in with_preset(named_preset("vroid"), Face()).open(ahead_model, 16_000).names


def test_a_file_carries_everything_and_the_caller_goes_over_it(tmp_path: Path) -> None:
    path = tmp_path / "rig.toml"
    path.write_text(
        'strength = 1.2\ndelay = -40\nfps = "24000/1001"\nshapes = "oculus"\nmute = ["tongueOut"]\n'
        "[regions]\nbrows = 0.5\n[gain]\njawOpen = 1.3\ncheekPuff = 2\n[offset]\njawOpen = 0.01\n"
        "[clamp]\njawOpen = [0.0, 0.8]\n[smooth]\nlips = 20\n[mood]\njoy = 0.2\n"
    )
    asked = Face(delay=10, controls=a2e.Controls(gain={"jawOpen": 1.0}, mute=["cheekPuff"]))
    face = with_preset(load_preset(path), asked)
    assert (face.fps, face.delay, face.shapes, face.smooth) == (
        "24000/1001",
        10,
        "oculus",
        {"lips": 20},
    )
    controls = face.controls
    assert (controls.strength, controls.regions, controls.mood) == (
        1.2,
        {"brows": 0.5},
        {"joy": 0.2},
    )
    assert controls.gain == {"jawOpen": 1.0, "cheekPuff": 2}
    assert controls.mute == ["tongueOut", "cheekPuff"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("strength = 3", "strength must be a number from 0 to 2; got 3"),
        ("power = 1", "a preset has no 'power'; known are gain"),
        ("strength = ", "is no TOML"),
        ("gain = 1.2", "gain must be a table; got 1.2"),
        ("[gain]\njawOpne = 1", "no shape 'jawOpne'; did you mean jawOpen"),
        ("[regions]\nmouth = 1", "there is no region 'mouth'"),
        ('mute = "jawOpen"', "mute must be a list"),
        ("fps = 0", "fps must be"),
        ("delay = 5000", "delay must be milliseconds"),
        ('shapes = "x"', "shapes must be one of"),
        ("[smooth]\njaw = -1", "the smoothing of jaw"),
        ("[strength]\na = 1", "strength must be a value"),
    ],
)
def test_mistakes_are_told_in_one_line(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "rig.toml"
    path.write_text(text)
    with pytest.raises(a2e.OptionError, match=message) as caught:
        load_preset(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["unity", "/etc/passwd", "../presets/vroid", "missing.toml"])
def test_what_is_no_preset(name: str) -> None:
    with pytest.raises(a2e.OptionError):
        load_preset(name)
    with pytest.raises(a2e.OptionError, match="there is no preset"):
        named_preset(name)
