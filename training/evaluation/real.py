"""Real speech with transcripts: scores against targets from aligned phones, and pictures."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from training.evaluation import clip_chart, metrics
from training.evaluation.metrics import Sample, scores
from training.evaluation.predictors import Predict, open_network, whole, windowed
from training.labels.alignment import align
from training.labels.teacher import teacher
from training.speech.recordings import Recording, recordings
from training.speech.utterance import Phone

Results = dict[str, Any]
STREAMS = ((3, 0), (3, 3), (15, 0))  # hop, lookahead


def real(predict: Predict, folder: Path | None, out: Path) -> Results:
    """Every recording with a transcript, alone and together; the others only draw pictures."""
    samples: list[Sample] = []
    results: Results = {"clips": {}}
    for recording in tqdm(list(recordings(folder)), "real speech"):
        phones = phones_of(recording, out / "alignments.json")
        wanted = teacher().curves(phones, recording.audio)[:, 0]
        sample = Sample(recording.name, phones, wanted, predict(recording.audio, 0))
        clip_chart.draw(sample, recording.audio, out / f"{recording.name}.png")
        if recording.text:
            lag, at_lag = metrics.best_lag(sample)
            timing = {"best lag": lag, "jawOpen at best lag": at_lag}
            results["clips"][recording.name] = scores([sample]) | timing
            samples.append(sample)
    if samples:
        results["all"] = scores(samples)
        results["mean jawOpen correlation of the clips"] = float(
            np.mean([clip["jawOpen"] for clip in results["clips"].values()])
        )
    return results


def phones_of(recording: Recording, cache: Path) -> list[Phone]:
    """The phones of a recording, aligned once; without a transcript, none."""
    if not recording.text:
        return []
    aligned = json.loads(cache.read_text()) if cache.exists() else {}
    digest = hashlib.sha256(recording.audio.tobytes() + recording.text.encode()).hexdigest()[:16]
    key = f"{recording.name}-{digest}"
    if key not in aligned:
        alignment = align(recording.audio, recording.text, recording.language)
        aligned[key] = [[p.symbol, p.start, p.end, p.stress] for p in alignment.phones]
        cache.write_text(json.dumps(aligned, ensure_ascii=False))
    return [Phone(*phone) for phone in aligned[key]]


def streaming(model: Path, folder: Path | None) -> Results:
    """Mean absolute difference, over real clips, of sliding windows from the whole clip at once."""
    network = open_network(model)
    audio = [recording.audio for recording in recordings(folder)]
    results = {}
    for hop, lookahead in STREAMS if audio else ():
        gaps = [
            np.abs(windowed(network, a, 0, hop, lookahead) - whole(network, a, 0)) for a in audio
        ]
        results[f"hop {hop}, lookahead {lookahead}"] = float(np.concatenate(gaps).mean())
    return results
