"""Make clean synthetic speech sound like recordings: rooms, microphones, lines, noise.

`respeed` changes time, so it works on an utterance and moves its phones; everything else leaves
time as it is (to well under a frame). All randomness comes from the generator given. Plain numpy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from training.phones import SAMPLE_RATE, Phone, Utterance

Floats = NDArray[np.float32]
Reals = NDArray[np.floating[Any]]
Change = Callable[[Floats, np.random.Generator], Floats]

SPEED_RANGE = (0.80, 1.35)  # times: pitch, formants and tempo together, as on a tape
REVERB_TIME = (0.08, 0.9)  # s, to fall by 60 dB
REVERB_LEVEL = (-22.0, 0.0)  # dB, of the whole tail against the direct sound
NOISE_RATIO = (4.0, 45.0)  # dB, speech to noise
BACKGROUND_RATIO = (6.0, 35.0)  # dB, speech to babble or music
PEAK_RANGE = (-32.0, 0.0)  # dB below full scale
MU = 255  # of mu-law, ITU-T G.711


def respeed(utterance: Utterance, rng: np.random.Generator) -> Utterance:
    """The utterance played faster or slower, with its pitch, formants and phones."""
    factor = log_uniform(rng, *SPEED_RANGE)
    audio = soxr.resample(utterance.audio, SAMPLE_RATE * factor, SAMPLE_RATE, quality="MQ")
    phones = tuple(replace(p, start=p.start / factor, end=p.end / factor) for p in utterance.phones)
    return replace(utterance, audio=np.asarray(audio, np.float32), phones=phones)


def pad(utterance: Utterance, before: float, after: float) -> Utterance:
    """The utterance with silence before and after it, in seconds."""
    lead, tail = int(before * SAMPLE_RATE), int(after * SAMPLE_RATE)
    shift = lead / SAMPLE_RATE
    moved = [replace(p, start=p.start + shift, end=p.end + shift) for p in utterance.phones]
    end = moved[-1].end
    phones = (Phone("", 0.0, shift), *moved, Phone("", end, end + tail / SAMPLE_RATE))
    return replace(utterance, audio=np.pad(utterance.audio, (lead, tail)), phones=phones)


def record(speech: Floats, background: Floats, rng: np.random.Generator) -> Floats:
    """Clean speech [n] as some microphone, room and line would give it, peak at most 1.

    ``background`` is other speech of any length, for babble.
    """
    audio = speech
    for likelihood, change in AT_THE_MOUTH:
        if rng.random() < likelihood:
            audio = change(audio, rng)
    if rng.random() < 0.2:
        audio = mix(audio, fitted(background, len(audio), rng), rng.uniform(*BACKGROUND_RATIO))
    if rng.random() < 0.2:
        audio = mix(audio, music(len(audio), rng), rng.uniform(*BACKGROUND_RATIO))
    if rng.random() < 0.8:
        audio = mix(audio, coloured_noise(len(audio), rng), rng.uniform(*NOISE_RATIO))
    for likelihood, change in ON_THE_LINE:
        if rng.random() < likelihood:
            audio = change(audio, rng)
    return audio


def noise_only(samples: int, rng: np.random.Generator) -> Floats:
    """A recording [samples] in which nobody speaks."""
    audio = coloured_noise(samples, rng)
    if rng.random() < 0.4:
        audio = mix(audio, music(samples, rng), rng.uniform(-20, 20))
    if rng.random() < 0.4:
        audio = mix(audio, clicks(samples, rng), rng.uniform(-20, 20))
    if rng.random() < 0.5:
        audio = equalise(audio, rng)
    return scaled(audio, log_uniform(rng, 1e-4, 0.5))


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def decibels(level: float) -> float:
    return float(10 ** (level / 20))


def scaled(audio: Floats, peak: float) -> Floats:
    return (audio * np.float32(peak / max(float(np.abs(audio).max(initial=0)), 1e-9))).astype(
        np.float32
    )


def fitted(audio: Floats, samples: int, rng: np.random.Generator) -> Floats:
    """``audio`` repeated and cut to [samples], from a random place on."""
    start = int(rng.integers(len(audio)))
    return np.resize(np.roll(audio, -start), samples)


def loudness(audio: Floats) -> float:
    """Root mean square of the louder parts (blocks of 20 ms over a tenth of the loudest)."""
    blocks = audio[: len(audio) // 320 * 320].reshape(-1, 320)
    energy = (blocks.astype(np.float64) ** 2).mean(axis=1)
    loud = energy[energy >= 0.01 * energy.max(initial=0)]
    return float(np.sqrt(loud.mean())) if len(loud) else 0.0


def mix(speech: Floats, other: Floats, ratio: float) -> Floats:
    """Speech with something ``ratio`` dB weaker, by their loudness; silence stays as it is."""
    level = loudness(speech) / max(loudness(other), 1e-9) / decibels(ratio)
    return (speech + np.float32(level) * other).astype(np.float32)


def filtered(audio: Floats, gain: Callable[[Reals], Reals]) -> Floats:
    """``audio`` through a zero-phase filter, its gain a function of frequency in Hz."""
    size = fast_length(len(audio) + 2048)
    spectrum = np.fft.rfft(audio, size)
    spectrum *= gain(np.fft.rfftfreq(size, 1 / SAMPLE_RATE))
    return np.fft.irfft(spectrum, size)[: len(audio)].astype(np.float32)


def fast_length(samples: int) -> int:
    """The least length of 2^k or 3 * 2^k that holds ``samples``."""
    power = 1 << (samples - 1).bit_length()
    return power * 3 // 4 if power * 3 // 4 >= samples else power


def equalise(audio: Floats, rng: np.random.Generator) -> Floats:
    """A random spectral tilt and a random smooth curve, as of microphones and of other voices."""
    octaves = np.linspace(np.log2(60), np.log2(8000), int(rng.integers(5, 16)))
    curve = rng.normal(0, rng.uniform(0, 5), len(octaves)) + rng.normal(0, 2.5) * (octaves - 10)
    return filtered(
        audio, lambda hz: 10 ** (np.interp(np.log2(np.maximum(hz, 30)), octaves, curve) / 20)
    )


def breathe(audio: Floats, rng: np.random.Generator) -> Floats:
    """Noise that follows the voice, as of breathy and hoarse speakers."""
    envelope = np.convolve(np.abs(audio), np.full(160, 1 / 160), mode="same")
    noise = filtered(
        rng.standard_normal(len(audio), np.float32), lambda hz: np.clip(hz / 2500, 0.1, 1)
    )
    return (audio + decibels(rng.uniform(-26, -6)) * envelope * noise).astype(np.float32)


def reverberate(audio: Floats, rng: np.random.Generator) -> Floats:
    """A room: exponentially decaying noise after the direct sound, duller as it decays."""
    seconds = log_uniform(rng, *REVERB_TIME)
    tail = rng.standard_normal(int(seconds * SAMPLE_RATE), np.float32)
    tail *= np.exp(np.linspace(0, -6.9, len(tail), dtype=np.float32))  # -60 dB
    tail[: int(rng.uniform(0.001, 0.02) * SAMPLE_RATE)] = 0  # before the first reflection
    cutoff = rng.uniform(1500, 8000)  # Hz
    size = fast_length(len(audio) + len(tail))
    response = np.fft.rfft(tail, size) / (1 + np.fft.rfftfreq(size, 1 / SAMPLE_RATE) / cutoff)
    energy = np.sqrt((np.abs(response) ** 2).mean())  # of the tail, by Parseval
    level = decibels(rng.uniform(*REVERB_LEVEL)) / max(float(energy), 1e-9)
    wet = np.fft.irfft(np.fft.rfft(audio, size) * (1 + level * response), size)
    return wet[: len(audio)].astype(np.float32)


def coloured_noise(samples: int, rng: np.random.Generator) -> Floats:
    """Noise whose power falls as 1/f^0 to 1/f^2, steady or swelling, loudness about 1."""
    slope = rng.uniform(0, 1)
    noise = filtered(
        rng.standard_normal(samples, np.float32), lambda hz: (np.maximum(hz, 40) / 40) ** -slope
    )
    if rng.random() < 0.3:
        swell = rng.uniform(0.1, 1, samples // 8000 + 2)
        noise *= np.interp(np.arange(samples) / 8000, np.arange(len(swell)), swell)
    return noise / np.float32(max(loudness(noise), 1e-9))


def music(samples: int, rng: np.random.Generator) -> Floats:
    """Notes of a few harmonics with soft attacks and decays, and maybe a steady hum."""
    out = np.zeros(samples, np.float32)
    for _ in range(int(rng.integers(2, 5) * (1 + samples / SAMPLE_RATE))):
        start, length = int(rng.integers(samples)), int(rng.uniform(0.1, 1.2) * SAMPLE_RATE)
        t = np.arange(min(length, samples - start), dtype=np.float32) / SAMPLE_RATE
        pitch = log_uniform(rng, 60, 1200)  # Hz
        note = sum(
            np.sin(2 * np.pi * pitch * k * t) / k**1.3
            for k in range(1, 6)
            if pitch * k < SAMPLE_RATE / 2
        )
        decay = np.exp(-t / rng.uniform(0.1, 1)) * np.minimum(t / 0.01, 1)
        out[start : start + len(t)] += rng.uniform(0.1, 1) * decay * note
    if rng.random() < 0.3:
        out += 0.3 * np.sin(2 * np.pi * rng.choice([50, 60, 100, 120]) * np.arange(samples) / 16000)
    return out


def clicks(samples: int, rng: np.random.Generator) -> Floats:
    """Short bursts of noise: keys, knocks, handling."""
    out = np.zeros(samples, np.float32)
    for start in rng.integers(0, samples, int(rng.integers(1, 12))):
        length = min(int(log_uniform(rng, 0.002, 0.1) * SAMPLE_RATE), samples - int(start))
        fall = np.exp(-np.linspace(0, 6, length, dtype=np.float32))
        out[start : start + length] += rng.uniform(0.1, 1) * fall * rng.standard_normal(length)
    return out


def band_limit(audio: Floats, rng: np.random.Generator) -> Floats:
    """A telephone's 300 to 3,400 Hz, or only a lower top."""
    low, high = (0.0, rng.uniform(3000, 7500)) if rng.random() < 0.5 else (300.0, 3400.0)
    return filtered(
        audio,
        lambda hz: np.clip((hz - low) / 60 + 1, 0.01, 1) * np.clip((high - hz) / 200 + 1, 0, 1),
    )


def companded(audio: Floats, rng: np.random.Generator) -> Floats:
    """8-bit mu-law and back."""
    audio = scaled(audio, decibels(rng.uniform(-24, 0)))
    levels = np.round(np.sign(audio) * np.log1p(MU * np.abs(audio)) / np.log1p(MU) * 127) / 127
    expanded: Floats = np.sign(levels) * np.expm1(np.abs(levels) * np.log1p(MU)) / MU
    return expanded.astype(np.float32)


def clipped(audio: Floats, rng: np.random.Generator) -> Floats:
    limit = np.abs(audio).max(initial=0) * rng.uniform(0.25, 0.9)
    return np.clip(audio, -limit, limit)


def levelled(audio: Floats, rng: np.random.Generator) -> Floats:
    return scaled(audio, decibels(rng.uniform(*PEAK_RANGE)))


def compress(audio: Floats, rng: np.random.Generator) -> Floats:
    """An automatic gain: quiet parts come nearer to loud ones."""
    envelope = np.sqrt(np.convolve(audio**2, np.full(800, 1 / 800), mode="same"))
    floor = 0.03 * envelope.max(initial=0) + 1e-9
    evened: Floats = audio * (envelope + floor) ** -rng.uniform(0.1, 0.5)
    return evened.astype(np.float32)


def offset(audio: Floats, rng: np.random.Generator) -> Floats:
    return audio + np.float32(rng.normal(0, 0.01) * np.abs(audio).max(initial=0))


AT_THE_MOUTH: tuple[tuple[float, Change], ...] = (
    (0.35, breathe),
    (0.85, equalise),
    (0.5, reverberate),
)
ON_THE_LINE: tuple[tuple[float, Change], ...] = (
    (0.3, equalise),
    (0.2, compress),
    (0.12, clipped),
    (0.25, band_limit),
    (0.12, companded),
    (0.2, offset),
    (1.0, levelled),
)
