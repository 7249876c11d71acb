"""A drop-in for LAM's ``infer_streaming_audio``, as OpenAvatarChat's avatar handler calls it.

    engine = a2e.compat.lam.Audio2Expression("lam.onnx")
    context = None
    for chunk in chunks:  # one second each
        result, context = engine.infer_streaming_audio(chunk, 24_000, context)
        send(result["expression"])

Frames equal upstream's: each chunk is resampled alone, its frames are rounded up, and they have no
audio to their right. :class:`a2e.Stream` has none of these faults; this is for hosts that can't
change.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypedDict

import numpy as np
from numpy.typing import NDArray

from a2e.arrays import Floats
from a2e.audio.lowpass import Kaiser
from a2e.audio.resample import Resampler
from a2e.audio.samples import check_rate, check_samples, downmix
from a2e.errors import OptionError
from a2e.model import Model, load
from a2e.post import Post, PostState, Upstream, names_of, profile_of
from a2e.random import Random
from a2e.styles import Style

SOXR_HQ = Kaiser(half_width=96.8332, rolloff=0.9568719, beta=13.04)
"""The low-pass of libsoxr's quality HQ, which upstream resamples with (``librosa.resample``), from
its impulse response. From 24 and 48 kHz, which hosts use, to 16 it is within 1e-6 of libsoxr's;
from 44.1 kHz libsoxr's own is a little different."""


class Result(TypedDict):
    """What upstream answers for a chunk."""

    code: int
    """0: all went well (anything else raises here)."""
    expression: Floats
    """float32 [frames, shapes]."""
    headpose: Floats | None
    """float32 [frames, 3] with a profile that moves the head (``a2e.shapes.HEAD``), else None, as
    upstream's."""


@dataclass
class Context:
    """What is carried from chunk to chunk; opaque to the caller."""

    audio: Floats  # the last window at the model's rate
    post: PostState


class Audio2Expression:
    """Upstream's streaming inference on a ``recompute`` model without lookahead.

    ``history`` is what stands before a chunk in the network's window: ``"carry"`` the audio of
    earlier chunks, as upstream intends, or ``"blank"`` zeros, as upstream's code does. Raises
    :class:`a2e.errors.OptionError` for another model or history.
    """

    def __init__(
        self,
        model: Model | str | Path,
        *,
        history: Literal["carry", "blank"] = "carry",
        style: Style | None = None,
        post: Post | None = Upstream(),
        seed: int | None = None,
    ) -> None:
        self._model = model if isinstance(model, Model) else load(model)
        spec = self._spec = self._model.spec
        if (spec.kind, spec.lookahead) != ("recompute", 0):
            raise OptionError(
                f"this needs a recompute model without lookahead; got kind {spec.kind} with a "
                f"lookahead of {spec.lookahead}. Convert the checkpoint with "
                "--kind recompute --lookahead 0 --hop 30"
            )
        if history not in ("carry", "blank"):
            raise OptionError(f"history must be 'carry' or 'blank'; got {history!r}")
        self._carry = history == "carry"
        self._style = self._model.style(style)[None]
        self._post = profile_of(post)
        if self._post.delay:
            raise OptionError(
                f"each chunk must give its own frames, but {self._post!r} holds "
                f"{self._post.delay} back; use a2e.Upstream(), a2e.Live(smoothing=False) or None"
            )
        self._random = Random(seed)

    def infer_streaming_audio(
        self, audio: NDArray[Any], ssr: int, context: Context | None = None
    ) -> tuple[Result, Context]:
        """The frames of one chunk, and the context for the next.

        ``audio`` is a chunk at ``ssr`` Hz, ``context`` None at the start. A chunk longer than the
        model's hop is taken in hops. Raises :class:`a2e.errors.AudioError`.
        """
        rate = check_rate(ssr)
        check_samples(audio)
        mono = downmix(audio)
        if context is not None and not isinstance(context, Context):
            raise OptionError(
                "context must be None at the start of a speech and then what the last call "
                f"returned; got {type(context).__name__}"
            )
        context = self._fresh() if context is None else deepcopy(context)
        piece = self._spec.hop * rate // self._spec.fps
        shapes, names = self._spec.shapes, names_of(self._post, self._spec.shapes)
        parts = [np.zeros((0, len(names)), np.float32)]
        for start in range(0, len(mono), piece):
            parts.append(self._animate(mono[start : start + piece], rate, context))
        expression, pose = np.split(np.concatenate(parts), [len(shapes)], axis=1)
        headpose = pose if len(names) > len(shapes) else None
        return {"code": 0, "expression": expression, "headpose": headpose}, context

    def _fresh(self) -> Context:
        return Context(
            audio=np.zeros(self._spec.window_samples, np.float32),
            post=self._post.start(self._spec.shapes, self._spec.fps, self._random.spawn()),
        )

    def _animate(self, chunk: Floats, rate: int, context: Context) -> Floats:
        """Frames [m, shapes] of at most a hop of audio; ``context`` is brought up to date."""
        spec = self._spec
        audio = resample_alone(chunk, rate, spec.sample_rate)[-spec.hop_samples :]
        before = context.audio if self._carry else np.zeros_like(context.audio)
        window = np.concatenate((before[len(audio) :], audio))
        context.audio = window
        split = len(window) - spec.hop_samples
        hop, past = window[None, split:], window[None, :split]
        weights, _ = self._model.graph.step(hop, self._style, {"audio": past})
        frames = spec.window - int(spec.window - len(audio) / spec.sample_rate * spec.fps)
        new = weights[0, spec.hop - frames :]
        return context.post.step(new, chunk, rate)


def resample_alone(chunk: Floats, rate: int, target: int) -> Floats:
    """A chunk as if nothing stood around it: ceil(n * target / rate) samples, as librosa gives."""
    resampler = Resampler(rate, target, shape=SOXR_HQ)
    return np.concatenate((resampler.push(chunk), resampler.finish()))
