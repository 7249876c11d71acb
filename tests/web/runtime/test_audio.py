"""The way of samples to the graph: JavaScript's is Python's, at every rate, in every cutting."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from a2e.audio.channels import Mixer
from a2e.audio.resample import Resampler, resampler_delay
from a2e.post.conditioning import Conditioning
from tests.web.runtime.exchange import ask
from tests.web.runtime.voices import RATE, noise, scene, speech, tones

Samples = NDArray[Any]

RATES = (
    *(8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000),
    *(44_100, 48_000, 88_200, 96_000, 176_400, 192_000),
)
ODD_RATES = (15_999, 16_001, 44_056)
"""Their ratios to 16 kHz have too many phases for taps of each."""
INTERPOLATED = 10 ** (-90 / 20)
"""How far apart samples may be there. (Sums are not exact.)"""


def voice(rate: int) -> Samples:
    """Tones and noise of half a second: enough for each tap of each phase to count."""
    return tones(rate, 0.5, 0.011 * rate, 0.15 * rate) + noise(rate // 2, 0.1, rate)


def stereo(left: Samples, right: Samples) -> Samples:
    return np.stack((left, right), axis=1).astype(left.dtype)


def int16(samples: Samples) -> Samples:
    return np.rint(samples * 32_767).astype(np.int16)


CASES: dict[str, tuple[int, Samples]] = {
    **{f"{rate} Hz": (rate, voice(rate)) for rate in (*RATES, *ODD_RATES)},
    "many things": (RATE, scene()),
    "int16": (24_000, int16(voice(24_000))),
    "stereo": (48_000, stereo(voice(48_000), noise(24_000, 0.2))),
    "cancels": (44_100, stereo(voice(44_100), -voice(44_100))),
    "cancels, then agrees": (
        RATE,
        np.concatenate((stereo(speech(), -speech()), stereo(speech(), speech()))),
    ),
    "int16 that cancels": (22_050, int16(stereo(voice(22_050), -0.9 * voice(22_050)))),
    "six channels": (RATE, noise(RATE * 6, 0.1).reshape(-1, 6)),
    "changes sides": (
        8_000,
        np.concatenate(
            (stereo(voice(8_000), -voice(8_000)), stereo(0.1 * voice(8_000), -voice(8_000)))
        ),
    ),
    "silence": (RATE, np.zeros(RATE, np.float32)),
    "very faint": (RATE, 1e-4 * speech()),
    "very loud": (RATE, np.clip(12 * speech(), -1, 1)),
    "offset": (24_000, voice(24_000) + np.float32(0.4)),
    "peaks of 16": (48_000, np.sign(noise(48_000)) * np.float32(16)),
    "a few samples": (44_100, noise(7)),
}


def cuts_of(samples: Samples) -> list[int]:
    return sorted(np.random.default_rng(1).integers(0, len(samples), 9).tolist())


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, Any]]:
    """What JavaScript makes of each case."""
    cases = [
        {
            "rate": rate,
            "samples": samples,
            "channels": 1 if samples.ndim == 1 else samples.shape[1],
            "cuts": cuts_of(samples),
        }
        for rate, samples in CASES.values()
    ]
    return dict(zip(CASES, ask("audio.mjs", cases), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_samples_are_pythons(name: str, answers: dict[str, dict[str, Any]]) -> None:
    (rate, samples), answer = CASES[name], answers[name]
    mono = Mixer(rate)(samples)
    np.testing.assert_array_equal(answer["mixed"], mono)
    resampler = Resampler(rate, RATE)
    first = resampler.push(mono)
    resampled = np.concatenate((first, resampler.finish()))
    within = INTERPOLATED if rate in ODD_RATES else 0
    np.testing.assert_allclose(answer["resampled"], resampled, atol=within, rtol=0)
    conditioned = Conditioning(RATE)(resampled)
    np.testing.assert_allclose(answer["conditioned"], conditioned, atol=within + 2e-7, rtol=0)
    assert answer["delay"] == resampler_delay(rate, RATE)


@pytest.mark.parametrize("name", CASES)
def test_any_cutting_gives_equal_samples(name: str, answers: dict[str, dict[str, Any]]) -> None:
    np.testing.assert_array_equal(answers[name]["conditioned"], answers[name]["whole"])


def test_what_is_held_back_can_be_seen(answers: dict[str, dict[str, Any]]) -> None:
    for answer in answers.values():
        np.testing.assert_array_equal(answer["rest"], answer["last"])
