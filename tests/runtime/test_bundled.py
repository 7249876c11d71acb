"""The bundled model: here, small, and a face that follows the voice."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

import a2e
from a2e.data import MODEL, SPEECH

MOUTH = ("mouth", "jaw")


@pytest.fixture(scope="module")
def bundled() -> a2e.Model:
    return a2e.load()


@pytest.fixture(scope="module")
def clip(bundled: a2e.Model) -> a2e.Clip:
    samples, rate = soundfile.read(SPEECH, dtype="float32")
    return bundled.animate(samples, rate, post=None)


def test_it_is_small() -> None:
    assert MODEL.stat().st_size <= 8e6
    assert sum(path.stat().st_size for path in MODEL.parent.glob("*.onnx")) <= 10e6


def test_its_styles_have_names(bundled: a2e.Model) -> None:
    assert bundled.spec.styles == ("neutral", "wide", "subtle")


def test_the_mouth_moves_with_the_voice(clip: a2e.Clip) -> None:
    samples, rate = soundfile.read(SPEECH)
    frames = np.array_split(samples[: len(clip) * rate // 30], len(clip))
    volume = np.array([np.sqrt(np.mean(frame**2)) for frame in frames])
    jaw = clip.weights[:, clip.names.index("jawOpen")]
    assert jaw.max() > 0.3
    assert np.corrcoef(volume, jaw)[0, 1] > 0.4
    assert jaw[volume < 1e-3].mean() < 0.1


@pytest.mark.parametrize("level", [0.0, 1e-3, 1e-2])
def test_the_mouth_rests_in_silence_and_noise(bundled: a2e.Model, level: float) -> None:
    noise = level * np.random.default_rng(0).standard_normal(64_000)
    weights = bundled.animate(noise, 16_000, post=None).weights[30:]
    mouth = [i for i, name in enumerate(bundled.names) if name.startswith(MOUTH)]
    assert weights[:, mouth].mean() < 0.05


def test_styles_differ_as_their_names_say(bundled: a2e.Model) -> None:
    samples, rate = soundfile.read(SPEECH, dtype="float32")
    jaw = bundled.names.index("jawOpen")
    subtle, neutral, wide = (
        bundled.animate(samples, rate, style=style, post=None).weights[:, jaw].mean()
        for style in ("subtle", "neutral", "wide")
    )
    assert subtle < 0.85 * neutral
    assert wide > 1.15 * neutral


def test_speech_leaves_other_shapes_alone(bundled: a2e.Model, clip: a2e.Clip) -> None:
    still = [i for i, name in enumerate(bundled.names) if name.startswith(("eye", "brow"))]
    assert clip.weights[:, still].max() < 0.05
