"""The model, loaded in the background, and the threads that compute, so that the loop never does.

A stream has one job at a time in the threads' queue, and a job is a hop's worth of audio. So all
streams move on in turn, hop by hop, and a long clip waits behind every live voice.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import ParamSpec, TypeVar

import numpy as np

from a2e.arrays import Floats
from a2e.data import MODEL
from a2e.graph import Context
from a2e.model import Model
from a2e.serve.metrics import Metrics
from a2e.serve.refused import RefusedError
from a2e.serve.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")

WARM_HOPS = 20
LOAD_SHARE = 0.5
"""Share of the threads' time that live streams may take together, where no limit is given."""
MOST_STREAMS = 64
"""Most live streams where no limit is given: beyond, the event loop has its own share."""


class MeteredModel(Model):
    """A model whose hops are counted and timed."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.metrics: Metrics | None = None

    def step(self, audio: Floats, style: Floats, context: Context) -> tuple[Floats, Context]:
        start = time.perf_counter()
        result = super().step(audio, style, context)
        if self.metrics is not None:
            seconds = len(audio) * self.spec.hop / self.spec.fps
            self.metrics.hop(time.perf_counter() - start, seconds)
        return result


class Engine:
    """Runs streams of one model on a few threads."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._model: Model | None = None
        self._loaded = asyncio.Event()
        self._threads: ThreadPoolExecutor | None = None
        self.max_streams = settings.limits.max_streams or 1
        """Live streams that may run at once."""

    @property
    def model(self) -> Model:
        """The model; raises ``RefusedError`` while it loads."""
        if self._model is None:
            raise RefusedError("loading", "the model is still loading; try again in a second")
        return self._model

    @property
    def ready(self) -> bool:
        return self._model is not None

    async def load(self) -> None:
        """Loads and warms the model in the background; raises what ``a2e.load`` raises."""
        model, hop_seconds = await asyncio.to_thread(self._load)
        spec = model.spec
        # Threads younger than the session flush denormals (see a2e.session).
        self._threads = ThreadPoolExecutor(self._settings.threads, thread_name_prefix="a2e-hop")
        if self._settings.limits.max_streams is None:
            at_once = self._settings.threads * spec.hop / spec.fps / hop_seconds
            self.max_streams = min(MOST_STREAMS, max(1, int(LOAD_SHARE * at_once)))
        self._metrics.streams_limit.set(self.max_streams)
        self._metrics.ready.set(1)
        self._model = model
        self._loaded.set()

    async def wait(self, seconds: float) -> Model:
        """The model, for which ``seconds`` are waited; raises ``RefusedError``."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._loaded.wait(), seconds)
        return self.model

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Does ``work``, at most a hop's worth, on one of the threads, each caller in turn."""
        assert self._threads is not None
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: work(*args, **kwargs))

    def close(self) -> None:
        """Ends the threads."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)

    def _load(self) -> tuple[Model, float]:
        """The model, and the seconds that a warm hop takes."""
        model = MeteredModel(self._settings.model or MODEL)
        face = self._settings.face
        stream = model.stream(
            model.spec.sample_rate, style=face.style, post=face.post, controls=face.controls
        )
        silence = np.zeros(model.spec.hop_samples, np.float32)
        taken = []
        for _ in range(WARM_HOPS):
            start = time.perf_counter()
            stream.push(silence)
            taken.append(time.perf_counter() - start)
        model.metrics = self._metrics
        return model, statistics.median(taken)
