"""``a2e render``: what is in a film."""

from __future__ import annotations

import re
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from a2e.console import main
from a2e.errors import OptionError
from a2e.render import PACKAGES
from a2e.render.look import parse_colour
from tests.runtime.console.conftest import A2E

SECONDS, CLICK = 1.03, 0.5
KINDS = {
    "mp4": ("h264", "yuv420p", "aac"),
    "webm": ("vp9", "yuv420p", "opus"),
    "gif": ("gif", "bgra", None),
    "apng": ("apng", "rgb24", None),
}


@pytest.fixture(scope="module")
def click(tmp_path_factory) -> Path:
    """Noise too faint to speak, and a click, at a rate that no encoder of ours takes."""
    rate = 22_000
    samples = np.random.default_rng(1).normal(0, 1e-3, round(SECONDS * rate)).astype(np.float32)
    samples[round(CLICK * rate) : round(CLICK * rate) + 20] = 0.9
    path = tmp_path_factory.mktemp("click") / "click.wav"
    soundfile.write(path, samples, rate, subtype="FLOAT")
    return path


@pytest.fixture
def film(click, tmp_path):
    """Makes a film; the command's exit status."""

    def make(output: str, *options: str, audio: Path = click) -> int:
        arguments = [str(audio), "--size", "64", "--seed", "1"]
        target = str(tmp_path / output) + "/" * output.endswith("/")
        return main(["render", *arguments, "-o", target, *options])

    return make


def decode(path: Path) -> tuple[list, list]:
    import av

    with av.open(str(path)) as file:
        videos = list(file.decode(video=0))
    with av.open(str(path)) as file:
        return videos, list(file.decode(audio=0)) if file.streams.audio else []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fps", ["30", "24000/1001"])
def test_frames_and_sound(film, tmp_path, kind: str, fps: str) -> None:
    import av

    assert film(f"face.{kind}", "--fps", fps) == 0
    path = tmp_path / f"face.{kind}"
    pictures, sound = decode(path)
    rate = Fraction(fps)
    count = -(-round(SECONDS * 1000) * rate // 1000)
    assert len(pictures) == count
    assert (pictures[0].width, pictures[0].height) == (64, 64)
    codec, pixels, voice = KINDS[kind]
    with av.open(str(path)) as file:
        assert file.streams.video[0].codec_context.name == codec
        assert [s.codec_context.name for s in file.streams.audio] == ([voice] if voice else [])
    assert pictures[0].format.name == pixels
    tick = 0.0101 if kind == "gif" else 0.001
    times = np.array([picture.time for picture in pictures])
    np.testing.assert_allclose(times, np.arange(count) / float(rate), atol=tick)
    if voice:
        samples = np.concatenate([frame.to_ndarray()[0] for frame in sound])
        heard = sound[0].time + np.argmax(np.abs(samples)) / sound[0].sample_rate
        assert heard == pytest.approx(CLICK, abs=0.004)
        seconds = sound[0].time + len(samples) / sound[0].sample_rate
        assert SECONDS - 0.001 <= seconds < SECONDS + 0.07
    assert {entry.name for entry in tmp_path.iterdir()} == {path.name}


def test_an_mp4_begins_with_its_index(film, tmp_path) -> None:
    assert film("face.mp4") == 0
    data = (tmp_path / "face.mp4").read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("kind", ["webm", "apng", "gif", "png"])
def test_transparency(film, tmp_path, kind: str) -> None:
    name = "face/" if kind == "png" else f"face.{kind}"
    assert film(name, "--background", "transparent", "--format", kind) == 0
    if kind == "png":
        paths = sorted((tmp_path / "face").iterdir())
        assert [path.name for path in paths] == [f"{i:05}.png" for i in range(31)]
        pictures = decode(paths[0])[0]
    elif kind == "webm":
        pictures = decode_vp9(tmp_path / name)
    else:
        pictures = decode(tmp_path / name)[0]
    pixels = pictures[0].reformat(format="rgba").to_ndarray()
    assert pixels[2, 2, 3] == 0
    assert pixels[40, 32, 3] > 250


def decode_vp9(path: Path) -> list:
    """libvpx reads the second stream with the opacity; FFmpeg's own decoder does not."""
    import av

    with av.open(str(path)) as file:
        decoder = av.CodecContext.create("libvpx-vp9", "r")
        return [f for packet in file.demux(video=0) for f in decoder.decode(packet)]


def test_the_face_moves_and_the_background_stays(film, tmp_path, wav_speech) -> None:
    assert film("face/", "--background", "#204060", audio=wav_speech) == 0
    pictures = [
        decode(path)[0][0].reformat(format="rgba").to_ndarray().astype(int)
        for path in sorted((tmp_path / "face").iterdir())
    ]
    assert all((picture[0, 0] == (0x20, 0x40, 0x60, 255)).all() for picture in pictures)
    assert max(np.abs(picture - pictures[0]).max() for picture in pictures) > 40


@pytest.fixture
def wav_speech(speech, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("speech") / "speech.wav"
    soundfile.write(path, speech[16_000:32_000], 16_000, subtype="FLOAT")
    return path


def test_through_pipes(click, tmp_path) -> None:
    command = [*A2E, "render", "-", "--size", "32", "--format", "mp4"]
    made = subprocess.run(command, input=click.read_bytes(), capture_output=True, check=True)
    (tmp_path / "face.mp4").write_bytes(made.stdout)
    pictures, sound = decode(tmp_path / "face.mp4")
    assert len(pictures) == 31
    assert sound


@pytest.mark.parametrize(
    ("output", "options", "message"),
    [
        ("face.avi", [], r"face.avi tells no kind of film: use one of .mp4, .webm"),
        ("face.mp4", ["--format", "avi"], "format must be one of mp4, webm"),
        ("face.mp4", ["--size", "0"], "size must be WIDTHxHEIGHT"),
        ("face.mp4", ["--size", "9x9x9"], "size must be WIDTHxHEIGHT"),
        ("face.mp4", ["--size", "99999"], "size must be WIDTHxHEIGHT"),
        ("face.webm", ["--size", "33x32"], "webm needs an even width and height; got 33x32"),
        ("face.mp4", ["--fps", "fast"], "fps must be a number"),
        ("face.gif", ["--fps", "60"], "gif shows at most 50 frames a second; got 60"),
        ("face.mp4", ["--background", "transparent"], "mp4 holds no transparency"),
        ("face.mp4", ["--background", "reddish"], "background must be a colour"),
        ("none/face.mp4", [], "can't write to .*No such file"),
        ("-", [], "standard output needs --format"),
    ],
)
def test_what_can_not_be(film, tmp_path, capfd, output, options, message) -> None:
    assert (main(["render", "-"]) if output == "-" else film(output, *options)) == 1
    error = capfd.readouterr().err.strip()
    assert error.startswith("a2e: error: ")
    assert "\n" not in error
    assert re.search(message, error)
    assert not list(tmp_path.iterdir())


def test_a_film_that_breaks_off_leaves_nothing(film, tmp_path, click) -> None:
    cut = tmp_path / "cut.wav"
    cut.write_bytes(click.read_bytes()[:-1001])
    for name in ("face.mp4", "face/"):
        assert film(name, "--strict", audio=cut) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["cut.wav"]


def test_a_folder_with_pictures_is_not_mixed_with_others(film, tmp_path) -> None:
    (tmp_path / "face").mkdir()
    (tmp_path / "face" / "note").touch()
    assert film("face/") == 1


def test_a_full_disk(click) -> None:
    command = [*A2E, "render", str(click), "--size", "32"]
    command += ["-o", "/dev/full", "--format", "gif"]
    found = subprocess.run(command, capture_output=True, text=True)
    assert found.returncode == 1
    assert "No space left on device" in found.stderr
    assert "Traceback" not in found.stderr


def test_a_missing_package_is_named_with_its_extra(film, monkeypatch, capsys) -> None:
    monkeypatch.setitem(PACKAGES, "no_such_module", "NoSuch")
    assert film("face.mp4") == 1
    message = "a2e: error: films need NoSuch: install a2e with its extra 'render'\n"
    assert capsys.readouterr().err == message


def test_colours() -> None:
    assert parse_colour("#123") == 0xFF112233
    assert parse_colour("#1234") == 0x44112233
    assert parse_colour("#11223344") == 0x44112233
    assert parse_colour(" Tomato ") == 0xFFFF6347
    assert parse_colour("transparent") == 0
    for text in ("random", "#12", "12", "red:rate=5", ""):
        with pytest.raises(OptionError):
            parse_colour(text)
