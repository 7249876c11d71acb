"""A picture of a voice and its face: the waveform above the main curves."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from a2e.audio import Floats
from a2e.clip import Clip
from a2e.errors import OptionError
from a2e.files import whole_file

PANELS: dict[str, tuple[str, ...]] = {
    "opening": ("jawOpen", "mouthLowerDownLeft", "mouthUpperUpLeft"),
    "lips": ("mouthFunnel", "mouthPucker", "mouthStretchLeft", "mouthSmileLeft"),
    "closing": ("mouthClose", "mouthPressLeft", "mouthRollLower", "mouthRollUpper"),
    "eyes, brows": ("eyeBlinkLeft", "browInnerUp", "cheekSquintLeft"),
}
WIDTH_INCHES = 12.0
WAVEFORM_POINTS = 4000


def plot(clip: Clip, audio: Floats, rate: int, path: str | Path, title: str = "") -> None:
    """Draws ``clip`` under its ``audio`` (float32 [n] at ``rate`` Hz) into a PNG, SVG or PDF.

    Raises :class:`a2e.errors.OptionError` where matplotlib is missing or the format is unknown.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise OptionError("plots need matplotlib: pip install 'a2e[plot]'") from error

    figure = Figure(figsize=(WIDTH_INCHES, 2 * (len(PANELS) + 1)), layout="constrained")
    kind = Path(path).suffix.lstrip(".").lower()
    if kind not in FigureCanvasAgg(figure).get_supported_filetypes():
        raise OptionError(f"a picture's name must end in .png, .svg or .pdf; got {path}")
    wave, *curves = figure.subplots(len(PANELS) + 1, sharex=True)
    step = max(1, len(audio) // WAVEFORM_POINTS)
    spans = audio[: len(audio) // step * step].reshape(-1, step)
    at = np.arange(len(spans)) * step / rate
    wave.fill_between(at, spans.min(axis=1), spans.max(axis=1), color="0.35", linewidth=0)
    wave.set(ylabel="voice", ylim=(-1, 1), title=title)
    times = (np.arange(len(clip)) + 0.5) / clip.fps
    for axes, (panel, names) in zip(curves, PANELS.items(), strict=True):
        for name in (name for name in names if name in clip.names):
            axes.plot(times, clip.weights[:, clip.names.index(name)], label=name, linewidth=1.3)
        axes.set(ylabel=panel, ylim=(-0.02, 1.02))
        axes.legend(loc="upper right", fontsize="small", ncols=4, framealpha=0.6)
        axes.grid(alpha=0.25)
    curves[-1].set(xlabel="seconds", xlim=(0, max(len(audio) / rate, 1 / clip.fps)))
    with whole_file(path) as file:
        figure.savefig(file, format=kind, dpi=100)
