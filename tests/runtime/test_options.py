"""The asked-for face: the same stream as the library's own arguments give."""

from __future__ import annotations

import numpy as np
import pytest

import a2e
from a2e.options import Face
from a2e.post import PROFILES, Raw


def test_a_face_opens_the_librarys_stream(speech_24k) -> None:
    model = a2e.load()
    options = {"style": "wide", "post": a2e.Upstream(), "seed": 3}
    options["controls"] = a2e.Controls(gain={"jawOpen": 2})
    stream = Face(**options).open(model, 24_000)
    found = np.concatenate((stream.push(speech_24k), stream.flush()))
    assert np.array_equal(found, model.animate(speech_24k, 24_000, **options).weights)


def test_a_running_stream_takes_style_and_controls(speech_24k) -> None:
    model = a2e.load()
    stream = model.stream(24_000)
    Face(controls=a2e.Controls(mute=["jawOpen"])).change(stream)
    assert not stream.push(speech_24k)[:, model.names.index("jawOpen")].any()


def test_hops_are_counted(speech_24k) -> None:
    """A peek's too; a frame is given once the hop that has its lookahead is computed."""
    model = a2e.load()
    stream = model.stream(model.spec.sample_rate, post=None)
    assert stream.hops == 0
    stream.push(np.zeros(7 * model.spec.hop_samples, np.float32))
    assert stream.hops == 7
    stream.peek()
    assert stream.hops == 7 + -(-model.spec.lookahead // model.spec.hop)


@pytest.mark.parametrize(
    ("name", "profile"),
    [("live", a2e.Live()), ("upstream", a2e.Upstream()), ("raw", Raw()), ("none", Raw())],
)
def test_profiles_by_name(name: str, profile: object) -> None:
    assert PROFILES[name] == profile
