"""Looking ahead of a stream's end, and changing its face, without disturbing it."""

from __future__ import annotations

import numpy as np
import pytest

import a2e
from a2e.audio.resample import Resampler


@pytest.mark.parametrize("post", [None, a2e.Live(brows=True), a2e.Upstream()])
@pytest.mark.parametrize("rate", [16_000, 24_000, 44_100])
def test_a_peek_gives_what_flush_would_and_leaves_no_trace(ahead_model, speech, rate, post) -> None:
    chunks = np.array_split(speech[: rate * 2], 7)
    peeked = ahead_model.stream(rate, post=post, seed=1)
    plain = ahead_model.stream(rate, post=post, seed=1)
    for number, chunk in enumerate(chunks):
        assert np.array_equal(peeked.push(chunk), plain.push(chunk))
        other = ahead_model.stream(rate, post=post, seed=1)
        given = sum(len(other.push(earlier)) for earlier in chunks[: number + 1])
        tail = peeked.peek()
        np.testing.assert_allclose(tail, other.flush(), atol=1e-5)
        assert given + len(tail) == -(-sum(map(len, chunks[: number + 1])) * 30 // rate)
    assert np.array_equal(peeked.flush(), plain.flush())


@pytest.mark.parametrize("rate", [8_000, 11_025, 24_000, 44_100, 191_999])
def test_what_a_resampler_holds_back_can_be_seen(rate: int) -> None:
    samples = np.random.default_rng(0).uniform(-1, 1, 2 * rate + 17).astype(np.float32)
    resampler = Resampler(rate, 16_000)
    for chunk in np.array_split(samples, 9):
        resampler.push(chunk)
        seen = resampler.rest()
    rest = resampler.finish()
    assert len(seen) == len(rest)
    np.testing.assert_allclose(seen, rest, atol=1e-6)


def test_a_change_holds_from_the_next_hop_on(short_model, speech) -> None:
    jaw = short_model.names.index("jawOpen")
    stream = short_model.stream(16_000, post=None)
    stream.push(speech[:16_000])
    stream.change(style=3)
    stream.change(controls=a2e.Controls(mute=["jawOpen"]))
    found = stream.push(speech[16_000:32_000])
    assert np.all(found[:, jaw] == 0)
    other = short_model.animate(speech[:32_000], 16_000, style=3, post=None).weights[30:]
    columns = [i for i in range(52) if i != jaw]
    np.testing.assert_allclose(found[:, columns], other[:, columns], atol=1e-6)


def test_a_change_that_cannot_be_changes_nothing(short_model, speech) -> None:
    stream, plain = (short_model.stream(16_000, seed=0) for _ in range(2))
    with pytest.raises(a2e.OptionError, match="no shape 'jawOpne'; did you mean jawOpen"):
        stream.change(style=3, controls=a2e.Controls(mute=["jawOpne"]))
    assert np.array_equal(stream.push(speech), plain.push(speech))
