"""One voice's live state: samples in at any size and rate, frames out on the clock.

The way of a chunk is the body of ``Stream._frames``: downmix, resample, condition, hops, post, and
where they are asked for, smoothing by region and another frame rate; controls come last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy, deepcopy
from dataclasses import dataclass
from threading import Lock
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from a2e.arrays import Floats
from a2e.audio.resample import Resampler, resampler_delay
from a2e.audio.samples import check_rate, check_samples
from a2e.errors import StreamBusyError, StreamClosedError
from a2e.graph import Graph
from a2e.hops import Hop, Hops
from a2e.post.controls import Controls
from a2e.post.profile import (
    Conditioner,
    Downmix,
    Post,
    PostState,
    downmix_of,
    names_of,
    profile_of,
)
from a2e.post.regions import RegionSmoother
from a2e.post.retiming import Retiming, check_delay, timing_of
from a2e.random import Random
from a2e.rates import Rate, frames_in_samples, parse_rate
from a2e.styles import Style, shares_of
from a2e.visemes import ARKIT_SHAPES, ShapeMap, shape_map

BLOCK_SECONDS = 1
"""Audio that is taken at once: a whole hour in one push needs no hour of scratch memory."""


@dataclass
class _State:
    """Everything that a stream remembers of its audio between two calls."""

    downmix: Downmix
    resampler: Resampler
    condition: Conditioner
    hops: Hops
    post: PostState
    smoother: RegionSmoother | None
    retiming: Retiming | None
    shapes: ShapeMap | None
    samples: int = 0  # taken, at the caller's rate

    def fork(self) -> _State:
        """A state that can be ended without a trace in this one, but for what comes before
        conditioning."""
        return _State(
            self.downmix,
            self.resampler,
            deepcopy(self.condition),
            copy(self.hops),
            deepcopy(self.post),
            copy(self.smoother),
            copy(self.retiming),
            copy(self.shapes),
            self.samples,
        )


class Stream:
    """Frames for a voice that is still speaking; make one with :meth:`a2e.Model.stream`.

    Frame k shows the time [k / fps, (k + 1) / fps) of the audio. After n samples at rate r and
    ``flush`` exactly ceil(n * fps / r) frames have been given, however the audio was cut. One
    stream belongs to one thread at a time: a call while another is running raises
    :class:`a2e.errors.StreamBusyError` and changes nothing. Many streams share a model.
    """

    def __init__(
        self,
        graph: Graph,
        rate: int,
        *,
        style: Style | None,
        post: Post | None,
        controls: Controls | None,
        seed: int | None,
        fps: Rate | float | str | None = None,
        delay: float = 0.0,
        smooth: Mapping[str, float] | None = None,
        shapes: str = ARKIT_SHAPES,
    ) -> None:
        self.rate = check_rate(rate)
        """Sample rate of the audio pushed, Hz."""
        self._graph = graph
        self._spec = graph.spec
        self._style = shares_of(style, self._spec)
        self._post = profile_of(post)
        self._columns = names_of(self._post, self._spec.shapes)
        self._nothing = np.zeros((0, len(self._columns)), np.float32)
        self._controls = (controls or Controls()).bind(self._columns)
        self.fps = self._spec.fps if fps is None else parse_rate(fps)
        """Frames a second, exact: an int, or a Fraction where it is not whole."""
        self._timing = timing_of(self._spec.fps, self.fps, check_delay(delay))
        self._smooth = dict(smooth or {})
        self._seed = seed
        self.shapes = shapes
        """The set of the frames' shapes (``a2e.visemes.SHAPE_SETS``)."""
        mapped = shape_map(shapes, self._columns, self.fps)
        self.names = mapped.names if mapped else self._columns
        """Names of the frames' columns: the model's shapes, and what the profile adds to them; or
        those of another set."""
        self._random = Random(seed)
        self._running = Lock()
        self._closed = False
        self._state = self._start()
        self.hops = 0
        """Hops computed so far, those of :meth:`peek` among them."""

    @property
    def latency(self) -> float:
        """Seconds of audio, counted from a frame's start, that make sure the frame is given."""
        spec = self._spec
        held = (spec.hop + spec.lookahead + self._post.delay) / spec.fps
        known = held + resampler_delay(self.rate, spec.sample_rate)
        return known if self._timing is None else known + self._timing.wait / spec.fps

    def push(self, samples: NDArray[Any]) -> Floats:
        """Takes the next samples and gives the frames that they complete, float32 [m, names].

        ``samples`` is int16, float32 or float64, [n] or [n, channels], of any length; m may be 0.
        Raises :class:`a2e.errors.AudioError` and :class:`a2e.errors.AudioTypeError` (nothing of
        the chunk is taken then) and :class:`a2e.errors.StreamClosedError`.
        """
        check_samples(samples)
        with self._alone():
            return self._join(self._state, self._frames(self._state, samples))

    def flush(self) -> Floats:
        """Ends the audio and gives all frames still due, [m, names].

        The stream then starts afresh, but for its random generator: chance goes on, unrepeated.
        """
        with self._alone():
            state = self._state
            frames = self._join(state, self._tail(state, state.resampler.finish()))
            self._state = self._start()
            return frames

    def peek(self) -> Floats:
        """The frames that :meth:`flush` would give now, [m, names]; the stream goes on unchanged.

        For hosts that must have the frames of all audio so far: the last ones have heard nothing
        of what follows, and are given again, knowing it, by later calls.
        """
        with self._alone():
            fork = self._state.fork()
            return self._join(fork, self._tail(fork, self._state.resampler.rest()))

    def change(self, *, style: Style | None = None, controls: Controls | None = None) -> None:
        """Another style or other controls from the next hop on; None leaves them as they are.

        Raises :class:`a2e.errors.OptionError`.
        """
        with self._alone():
            shares = self._style if style is None else shares_of(style, self._spec)
            if controls is not None:
                self._controls = controls.bind(self._columns)
            self._style = self._state.hops.style = shares

    def reset(self, *, seed: int | None = None) -> None:
        """Forgets the audio so far and what is held back; the stream starts afresh.

        It is then what a new stream with its seed would be: ``seed``, or else the one it was opened
        with. Without any, chance goes on, unrepeated. Style and controls stay as they are now.
        Raises :class:`a2e.errors.OptionError` for a seed that can't be.
        """
        with self._alone():
            seed = self._seed if seed is None else seed
            if seed is not None:
                self._random = Random(seed)
                self._seed = seed
            self._state = self._start()

    def close(self) -> None:
        """Ends the stream; any further use raises :class:`a2e.errors.StreamClosedError`.

        A call that is running in another thread comes to its end.
        """
        self._closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keeps other calls out; raises StreamBusyError where one is running."""
        if self._closed:
            raise StreamClosedError("this stream is closed; open a new one with model.stream()")
        if not self._running.acquire(blocking=False):
            raise StreamBusyError(
                "another call of this stream is still running, and this one did nothing. A stream "
                "takes one call at a time: wait for it (a cancelled asyncio.to_thread runs on), or "
                "open a stream for each voice"
            )
        try:
            yield
        finally:
            self._running.release()

    def _start(self) -> _State:
        spec = self._spec
        return _State(
            downmix=downmix_of(self._post, self.rate),
            resampler=Resampler(self.rate, spec.sample_rate, batch=spec.hop_samples),
            condition=self._post.conditioner(spec.sample_rate),
            hops=Hops(self._graph, self._style),
            post=self._post.start(spec.shapes, spec.fps, self._random.spawn()),
            smoother=RegionSmoother(self._columns, spec.fps, self._smooth)
            if self._smooth
            else None,
            retiming=Retiming(self._columns, self._timing) if self._timing else None,
            shapes=shape_map(self.shapes, self._columns, self.fps),
        )

    def _frames(self, state: _State, samples: NDArray[Any]) -> Iterator[Floats]:
        """The way of a chunk; ``samples`` have been checked."""
        state.samples += len(samples)
        block = self.rate * BLOCK_SECONDS
        for start in range(0, len(samples), block):
            mono = state.downmix(samples[start : start + block])
            audio = state.condition(state.resampler.push(mono))
            yield from self._timed(state, self._finished(state, state.hops.push(audio)))

    def _tail(self, state: _State, rest: Floats) -> Iterator[Floats]:
        """The frames due when the audio ends with ``rest`` (samples at the model's rate)."""
        total = frames_in_samples(state.samples, self.rate, self._spec.fps)
        yield from self._timed(state, self._finished(state, state.hops.push(state.condition(rest))))
        yield from self._timed(state, self._finished(state, state.hops.finish(total)))
        yield from self._timed(state, [state.post.finish()])
        if state.retiming is not None:
            yield state.retiming.finish(self._due(state))

    def _finished(self, state: _State, hops: Iterable[Hop]) -> Iterator[Floats]:
        for weights, audio in hops:
            self.hops += 1
            if len(weights):
                yield state.post.step(weights, audio, self._spec.sample_rate)

    def _timed(self, state: _State, parts: Iterable[Floats]) -> Iterator[Floats]:
        """Finished frames at the model's rate, smoothed and at the caller's."""
        if state.smoother is not None:
            parts = map(state.smoother.step, parts)
        if state.retiming is None:
            yield from parts
        else:
            yield state.retiming.step(np.concatenate([self._nothing, *parts]), self._due(state))

    def _due(self, state: _State) -> int:
        """Frames of the audio so far."""
        return frames_in_samples(state.samples, self.rate, self.fps)

    def _join(self, state: _State, parts: Iterator[Floats]) -> Floats:
        """The parts in one, [m, names], under the caller's controls and in his shapes."""
        try:
            frames = np.concatenate([self._nothing, *map(self._controls, parts)])
            return frames if state.shapes is None else state.shapes.step(frames)
        except BaseException:
            self.close()  # what a failed call took can't be taken again: the clock would slip
            raise
