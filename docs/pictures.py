"""Makes the documents' pictures of the drawn face: `python docs/pictures.py --help`.

loop: a moment of the bundled speech as docs/face.gif.
strip: a sentence as it was captured, above, and as a2e makes it from the sound, below, as
docs/faces.png; CLIP is an npz with weights, names, fps and words, and a flac of its name beside it.
peers: the distance of the lips in that sentence, real, ours and wawa-lipsync's (in a browser, each
at its best lag), as docs/peers.png.
Real curves are of the GRID corpus (CC BY 4.0: Cooke, Barker, Cunningham & Shao 2006), sentence
bbbm1s of speaker s1.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import soundfile

import a2e
from a2e.arrays import Floats
from a2e.console import main
from a2e.data import SPEECH
from a2e.render.look import Look
from a2e.render.painter import Painter, Pixels

FOLDER = Path(__file__).parent
LOOP_SECONDS = 2.95
"""From silence to silence, so that the end meets the beginning."""
LOOP = ("--size", "240", "--fps", "20", "--seed", "3", "--background", "white")
SIZE = (300, 354)
CROP = (slice(90, 300), slice(55, 245))
"""Eyes to chin."""
PAPER = 0xFFFFFFFF
CAMERA_LATE = 0.04
"""Seconds by which GRID's pictures follow their sound."""
MOMENTS = 8


def make_loop() -> None:
    samples, rate = soundfile.read(SPEECH, dtype="int16")
    with tempfile.TemporaryDirectory() as folder:
        voice = Path(folder) / "voice.wav"
        soundfile.write(voice, samples[: round(LOOP_SECONDS * rate)], rate)
        main(["render", str(voice), "-o", str(FOLDER / "face.gif"), *LOOP])


def make_strip(path: Path) -> None:
    from matplotlib.figure import Figure

    with np.load(path) as arrays:
        truth = a2e.Clip(
            arrays["weights"].astype(np.float32),
            tuple(map(str, arrays["names"])),
            int(arrays["fps"]),
        )
        words = [(str(word), float(start), float(end)) for word, start, end in arrays["words"]]
    ours = a2e.load().animate(*soundfile.read(path.with_suffix(".flac"), dtype="float32"), seed=3)
    spoken = [(start, end) for word, start, end in words if word != "sil"]
    times = np.linspace(spoken[0][0], spoken[-1][1], MOMENTS + 1)[:-1] + 0.02
    rows = [faces(truth, times + CAMERA_LATE), faces(ours, times)]
    figure = Figure(figsize=(1.4 * MOMENTS, 3.8), layout="constrained")
    grid = figure.subplots(2, MOMENTS)
    for axes, pictures, label in zip(grid, rows, ("captured", "a2e, from sound"), strict=True):
        for cell, picture in zip(axes, pictures, strict=True):
            cell.imshow(picture)
            cell.set(xticks=[], yticks=[])
            cell.spines[:].set_visible(False)
        axes[0].set_ylabel(label)
    for cell, time in zip(grid[0], times, strict=True):
        word = next((word for word, start, end in words if start <= time < end), "")
        cell.set_title(f"{'' if word == 'sil' else word}\n{time:.2f} s", fontsize="medium")
    figure.savefig(FOLDER / "faces.png", dpi=110)


def draw_peers(path: Path) -> None:
    from matplotlib.figure import Figure

    from benchmarks.suite.peers import at_best_lag, peers
    from training.evaluation.faces import aligned, open_model
    from training.labels.captures import captures
    from training.labels.curves import FPS

    clip = next(c for c in captures(path.parents[1]) if c.path.stem == path.stem)
    figure = Figure(figsize=(9, 3), layout="constrained")
    axes = figure.subplots()
    with peers() as others:
        systems = {"a2e": open_model(None, raw=False, low_latency=False)}
        systems["wawa-lipsync"] = others["wawa-lipsync"]
        for (name, animate), style in zip(systems.items(), ("C1-", "C0--"), strict=True):
            ((_, weights),), _lag = at_best_lag([(clip, animate(*clip.sound))])
            made, real = aligned(clip, weights)
            times = np.arange(len(real.gap)) / FPS
            if name == "a2e":
                axes.plot(times, standard(real.gap), "k", label="real")
            axes.plot(times, standard(made.gap), style, label=name)
    axes.set(xlabel="s", ylabel="lips' distance, standard scores")
    axes.legend(loc="upper right", ncols=3)
    figure.savefig(FOLDER / "peers.png", dpi=90)


def standard(curve: Floats) -> Floats:
    scored: Floats = (curve - curve.mean()) / curve.std()
    return scored


def faces(clip: a2e.Clip, times: Floats) -> list[Pixels]:
    """Pictures of a clip at some times, s."""
    painter = Painter(clip.names, Look(*SIZE, PAPER))
    pictures = [painter.paint(clip.weights[int(time * clip.fps)])[CROP].copy() for time in times]
    painter.close()
    return pictures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("picture", choices=("loop", "strip", "peers"))
    parser.add_argument("clip", type=Path, nargs="?")
    options = parser.parse_args()
    if options.picture == "loop":
        make_loop()
    elif options.clip is None:
        parser.error(f"{options.picture} needs a CLIP")
    elif options.picture == "strip":
        make_strip(options.clip)
    else:
        draw_peers(options.clip)
