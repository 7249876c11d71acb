"""A picture of a voice and its face: key frames, the waveform and the main curves."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from a2e.arrays import Floats
from a2e.clip import Clip
from a2e.errors import OptionError
from a2e.face import draw_face
from a2e.files import whole_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PANELS: dict[str, tuple[str, ...]] = {
    "opening": ("jawOpen", "mouthLowerDownLeft", "mouthUpperUpLeft"),
    "lips": ("mouthFunnel", "mouthPucker", "mouthStretchLeft", "mouthSmileLeft"),
    "closing": ("mouthClose", "mouthPressLeft", "mouthRollLower", "mouthRollUpper"),
    "eyes, brows": ("eyeBlinkLeft", "browInnerUp", "cheekSquintLeft"),
}
WIDTH_INCHES = 12.0
WAVEFORM_POINTS = 4000
KINDS = ("png", "svg", "pdf")
FACES = 8
"""Key frames drawn."""


def plot(clip: Clip, audio: Floats, rate: int, path: str | Path, title: str = "") -> None:
    """Draws ``clip`` under its ``audio`` (float32 [n] at ``rate`` Hz) into a PNG, SVG or PDF.

    Raises :class:`a2e.errors.OptionError` where matplotlib is missing or the format is unknown.
    """
    kind = check_target(path)
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_INCHES, 2 * (len(PANELS) + 2)), layout="constrained")
    rows = figure.add_gridspec(2, 1, height_ratios=(1, len(PANELS) + 1))
    top, bottom = figure.add_subfigure(rows[0]), figure.add_subfigure(rows[1])
    wave, *curves = bottom.subplots(len(PANELS) + 1, sharex=True)
    shown = key_frames(clip)
    for axes, frame in zip(np.atleast_1d(top.subplots(1, FACES)), shown, strict=False):
        draw_face(axes, dict(zip(clip.names, clip.weights[frame].tolist(), strict=True)))
        axes.text(0, -1.62, f"{float(frame / clip.fps):.2f} s", fontsize="small", ha="center")
    for axes in top.axes[len(shown) :]:
        axes.axis("off")
    _draw_wave(wave, audio, rate)
    wave.set_title(title)
    times = (np.arange(len(clip)) + 0.5) / float(clip.fps)
    for axes, (panel, names) in zip(curves, PANELS.items(), strict=True):
        for name in (name for name in names if name in clip.names):
            axes.plot(times, clip.weights[:, clip.names.index(name)], label=name, linewidth=1.3)
        axes.set(ylabel=panel, ylim=(-0.02, 1.02))
        axes.legend(loc="upper right", fontsize="small", ncols=4, framealpha=0.6)
        axes.grid(alpha=0.25)
    for axes in (wave, *curves):
        for frame in shown:
            axes.axvline((frame + 0.5) / float(clip.fps), color="0.6", linewidth=0.8, linestyle=":")
    curves[-1].set(xlabel="seconds", xlim=(0, max(len(audio) / rate, float(1 / clip.fps))))
    with whole_file(path) as file:
        figure.savefig(file, format=kind, dpi=100)


def check_target(path: str | Path) -> str:
    """The picture format of a file name; raises :class:`a2e.errors.OptionError`."""
    kind = Path(path).suffix.lstrip(".").lower()
    if kind not in KINDS:
        raise OptionError(f"a picture's name must end in .{', .'.join(KINDS)}; got {path}")
    if not Path(path).absolute().parent.is_dir():
        raise OptionError(f"can't write to {path}: there is no such folder")
    if importlib.util.find_spec("matplotlib") is None:
        raise OptionError("plots need matplotlib: install a2e with its extra 'plot'")
    return kind


def _draw_wave(axes: Axes, audio: Floats, rate: int) -> None:
    step = max(1, len(audio) // WAVEFORM_POINTS)
    spans = audio[: len(audio) // step * step].reshape(-1, step)
    at = np.arange(len(spans)) * step / rate
    axes.fill_between(at, spans.min(axis=1), spans.max(axis=1), color="0.35", linewidth=0)
    axes.set(ylabel="voice", ylim=(-1, 1))


def key_frames(clip: Clip, count: int = FACES) -> list[int]:
    """At most ``count`` frames whose mouths differ most from each other, in order of time."""
    mouth = [i for i, name in enumerate(clip.names) if name.startswith(("jaw", "mouth"))]
    poses = clip.weights[:, mouth]
    if not len(poses):
        return []
    chosen = [int(np.argmax(np.linalg.norm(poses, axis=1)))]
    while len(chosen) < min(count, len(poses)):
        distance = np.min([np.linalg.norm(poses - poses[i], axis=1) for i in chosen], axis=0)
        chosen.append(int(np.argmax(distance)))
    return sorted(set(chosen))
