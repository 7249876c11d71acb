"""Held-out synthetic speech: how well a model follows its targets, and each of its styles."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
from tqdm import tqdm

from training.evaluation import metrics
from training.evaluation.metrics import Sample, scores
from training.evaluation.predictors import Predict
from training.labels.targets import STYLES
from training.labels.teacher import teacher
from training.speech import augment, effects
from training.speech.corpus import utterances
from training.speech.utterance import SAMPLE_RATE
from training.speech.voices import HELD_OUT_LANGUAGES

Results = dict[str, Any]
SEED = 20_000  # of the synthetic test: no seed of training or validation


def synthetic(predict: Predict, count: int) -> Results:
    """Held-out voices and languages, clean and as recorded by `augment`, in neutral style."""
    rng = np.random.default_rng(SEED)
    clean, disturbed = [], []
    background = np.zeros(SAMPLE_RATE, np.float32)
    for i, utterance in enumerate(tqdm(islice(utterances(SEED, "validation"), count), total=count)):
        wanted = teacher().curves(utterance.phones, utterance.audio)[:, 0]
        tags = {utterance.voice.split(":")[0], "new language"}
        if utterance.language not in HELD_OUT_LANGUAGES:
            tags.remove("new language")
        level = effects.levelled(utterance.audio, rng)
        clean.append(Sample(str(i), utterance.phones, wanted, predict(level, 0), tags))
        recording = augment.record(utterance.audio, background, rng)
        disturbed.append(Sample(str(i), utterance.phones, wanted, predict(recording, 0), tags))
        background = utterance.audio
    groups = {
        "clean": clean,
        "clean, new voices": [s for s in clean if "new language" not in s.tags],
        "clean, new languages": [s for s in clean if "new language" in s.tags],
        "clean, flite and festival": [s for s in clean if "espeak" not in s.tags],
        "disturbed": disturbed,
    }
    return {name: scores(samples) for name, samples in groups.items() if samples}


def styles(predict: Predict, count: int) -> Results:
    """Correlation with each style's own targets, and how far the mouth opens against neutral."""
    speech = list(islice(utterances(SEED + 1, "validation"), count))
    wanted_curves = [teacher().curves(u.phones, u.audio) for u in speech]
    results: Results = {}
    neutral = 0.0
    for index, style in enumerate(STYLES):
        samples = [
            Sample("", u.phones, curves[:, index], predict(u.audio, index))
            for u, curves in zip(speech, wanted_curves, strict=True)
        ]
        opening = float(np.mean([metrics.curve(s.made, "jawOpen").mean() for s in samples]))
        wanted = float(np.mean([metrics.curve(s.wanted, "jawOpen").mean() for s in samples]))
        neutral = neutral or opening
        results[style.name] = {
            **metrics.correlations(samples),
            "mean jawOpen": opening,
            "mean jawOpen of targets": wanted,
        }
    return results
