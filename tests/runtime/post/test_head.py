"""The head's pose: within its bounds, back again, alive in speech, and in every format's place."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import a2e
from a2e.data import SPEECH
from a2e.formats import FORMATS, needed_shapes
from a2e.post.gaze import FULL
from a2e.post.head import MOST, PAUSING, Glide, Head, Stresses
from a2e.random import Random
from a2e.shapes import ARKIT, HEAD

FPS = 30
MINUTE = 60 * FPS


def voice(frames: int, seed: int = 0) -> np.ndarray:
    """Volumes of syllables, four a second, some of them stressed."""
    rng = np.random.default_rng(seed)
    syllables = rng.choice([0.03, 0.05, 0.12], frames // 7 + 1)
    return (np.repeat(syllables, 7)[:frames] * rng.uniform(0.8, 1.2, frames)).astype(np.float32)


@pytest.mark.parametrize("seed", range(5))
def test_the_head_stays_within_its_bounds_and_comes_back(seed: int) -> None:
    head = Head(Random(seed), FPS)
    talking = head.step(voice(5 * MINUTE, seed), [False] * (5 * MINUTE))
    assert (np.abs(talking).max(axis=0) <= MOST).all()
    assert (np.abs(np.degrees(talking.mean(axis=0))) < (0.6, 1.5, 0.4)).all()
    for angle in talking.T:
        middle = angle - angle.mean()
        crossings = np.count_nonzero(middle[1:] * middle[:-1] < 0)
        assert crossings > 5 * 10  # back through the middle every few seconds
    assert np.abs(np.diff(np.degrees(talking), axis=0)).max() < 1.5  # a frame: no jump


def test_a_resting_head_moves_little() -> None:
    talking = Head(Random(1), FPS).step(voice(2 * MINUTE), [False] * (2 * MINUTE))
    listening = Head(Random(1), FPS).step(np.zeros(2 * MINUTE, np.float32), [True] * (2 * MINUTE))
    np.testing.assert_allclose(listening[:, [0, 2]], PAUSING * talking[:, [0, 2]])
    assert 0 < listening.std(axis=0).max() < talking.std(axis=0).max()


def test_nods_follow_stressed_syllables() -> None:
    volumes = np.full(60 * FPS, 0.04, np.float32)
    stressed = np.arange(2 * FPS, 58 * FPS, 2 * FPS)
    for frame in stressed:
        volumes[frame : frame + 5] = 0.15
    rests = [False] * len(volumes)
    pitch = np.degrees(Head(Random(3), FPS).step(volumes, rests)[:, 1])
    plain = np.degrees(Head(Random(3), FPS).step(np.full_like(volumes, 0.04), rests)[:, 1])
    dips = np.array([np.ptp(pitch[frame : frame + 15]) for frame in stressed])
    assert 0.3 < (dips > 1.5).mean() < 0.9
    assert np.ptp(pitch) > np.ptp(plain)
    stresses = Stresses(FPS)
    found = [k for k, v in enumerate(volumes) if stresses.step(float(v), False)]
    assert found == [0, *stressed]  # the first is the voice's own beginning


def test_a_glide_never_leaves_its_targets() -> None:
    rng = np.random.default_rng(0)
    for seconds in (0.03, 0.2, 1.0):
        glide = Glide(seconds, FPS)
        assert max(abs(glide.step(target)) for target in rng.choice([-1.0, 1.0], 2_000)) <= 1
        for _ in range(20 * FPS):
            last = glide.step(0.0)
        assert abs(last) < 1e-6


@pytest.fixture(scope="module")
def posed() -> a2e.Clip:
    return a2e.load().animate_file(SPEECH, post=a2e.Live(head=True), seed=1)


def test_any_cutting_gives_equal_poses(posed: a2e.Clip) -> None:
    model, rng = a2e.load(), np.random.default_rng(0)
    with a2e.open_audio(SPEECH) as file:
        samples, rate = np.concatenate(list(file.blocks())), file.rate
    stream = model.stream(rate, post=a2e.Live(head=True), seed=1)
    cuts = np.sort(rng.integers(0, len(samples), 30))
    for _ in range(2):  # and again from the same seed
        parts = [stream.push(piece) for piece in np.split(samples, cuts)]
        early = stream.peek()
        assert np.array_equal(early, stream.flush())
        frames = np.concatenate([*parts, early])
        assert np.array_equal(frames, posed.weights)
        stream.reset(seed=1)
    assert stream.push(samples[:0]).shape == (0, 55)


def test_names_say_what_the_columns_are(posed: a2e.Clip) -> None:
    assert posed.names == (*ARKIT, *HEAD)
    assert posed.weights.shape[1] == 55
    model = a2e.load()
    assert model.names == ARKIT
    assert model.stream(16_000).names == ARKIT
    assert model.stream(16_000, post=a2e.Live(head=True)).names == posed.names


def test_the_face_is_the_same_with_a_moving_head_but_for_the_eyes_aim(posed: a2e.Clip) -> None:
    still = a2e.load().animate_file(SPEECH, seed=1)
    eyes = [i for i, name in enumerate(ARKIT) if name.startswith("eyeLook")]
    assert np.array_equal(
        np.delete(still.weights, eyes, 1), np.delete(posed.weights[:, :52], eyes, 1)
    )

    def aim(clip: a2e.Clip) -> np.ndarray:
        """Yaw and upward pitch of the eyes in the world, degrees."""
        column = {name: clip.weights[:, i] for i, name in enumerate(clip.names)}
        eye = np.stack(
            (
                column["eyeLookOutLeft"] - column["eyeLookInLeft"],
                column["eyeLookUpLeft"] - column["eyeLookDownLeft"],
            )
        )
        head = [np.degrees(column[n]) for n in HEAD[:2] if n in column]
        return FULL * eye + (np.stack((head[0], -head[1])) if head else 0)

    np.testing.assert_allclose(aim(posed), aim(still), atol=1e-3)


def test_controls_take_the_heads_angles(posed: a2e.Clip) -> None:
    controls = a2e.Controls(gain={"headYaw": 2.0}, clamp={"headPitch": (-0.01, 0.02)})
    clip = a2e.load().animate_file(SPEECH, post=a2e.Live(head=True), controls=controls, seed=1)
    np.testing.assert_allclose(clip.weights[:, 52], 2 * posed.weights[:, 52], rtol=1e-5)
    assert clip.weights[:, 53].max() == np.float32(0.02)
    with pytest.raises(a2e.OptionError, match="no shape 'headYaw'"):
        a2e.load().stream(16_000, controls=controls)


@pytest.mark.parametrize("format", [f for f in FORMATS if not needed_shapes("face", f)])
def test_every_format_has_the_pose_or_no_place_for_it(
    posed: a2e.Clip, tmp_path: Path, format: str
) -> None:
    path = tmp_path / "face"
    posed.save(path, format, audio="voice.wav")
    angles = np.round(posed.weights[:, 52:].astype(np.float64), 6)
    still = a2e.Clip(posed.weights[:, :52], ARKIT, FPS)
    still.save(tmp_path / "still", format, audio="voice.wav")
    if format == "npz":
        with np.load(path) as file:
            assert tuple(file["names"]) == posed.names
            assert np.array_equal(file["weights"], posed.weights)
    elif format == "ndjson":
        first, *lines = map(json.loads, path.read_text().splitlines())
        assert tuple(first["names"]) == posed.names
        assert np.array_equal([line["weights"][52:] for line in lines], angles)
    elif format == "livelink":
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        found = [
            [float(row[name]) for name in ("HeadYaw", "HeadPitch", "HeadRoll")] for row in rows
        ]
        assert np.array_equal(found, angles)
    elif format == "bsdata":
        face = json.loads(path.read_text())
        rotation = [frame.pop("rotation") for frame in face["frames"]]
        assert np.array_equal(rotation, angles[:, [1, 0, 2]])
        plain = json.loads((tmp_path / "still").read_text())
        assert {tuple(frame.pop("rotation")) for frame in plain["frames"]} == {()}
        assert face == plain
    elif format == "talkinghead":
        face = json.loads(path.read_text())["vs"]
        found = [face.pop(f"headRotate{axis}") for axis in "YXZ"]
        assert np.array_equal(np.transpose(found), angles)
        assert tuple(face) == ARKIT
    else:
        assert path.read_bytes() == (tmp_path / "still").read_bytes()
