"""A loaded model: shared by all its streams, read-only, safe to use from many threads."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict, Unpack

import numpy as np
from numpy.typing import NDArray

from a2e.arrays import Floats
from a2e.audio.decode import AudioSource, open_audio
from a2e.clip import Clip
from a2e.data import LOW_LATENCY_MODEL, MODEL
from a2e.errors import ModelError
from a2e.graph import Context, Graph
from a2e.model_file import shown
from a2e.post import Controls, Live, Post, prompt
from a2e.rates import Rate
from a2e.spec import Spec
from a2e.stream import Stream
from a2e.styles import Style, shares_of
from a2e.visemes import ARKIT_SHAPES


def load(
    path: str | Path | None = None,
    *,
    threads: int = 1,
    provider: str = "cpu",
    low_latency: bool = False,
) -> Model:
    """Loads the model file at ``path``, by default the bundled one.

    ``threads`` is the number of threads that one call may use, ``provider`` is ``"cpu"`` or
    ``"cuda"``. ``low_latency`` takes the bundled file with the least lookahead, where none is
    given, and lets its streams' :class:`a2e.Live` hold no frames back. Raises
    :class:`a2e.errors.ModelError`, :class:`a2e.errors.ProviderError` or
    :class:`a2e.errors.OptionError`.
    """
    file = Path(path or _bundled(low_latency))
    return Model(file, threads=threads, provider=provider, low_latency=low_latency)


def _bundled(low_latency: bool) -> Path:
    """The bundled file; raises :class:`a2e.errors.ModelError` where there is none."""
    if low_latency and not LOW_LATENCY_MODEL.exists():
        raise ModelError(
            f"low latency needs a model of its own, and this a2e comes without "
            f"{LOW_LATENCY_MODEL.name}; name a file made with `a2e-export convert --lookahead 0`"
        )
    return LOW_LATENCY_MODEL if low_latency else MODEL


def _load_again(path: Path | None, options: dict[str, Any], checksums: tuple[str, str]) -> Model:
    """The model that was pickled; raises :class:`a2e.errors.ModelError` for another file."""
    model = load(path, **options)
    if model.graph.checksums != checksums:
        raise ModelError(
            f"{shown(path or _bundled(model.low_latency))} is another file than when its model was "
            "pickled; load it anew"
        )
    return model


class StreamOptions(TypedDict, total=False):
    """The options of :meth:`Model.stream`, which explains them."""

    style: Style | None
    post: Post | None
    controls: Controls | None
    seed: int | None
    fps: Rate | float | str | None
    delay: float
    smooth: Mapping[str, float] | None
    shapes: str


class Model:
    """One ONNX file; make one with :func:`load`.

    The file is read once and not needed afterwards, but where the model is pickled (for a pool of
    processes): then its path goes over, and the file must still be there, and the same.
    """

    def __init__(
        self, path: Path, *, threads: int = 1, provider: str = "cpu", low_latency: bool = False
    ) -> None:
        self.low_latency = low_latency
        """Whether streams hold no frames back to smooth them."""
        self.graph = Graph(path, threads=threads, provider=provider)
        """The file's graph, for whoever steps it himself (:meth:`step`)."""
        is_bundled = path == (LOW_LATENCY_MODEL if low_latency else MODEL)
        self._path = None if is_bundled else Path(os.path.abspath(path))
        self._options = {"threads": threads, "provider": provider, "low_latency": low_latency}

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles as the file's path and checksums: the file is loaded again where it is needed."""
        return _load_again, (self._path, self._options, self.graph.checksums)

    @property
    def spec(self) -> Spec:
        """The facts of the file."""
        return self.graph.spec

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the shapes, in the order of the weights."""
        return self.spec.shapes

    def initial_context(self, batch: int = 1) -> Context:
        """See :meth:`a2e.graph.Graph.initial_context`."""
        return self.graph.initial_context(batch)

    def step(self, audio: Floats, style: Floats, context: Context) -> tuple[Floats, Context]:
        """See :meth:`a2e.graph.Graph.step`."""
        return self.graph.step(audio, style, context)

    def style(self, style: Style | None) -> Floats:
        """Shares of the styles, float32 [styles]; None is the file's default style.

        Raises :class:`a2e.errors.OptionError` for a style that does not exist.
        """
        return shares_of(style, self.spec)

    def stream(
        self,
        rate: int,
        *,
        style: Style | None = None,
        post: Post | None = Live(),
        controls: Controls | None = None,
        seed: int | None = None,
        fps: Rate | float | str | None = None,
        delay: float = 0.0,
        smooth: Mapping[str, float] | None = None,
        shapes: str = ARKIT_SHAPES,
    ) -> Stream:
        """A live stream of one voice at ``rate`` Hz.

        ``post`` is :class:`a2e.Live`, :class:`a2e.Upstream` or None for raw weights; ``controls``
        are applied after it. ``seed`` makes what moves by chance repeatable: blinks, gaze, head.

        ``fps`` is the frame rate, the model's own by default: 1 to 240, or a fraction such as
        "24000/1001", which 23.976 means, too. ``delay`` shows the face so many milliseconds later,
        or earlier if it is less than 0, which is paid for in latency; the number of frames stays.
        ``smooth`` are times of smoothing in milliseconds, by region
        (``a2e.post.regions.REGIONS``). ``shapes`` is another set than ARKit's, of visemes
        (``a2e.visemes.SHAPE_SETS``). Raises :class:`a2e.errors.AudioError` and
        :class:`a2e.errors.OptionError`.
        """
        return Stream(
            self.graph,
            rate,
            style=style,
            post=prompt(post) if self.low_latency else post,
            controls=controls,
            seed=seed,
            fps=fps,
            delay=delay,
            smooth=smooth,
            shapes=shapes,
        )

    def animate(self, samples: NDArray[Any], rate: int, **options: Unpack[StreamOptions]) -> Clip:
        """The whole clip ``samples`` at ``rate`` Hz; the options are those of :meth:`stream`."""
        stream = self.stream(rate, **options)
        weights = np.concatenate((stream.push(samples), stream.flush()))
        return Clip(weights, stream.names, stream.fps)

    def animate_file(
        self, source: AudioSource, *, track: int | None = None, **options: Unpack[StreamOptions]
    ) -> Clip:
        """The whole of an audio file: a path, bytes or a binary file object.

        ``track`` is an audio track of a video, from 0; see :func:`a2e.open_audio` for what is
        read. The other options are those of :meth:`stream`. Raises
        :class:`a2e.errors.AudioError`.
        """
        with open_audio(source, track=track) as file:
            stream = self.stream(file.rate, **options)
            parts = [stream.push(block) for block in file.blocks()]
        return Clip(np.concatenate([*parts, stream.flush()]), stream.names, stream.fps)
