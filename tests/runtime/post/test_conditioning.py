"""The audio that the network hears under the live profile."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from itertools import pairwise

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

import a2e
from a2e.arrays import Floats
from a2e.audio.channels import Mixer
from a2e.audio.samples import downmix
from a2e.data import SPEECH
from a2e.post.conditioning import BLOCKS, Conditioning, Loudness, Offset
from a2e.post.silence import SILENT_MOST

RATE = 16_000
BLOCK = RATE // BLOCKS
PLAIN = a2e.Live(blinks=False, gaze=False, conditioning=False)
LIVE = a2e.Live(blinks=False, gaze=False)


@pytest.fixture(scope="module")
def bundled() -> a2e.Model:
    return a2e.load()


@pytest.fixture(scope="module")
def voice() -> Floats:
    """5 s of speech at 16 kHz whose peak is 1."""
    samples, rate = soundfile.read(SPEECH, dtype="float32")
    samples = downmix(samples)[: 5 * rate]
    return samples / np.abs(samples).max()


@pytest.fixture(scope="module")
def voice_rate() -> int:
    return int(soundfile.info(SPEECH).samplerate)


def decibels(level: float) -> np.float32:
    return np.float32(10 ** (level / 20))


def cut(samples: Floats, cuts: Sequence[int]) -> list[Floats]:
    edges = sorted({0, len(samples), *(c for c in cuts if c < len(samples))})
    return [samples[start:end] for start, end in pairwise(edges)]


def jaw(model: a2e.Model, samples: Floats, rate: int, post: a2e.Live | None = LIVE) -> Floats:
    return model.animate(samples, rate, post=post, seed=0).weights[:, model.names.index("jawOpen")]


def changing_stereo(seed: int, count: int) -> Floats:
    """Channels that cancel, then agree, then stand alone, at levels that change."""
    rng = np.random.default_rng(seed)
    left = (
        rng.standard_normal(count)
        * np.repeat(rng.choice([1e-3, 0.1, 0.3], 8), count // 8 + 1)[:count]
    )
    share = np.repeat(rng.choice([-1.0, -0.5, 0.0, 1.0], 8), count // 8 + 1)[:count]
    return np.stack((left, share * left), axis=1).astype(np.float32)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 9_000), max_size=12), st.integers(0, 1_000))
def test_any_cutting_gives_the_same_audio(cuts: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    audio = changing_stereo(seed, 9_000)[:, 0] + np.float32(rng.uniform(-0.2, 0.2))
    audio[4_000:7_000] = 0.3 * np.sin(0.2 * np.arange(3_000))
    condition, whole = Conditioning(RATE), Conditioning(RATE)(audio)
    assert np.array_equal(np.concatenate([condition(part) for part in cut(audio, cuts)]), whole)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(1, 9_000), max_size=12),
    st.integers(0, 1_000),
    st.sampled_from([np.float32, np.float64, np.int16]),
    st.sampled_from([8_000, 11_025, 48_000]),
)
def test_any_cutting_gives_the_same_downmix(
    cuts: list[int], seed: int, dtype: type, rate: int
) -> None:
    samples = changing_stereo(seed, 9_000)
    samples = np.clip(samples * (20_000 if dtype is np.int16 else 1), -32_768, 32_767).astype(dtype)
    mix, whole = Mixer(rate), Mixer(rate)(samples)
    assert np.array_equal(np.concatenate([mix(part) for part in cut(samples, cuts)]), whole)


def test_any_cutting_gives_the_same_frames_of_stereo(short_model) -> None:
    samples = changing_stereo(3, 24_000)
    whole = short_model.animate(samples, RATE, post=LIVE).weights
    stream = short_model.stream(RATE, post=LIVE)
    parts = [stream.push(part) for part in cut(samples, [1, 159, 160, 801, 7_000, 7_001, 20_000])]
    assert np.array_equal(np.concatenate([*parts, stream.flush()]), whole)


def test_a_copy_goes_on_by_itself() -> None:
    audio = changing_stereo(0, 9_000)[:, 0]
    condition = Conditioning(RATE)
    condition(audio[:4_321])
    copied = deepcopy(condition)
    copied(np.full(5_000, 0.7, np.float32))
    whole = Conditioning(RATE)(audio)
    assert np.array_equal(condition(audio[4_321:]), whole[4_321:])


def test_a_peek_at_stereo_leaves_no_trace(short_model) -> None:
    samples = changing_stereo(5, 24_000)
    peeked, plain = (short_model.stream(24_000, post=LIVE) for _ in range(2))
    for part in np.array_split(samples, 7):
        assert np.array_equal(peeked.push(part), plain.push(part))
        peeked.peek()
    assert np.array_equal(peeked.flush(), plain.flush())


@pytest.mark.parametrize("post", [None, a2e.Upstream(blinks=False), PLAIN])
def test_other_profiles_hear_the_audio_as_it_is(short_model, speech, post) -> None:
    """A constant, a faint voice and stereo reach the graph as their mean and no other way."""
    stereo = np.stack((speech, -0.5 * speech), axis=1)[:32_000] * np.float32(0.01) + np.float32(0.1)
    heard = []
    stream = short_model.stream(RATE, post=post)
    condition = stream._state.condition
    stream._state.condition = lambda audio: heard.append(condition(audio)) or heard[-1]
    stream.push(stereo)
    assert np.array_equal(np.concatenate(heard), downmix(stereo))


def test_a_voice_at_its_usual_level_stays_as_it_is(voice) -> None:
    audio = voice * decibels(-3)
    conditioned = Conditioning(RATE)(audio)
    gain = np.sqrt(np.square(conditioned).sum() / np.square(audio).sum())
    assert abs(20 * np.log10(gain)) < 3


@pytest.mark.parametrize("level", [-50, -40, -30, -20, -6])
def test_level_does_not_matter(bundled, voice, voice_rate, level: float) -> None:
    expected = jaw(bundled, voice, voice_rate)
    found = jaw(bundled, voice * decibels(level), voice_rate)
    assert np.corrcoef(expected, found)[0, 1] > 0.95
    assert 0.85 < found.mean() / expected.mean() < 1.15
    if level == -50:
        assert jaw(bundled, voice * decibels(level), voice_rate, PLAIN).max() < 0.05


def test_the_first_syllable_of_a_faint_voice_moves_the_mouth(bundled, voice, voice_rate) -> None:
    expected = jaw(bundled, voice, voice_rate)
    found = jaw(bundled, voice * decibels(-50), voice_rate)
    first = np.flatnonzero(expected > 0.1)[0]
    assert found[first : first + 8].max() > 0.5 * expected[first : first + 8].max()


def test_a_voice_that_becomes_faint_is_followed(bundled, voice, voice_rate) -> None:
    expected = jaw(bundled, np.tile(voice, 3), voice_rate)
    levels = np.repeat([decibels(-6), decibels(-46), decibels(-46)], len(voice))
    found = jaw(bundled, np.tile(voice, 3) * levels, voice_rate)
    last = slice(2 * len(found) // 3, None)
    assert found[last].mean() > 0.8 * expected[last].mean()


@pytest.mark.parametrize("offset", [-0.3, 0.02, 0.5])
def test_an_offset_does_not_matter(bundled, voice, voice_rate, offset: float) -> None:
    audio = voice * decibels(-12)
    found = jaw(bundled, audio + np.float32(offset), voice_rate)
    np.testing.assert_allclose(found, jaw(bundled, audio, voice_rate), atol=0.05)


def test_a_constant_is_gone_from_the_first_sample_on() -> None:
    assert np.abs(Conditioning(RATE)(np.full(RATE, 0.5, np.float32))).max() < 1e-6


@pytest.mark.parametrize("rate", [RATE, 44_100])
def test_channels_that_cancel_give_the_left_ones_face(bundled, voice, voice_rate, rate) -> None:
    left = voice * decibels(-3)
    expected = jaw(bundled, left, voice_rate)
    found = jaw(bundled, np.stack((left, -left), axis=1), voice_rate)
    assert np.corrcoef(expected, found)[0, 1] > 0.99
    unmixed = jaw(bundled, np.stack((left, -left), axis=1), voice_rate, None)
    assert np.ptp(unmixed) < 0.05 < np.ptp(jaw(bundled, left, voice_rate, None))


def test_channels_that_agree_are_averaged(speech) -> None:
    stereo = np.stack((speech, speech * 0.5), axis=1)
    assert np.array_equal(Mixer(RATE)(speech), speech)
    assert np.array_equal(Mixer(RATE)(stereo), downmix(stereo))
    centre = np.zeros((len(speech), 6), np.float32)
    centre[:, 2] = speech
    assert np.array_equal(Mixer(RATE)(centre), downmix(centre))
    noise = np.random.default_rng(0).standard_normal((RATE, 2)).astype(np.float32)
    assert np.array_equal(Mixer(RATE)(noise), downmix(noise))


def test_channels_are_chosen_anew_when_they_change() -> None:
    voice = np.random.default_rng(0).standard_normal(RATE).astype(np.float32)
    silence = np.zeros_like(voice)
    samples = np.concatenate(
        (
            np.stack((voice, -voice, silence), axis=1),  # cancels: the first
            np.stack((silence, -voice, voice), axis=1),  # the others
            np.stack((voice, voice, voice), axis=1),
        )
    )
    first, second, third = np.split(Mixer(RATE)(samples), 3)
    settled = RATE // 2
    assert np.array_equal(first[settled:], voice[settled:])
    assert np.array_equal(second[settled:], -voice[settled:])
    np.testing.assert_allclose(third[settled:], voice[settled:], atol=1e-6)


@pytest.mark.parametrize("level", [-60, -50, -40, -20])
def test_noise_does_not_become_a_voice(bundled, level: float) -> None:
    noise = np.random.default_rng(0).standard_normal(4 * RATE).astype(np.float32)
    assert jaw(bundled, noise * decibels(level), RATE).max() < 0.05


def test_noise_is_not_lifted_in_pauses() -> None:
    """A faint voice's gain leaves the floor in its pauses silent to the gate."""
    rng = np.random.default_rng(0)
    noise = 1e-4 * rng.standard_normal(6 * RATE)
    bursts = 2e-3 * np.sin(2 * np.pi * 4 * np.arange(2 * RATE) / RATE).clip(0)
    noise[RATE : 3 * RATE] += bursts * rng.standard_normal(2 * RATE)
    conditioned = Conditioning(RATE)(noise.astype(np.float32))
    assert np.sqrt(np.square(conditioned[2 * RATE : 3 * RATE]).mean()) > 5 * 1e-3
    assert np.sqrt(np.square(conditioned[4 * RATE :]).mean()) < 0.0065


def test_a_breath_before_the_first_word_is_hardly_lifted() -> None:
    rng = np.random.default_rng(0)
    breath = 10 ** (-48 / 20) * rng.standard_normal(RATE // 3)
    room = 10 ** (-70 / 20) * rng.standard_normal(RATE // 2)
    audio = np.concatenate((room, breath, room)).astype(np.float32)
    gain = np.sqrt(np.square(Conditioning(RATE)(audio)).sum() / np.square(audio).sum())
    assert 20 * np.log10(gain) < 4


def test_a_rustle_in_a_pause_stays_silent(voice) -> None:
    """The gain that speech has set hardly moves, however long something sounds faintly."""
    rustle = 10 ** (-60 / 20) * np.random.default_rng(0).standard_normal(6 * RATE)
    rustle[np.arange(len(rustle)) % RATE > RATE // 2] *= 0.1
    audio = np.concatenate((voice * decibels(-12), rustle)).astype(np.float32)
    volumes = np.sqrt(np.square(Conditioning(RATE)(audio)[-6 * RATE :].reshape(-1, 800)).mean(1))
    assert volumes.max() < SILENT_MOST


def test_the_offset_is_its_recurrence() -> None:
    """S / W with S = a S + mean and W = a W + 1, reached by a line over the next block."""
    means = np.random.default_rng(0).uniform(-0.3, 0.3, 10)
    found = Conditioning(RATE)(np.repeat(means, BLOCK).astype(np.float32))
    decay, total, count, offsets = np.exp(-1 / 25), 0.0, 0.0, [means[0], means[0]]
    for mean in means:
        total, count = decay * total + mean, decay * count + 1
        offsets.append(total / count)
    ends = np.arange(10) * BLOCK + BLOCK - 1
    np.testing.assert_allclose(found[ends], means - offsets[1:11], atol=1e-6)


def test_gains_are_those_of_the_documentation() -> None:
    """The vectors of docs/conditioning.md."""
    offset = Offset()
    offsets = [offset.step(mean) for mean in (0.1, 0.2, -0.1)]
    np.testing.assert_allclose(offsets, [0.1, 0.151, 0.063965], atol=1e-6)
    loudness = Loudness()
    powers = [1e-9] * 3 + [1e-6] * 30 + [1e-3, 1e-3, 1e-6, 1e-9]
    gains = [round(loudness.step(power), 4) for power in powers]
    assert gains[:4] == [0] * 4
    assert gains[4:28] == [15] * 24
    np.testing.assert_allclose(gains[28:33], [15.4, 15.8, 16.2, 16.6, 17])
    np.testing.assert_allclose(gains[33:], [17.4, 13.3313, 13.1035, 13.1835])
    counted = np.arange(2_000)
    audio = 0.1 + 0.002 * (7_919 * counted**2 % 641 / 320 - 1)
    conditioned = Conditioning(RATE)(audio.astype(np.float32))
    np.testing.assert_allclose(
        conditioned[[1, 100, 400, 1_000, 1_500, 1_999]],
        [0.001419, 0.001369, 0.001363, -0.001339, 0.001493, -0.000082],
        atol=1e-6,
    )
