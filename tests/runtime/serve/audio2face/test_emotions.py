"""The mood over a clip's time, and controls that carry it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from a2e.post import MOODS, Controls
from a2e.serve.audio2face.emotions import MAX_EMOTIONS, EmotionControls, EmotionTrack
from a2e.serve.audio2face.parts import Emotion, Header
from a2e.serve.refusals import RefusalError

FPS = 30
SHAPES = ("jawOpen", "mouthClose", "mouthSmileLeft", "mouthSmileRight", "browInnerUp")


def track(
    beginning: dict[str, float] | None = None,
    transition: float = 0.0,
    strength: float = 1.0,
    preferred: float = 1.0,
) -> EmotionTrack:
    header = Header(16_000, {}, {}, beginning or {}, transition, strength, preferred)
    return EmotionTrack(header, FPS)


def moods(track: EmotionTrack, name: str, count: int) -> list[float]:
    return [track.step()[1][name] for _ in range(count)]


def test_an_emotion_begins_with_the_frame_that_shows_its_time() -> None:
    found = track()
    found.add(Emotion(0.1, {"joy": 0.5}))
    assert moods(found, "joy", 5) == [0, 0, 0, 0.5, 0.5]


def test_the_mood_goes_in_a_straight_line() -> None:
    found = track(transition=0.1)
    found.add(Emotion(0, {"joy": 0.9}))
    found.add(Emotion(0.2, {"fear": 0.3}))
    steps = [found.step()[1] for _ in range(10)]
    joy, fear = ([step[name] for step in steps] for name in ("joy", "fear"))
    assert joy == pytest.approx([0.3, 0.6, 0.9, 0.9, 0.9, 0.9, 0.6, 0.3, 0, 0], abs=1e-5)
    assert fear == pytest.approx([0, 0, 0, 0, 0, 0, 0.1, 0.2, 0.3, 0.3], abs=1e-5)


def test_the_beginning_fades_to_none() -> None:
    found = track({"pain": 1.0}, transition=0.1, strength=0.6)
    assert moods(found, "pain", 4) == pytest.approx([0.4, 0.2, 0, 0], abs=1e-5)


def test_factors() -> None:
    found = track(preferred=0.3)
    found.add(Emotion(0, {"joy": 1.0}))
    assert moods(found, "joy", 2) == [0.3, 0.3]


def test_a_late_emotion_begins_with_the_next_frame() -> None:
    found = track(transition=0.1)
    moods(found, "joy", 6)
    found.add(Emotion(0.05, {"joy": 0.9}))
    assert moods(found, "joy", 4) == pytest.approx([0.3, 0.6, 0.9, 0.9], abs=1e-5)


def test_each_emotion_is_told_once_in_its_frame() -> None:
    found = track()
    emotions = [Emotion(time, {"joy": 1.0}) for time in (0.0, 0.01, 0.04, 0.2)]
    for emotion in reversed(emotions):
        found.add(emotion)
    told = [[e.time for e in found.step()[0]] for _ in range(8)]
    assert told == [[0.0, 0.01], [0.04], [], [], [], [], [0.2], []]


def test_countless_emotions_are_refused() -> None:
    found = track()
    for _ in range(MAX_EMOTIONS):
        found.add(Emotion(1e9, {}))
    with pytest.raises(RefusalError, match="at most 10000 emotions"):
        found.add(Emotion(1e9, {}))


@given(
    st.lists(st.tuples(st.floats(0, 1), st.sampled_from(list(MOODS)), st.floats(0, 1)), max_size=6),
    st.floats(0, 1),
)
def test_moods_are_shares_whatever_comes(keys, transition: float) -> None:
    found = track({"anger": 1.0}, transition)
    for time, name, strength in keys:
        found.add(Emotion(time, {name: strength}))
    for _ in range(40):
        assert all(0 <= value <= 1 for value in found.step()[1].values())


def frames(count: int) -> np.ndarray:
    return np.random.default_rng(5).random((count, len(SHAPES)), np.float32)


def test_a_steady_mood_is_that_of_steady_controls() -> None:
    known = {"gain": {"jawOpen": 1.8}, "offset": {"mouthClose": 0.1}, "mute": ["browInnerUp"]}
    found = EmotionControls(**known, track=track())
    found.track.add(Emotion(0, {"joy": 0.4}))
    steady = Controls(**known, mood={"joy": 0.4}).bind(SHAPES)
    assert np.array_equal(found.bind(SHAPES)(frames(9)), steady(frames(9)))
    assert [mood["joy"] for _, mood in found.shown] == [0.4] * 9


def test_a_changing_mood_is_each_frames_own() -> None:
    found = EmotionControls(track=track())
    found.track.add(Emotion(0.1, {"joy": 0.4}))
    given_frames, shown = frames(6), found.bind(SHAPES)(frames(6))
    plain, joy = Controls().bind(SHAPES), Controls(mood={"joy": 0.4}).bind(SHAPES)
    assert np.array_equal(shown[:3], plain(given_frames[:3]))
    assert np.array_equal(shown[3:], joy(given_frames[3:]))


def test_without_a_clients_mood_the_services_own_shows() -> None:
    found = EmotionControls(mood={"fear": 0.5}, track=track())
    fear = Controls(mood={"fear": 0.5}).bind(SHAPES)
    assert np.array_equal(found.bind(SHAPES)(frames(4)), fear(frames(4)))
