"""Print the model card's numbers: ``python -m training.evaluate MODEL --speech FOLDER``.

MODEL is a checkpoint (``training/.cache/bundled.pth``, with ``config.json`` beside it) or a
converted ``.onnx``. Real speech is read from FOLDER and from what `recordings` finds installed; its
phones come from `align`, once, and are kept. Results are also written as ``results.json``, with a
picture for each real clip.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from training import augment, evaluation_charts, metrics
from training.align import align
from training.metrics import Floats, Sample
from training.phones import SAMPLE_RATE, Phone
from training.predictors import Predict, open_network, open_predictor, whole, windowed
from training.recordings import Recording, recordings
from training.speech import HELD_OUT_LANGUAGES, utterances
from training.targets import STYLES, targets

FOLDER = Path(__file__).parent / ".cache" / "evaluation"
SEED = 20_000  # of the synthetic test: no seed of training or validation
HARD_RATIO = 15.0  # dB, speech over noise in the harder half of the noise tests
NOISE_SECONDS = 4
NOISE_LEVELS = (-60, -45, -30, -15)  # dB of full scale, root mean square
NOISE_TILTS = {"white": 0.0, "pink": 0.5, "brown": 1.0}  # amplitude falls with frequency to this
STREAMS = ((3, 0), (3, 3), (15, 0))  # hop, lookahead

Results = dict[str, Any]


def main() -> None:
    options = parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    predict = open_predictor(options.model, options.hop, options.lookahead)
    results: Results = {"model": options.model.name, "hop": options.hop}
    results["synthetic"] = synthetic(predict, options.utterances)
    results["styles"] = styles(predict, options.utterances // 4)
    results["real"] = real(predict, options.speech, options.out)
    results["noise"] = noise(predict)
    if options.model.suffix != ".onnx" and options.hop is None:
        results["streaming"] = streaming(options.model, options.speech)
    (options.out / "results.json").write_text(json.dumps(tidy(results), indent=2) + "\n")
    print(tables(results))


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--speech", type=Path, help="folder of real recordings")
    parser.add_argument("--out", type=Path, default=FOLDER)
    parser.add_argument("--utterances", type=int, default=300, help="of synthetic speech")
    parser.add_argument("--hop", type=int, help="stream a checkpoint in hops of so many frames")
    parser.add_argument("--lookahead", type=int, default=0, help="frames held back, with --hop")
    return parser.parse_args()


def synthetic(predict: Predict, count: int) -> Results:
    """Held-out voices and languages, clean and as recorded by `augment`, in neutral style."""
    rng = np.random.default_rng(SEED)
    clean, rough = [], []
    background = np.zeros(SAMPLE_RATE, np.float32)
    for i, said in enumerate(tqdm(islice(utterances(SEED, "validation"), count), total=count)):
        wanted = targets(said.phones, said.audio, 0)
        tags = {said.voice.split(":")[0], "new language"}
        if said.language not in HELD_OUT_LANGUAGES:
            tags.remove("new language")
        level = augment.levelled(said.audio, rng)
        clean.append(Sample(str(i), said.phones, wanted, predict(level, 0), tags))
        heard = augment.record(said.audio, background, rng)
        rough.append(Sample(str(i), said.phones, wanted, predict(heard, 0), tags))
        background = said.audio
    groups = {
        "clean": clean,
        "clean, new voices": [s for s in clean if "new language" not in s.tags],
        "clean, new languages": [s for s in clean if "new language" in s.tags],
        "clean, flite and festival": [s for s in clean if "espeak" not in s.tags],
        "disturbed": rough,
    }
    return {name: scores(samples) for name, samples in groups.items() if samples}


def styles(predict: Predict, count: int) -> Results:
    """Correlation with each style's own targets, and how far the mouth opens against neutral."""
    said = list(islice(utterances(SEED + 1, "validation"), count))
    results: Results = {}
    neutral = 0.0
    for index, style in enumerate(STYLES):
        samples = [
            Sample("", u.phones, targets(u.phones, u.audio, index), predict(u.audio, index))
            for u in said
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


def scores(samples: list[Sample]) -> Results:
    closed, labials = metrics.closed_share(samples)
    apart, vowels = metrics.open_share(samples)
    resting = np.concatenate([metrics.rest_frames(s) for s in samples])
    return {
        **metrics.correlations(samples),
        "closed on p b m": closed,
        "p b m": labials,
        "apart on open vowels": apart,
        "open vowels": vowels,
        "rest": metrics.rest(resting),
    }


def real(predict: Predict, folder: Path | None, out: Path) -> Results:
    """Every recording with a transcript, alone and together; the others only draw pictures."""
    samples: list[Sample] = []
    results: Results = {"clips": {}}
    for recording in tqdm(list(recordings(folder)), "real speech"):
        phones = phones_of(recording, out / "alignments.json")
        wanted = targets(phones, recording.audio, 0)
        sample = Sample(recording.name, phones, wanted, predict(recording.audio, 0))
        evaluation_charts.draw(sample, recording.audio, out / f"{recording.name}.png")
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
    known = json.loads(cache.read_text()) if cache.exists() else {}
    digest = hashlib.sha256(recording.audio.tobytes() + recording.text.encode()).hexdigest()[:16]
    key = f"{recording.name}-{digest}"
    if key not in known:
        alignment = align(recording.audio, recording.text, recording.language)
        known[key] = [[p.symbol, p.start, p.end, p.stress] for p in alignment.phones]
        cache.write_text(json.dumps(known, ensure_ascii=False))
    return [Phone(*phone) for phone in known[key]]


def noise(predict: Predict) -> Results:
    """Steady noise of several colours and levels, and silence."""
    rng = np.random.default_rng(SEED)
    samples = NOISE_SECONDS * SAMPLE_RATE
    results = {"silence": metrics.rest(predict(np.zeros(samples, np.float32), 0))}
    for name, tilt in NOISE_TILTS.items():
        for level in NOISE_LEVELS:
            sound = coloured(rng, samples, tilt, 10 ** (level / 20))
            results[f"{name}, {level} dB"] = metrics.rest(predict(sound, 0))
    return results


def coloured(rng: np.random.Generator, samples: int, tilt: float, level: float) -> Floats:
    """Gaussian noise [samples] of root mean square ``level``."""
    spectrum = np.fft.rfft(rng.normal(size=samples))
    spectrum /= np.maximum(np.arange(len(spectrum)), 20) ** tilt
    sound = np.fft.irfft(spectrum, samples)
    clipped: Floats = np.clip(sound * level / sound.std(), -1, 1).astype(np.float32)
    return clipped


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


def tidy(value: Any) -> Any:
    """For JSON, which has no NaN."""
    if isinstance(value, dict):
        return {key: tidy(inner) for key, inner in value.items()}
    return None if isinstance(value, float) and value != value else value


def tables(results: Results) -> str:
    """The results as Markdown."""
    parts = ["## Held-out synthetic speech", table(results["synthetic"])]
    parts += ["## Styles", table(results["styles"])]
    if results["real"]["clips"]:
        everything = results["real"]["clips"] | {"all": results["real"]["all"]}
        parts += ["## Real speech", table(everything)]
        rests = {name: row["rest"] for name, row in everything.items() if row["rest"]}
        parts += ["## Rest in the pauses of real speech", table(rests)]
    parts += ["## Rest in noise", table(results["noise"])]
    if results.get("streaming"):
        rows = {k: {"mean absolute difference": v} for k, v in results["streaming"].items()}
        parts += ["## Sliding windows against the whole clip", table(rows)]
    return "\n\n".join(parts)


def table(rows: dict[str, Results]) -> str:
    """A Markdown table of {row: {column: number}}."""
    heads = [k for k, v in next(iter(rows.values())).items() if not isinstance(v, dict)]
    lines = ["| | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    lines += [
        f"| {name} | " + " | ".join(number(row.get(head)) for head in heads) + " |"
        for name, row in rows.items()
    ]
    return "\n".join(lines)


def number(value: float | int | None) -> str:
    if value is None or value != value:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


if __name__ == "__main__":
    main()
