"""One voice's live state: samples in at any size and rate, frames out on the clock.

The way of a chunk: checked and mixed to mono (``audio``), brought to the model's rate
(``resample``), cut into hops, run through the graph (``Model.step``), post-processed (``post``),
returned as frames. A hop's audio is kept beside its weights until post-processing has seen both,
so that volume and weights stay in step whatever the lookahead.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from a2e.arrays import Floats
from a2e.audio.decode import BLOCK_SECONDS
from a2e.audio.resample import Resampler, resampler_delay
from a2e.audio.samples import check_rate, check_samples, downmix
from a2e.errors import StreamClosedError
from a2e.post import Controls, Post, PostState, check_post
from a2e.post.shared import random_generator

if TYPE_CHECKING:
    from a2e.model import Context, Model
    from a2e.styles import Style


@dataclass
class _State:
    """Everything that a stream remembers between two pushes."""

    resampler: Resampler
    context: Context
    post: PostState | None
    unseen: Floats  # samples at the model's rate that no hop has taken yet
    unshown: Floats  # samples of hops whose weights the lookahead still holds back
    unborn: int  # frames before the stream's start that the lookahead makes the graph give
    pushed: int = 0  # samples at the caller's rate
    computed: int = 0  # raw frames since the stream's start


class Stream:
    """Frames for a voice that is still speaking; make one with :meth:`a2e.Model.stream`.

    Frame k shows the time [k/30, (k+1)/30) of the audio. After n samples at rate r and ``flush``
    exactly ceil(n * 30 / r) frames have been given, however the audio was cut. One stream belongs
    to one thread at a time; many streams share a model.
    """

    def __init__(
        self,
        model: Model,
        rate: int,
        *,
        style: Floats,
        post: Post | None,
        controls: Controls | None,
        seed: int | None,
    ) -> None:
        self.rate = check_rate(rate)
        """Sample rate of the audio pushed, Hz."""
        self._model = model
        self._spec = model.spec
        self._style = style[None]
        self._post = check_post(post)
        self._rng = random_generator(seed)
        self._control = controls.bind(model.names) if controls else None
        self._state: _State | None = self._fresh()
        self.hops = 0
        """Hops computed so far, those of :meth:`peek` among them."""

    @property
    def latency(self) -> float:
        """Seconds of audio, counted from a frame's start, that make sure the frame is given."""
        held = self._post.delay if self._post else 0
        frames = self._spec.hop + self._spec.lookahead + held
        return frames / self._spec.fps + resampler_delay(self.rate, self._spec.sample_rate)

    def push(self, samples: NDArray[Any]) -> Floats:
        """Takes the next samples and gives the frames that they complete, float32 [m, shapes].

        ``samples`` is int16, float32 or float64, [n] or [n, channels], of any length; m may be 0.
        Raises :class:`a2e.errors.AudioError` and :class:`a2e.errors.AudioTypeError` (nothing of
        the chunk is taken then) and :class:`a2e.errors.StreamClosedError`.
        """
        state = self._open()
        check_samples(samples)
        state.pushed += len(samples)
        block = self.rate * BLOCK_SECONDS
        return self._gather(
            frames
            for start in range(0, len(samples), block)
            for frames in self._hear(
                state, state.resampler.push(downmix(samples[start : start + block]))
            )
        )

    def flush(self) -> Floats:
        """Ends the audio and gives all frames still due, [m, shapes].

        The stream then starts afresh, but for its random generator: blinks go on, unrepeated.
        """
        state = self._open()
        frames = self._gather(self._tail(state, state.resampler.finish()))
        self._state = self._fresh()
        return frames

    def peek(self) -> Floats:
        """The frames that :meth:`flush` would give now, [m, shapes]; the stream goes on unchanged.

        For hosts that must have the frames of all audio so far: the last ones have heard nothing
        of what follows, and are given again, knowing it, by later calls.
        """
        state = self._open()
        copy = replace(state, post=deepcopy(state.post))
        return self._gather(self._tail(copy, state.resampler.rest()))

    def change(self, *, style: Style | None = None, controls: Controls | None = None) -> None:
        """Another style or other controls from the next hop on; None leaves them as they are.

        Raises :class:`a2e.errors.OptionError`.
        """
        self._open()
        shares = None if style is None else self._model.style(style)[None]
        control = controls.bind(self._model.names) if controls else None
        self._style = self._style if shares is None else shares
        self._control = control or self._control

    def reset(self) -> None:
        """Forgets the audio so far and what is held back; the stream starts afresh."""
        self._open()
        self._state = self._fresh()

    def close(self) -> None:
        """Ends the stream; any further use raises :class:`a2e.errors.StreamClosedError`."""
        self._state = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _open(self) -> _State:
        if self._state is None:
            raise StreamClosedError("this stream is closed; open a new one with model.stream()")
        return self._state

    def _fresh(self) -> _State:
        spec = self._spec
        return _State(
            resampler=Resampler(self.rate, spec.sample_rate),
            context=self._model.initial_context(),
            post=self._post.start(spec.shapes, self._rng) if self._post else None,
            unseen=np.zeros(0, np.float32),
            unshown=np.zeros(spec.samples(spec.lookahead), np.float32),
            unborn=spec.lookahead,
        )

    def _hear(self, state: _State, samples: Floats) -> Iterator[Floats]:
        """Takes samples at the model's rate; yields the frames of each hop that they complete."""
        state.unseen = np.concatenate((state.unseen, samples))
        while len(state.unseen) >= self._spec.hop_samples:
            weights, audio = self._compute(state)
            yield self._finished(state, weights, audio)

    def _compute(self, state: _State) -> tuple[Floats, Floats]:
        """Runs the graph on the next hop: raw weights [m, shapes] and the audio that they show."""
        hop = self._spec.hop_samples
        audio, state.unseen = state.unseen[:hop], state.unseen[hop:]
        weights, state.context = self._model.step(audio[None], self._style, state.context)
        self.hops += 1
        known = np.concatenate((state.unshown, audio))
        shown, state.unshown = known[:hop], known[hop:]
        unborn = min(state.unborn, self._spec.hop)
        state.unborn -= unborn
        state.computed += self._spec.hop - unborn
        return weights[0, unborn:], shown[self._spec.samples(unborn) :]

    def _finished(self, state: _State, weights: Floats, audio: Floats) -> Floats:
        if state.post is None or not len(weights):
            return weights
        return state.post.step(weights, audio, self._spec.sample_rate)

    def _tail(self, state: _State, rest: Floats) -> Iterator[Floats]:
        """The frames due when the audio ends with ``rest`` (samples at the model's rate)."""
        total = -(-state.pushed * self._spec.fps // self.rate)
        yield from self._hear(state, rest)
        while state.computed < total:
            missing = total - state.computed
            lacking = self._spec.hop_samples - len(state.unseen)
            state.unseen = np.concatenate((state.unseen, np.zeros(lacking, np.float32)))
            weights, audio = self._compute(state)
            yield self._finished(state, weights[:missing], audio[: self._spec.samples(missing)])
        if state.post is not None:
            yield state.post.finish()

    def _gather(self, parts: Iterator[Floats]) -> Floats:
        """The parts joined and under the caller's controls, [m, shapes]."""
        try:
            frames = np.concatenate([np.zeros((0, len(self._spec.shapes)), np.float32), *parts])
        except BaseException:
            self.close()  # what a failed call took can't be taken again: the clock would slip
            raise
        return self._control(frames) if self._control else frames
