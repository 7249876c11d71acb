"""The model, loaded in the background, and the threads that compute, so that the loop never does.

A stream has one job at a time in the threads' queue, and a job is a hop's worth of audio. So all
streams move on in turn, hop by hop, and a long clip waits behind every live voice.
"""

from __future__ import annotations

import asyncio
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, ParamSpec, TypeVar

import numpy as np

from a2e.arrays import Floats
from a2e.audio import decode
from a2e.errors import A2EError, ModelError
from a2e.model import Model, load
from a2e.serve.metrics import Metrics
from a2e.serve.refusals import RefusalError
from a2e.serve.settings import Settings
from a2e.stream import Stream

P = ParamSpec("P")
T = TypeVar("T")

WARM_HOPS = 20
LOAD_SHARE = 0.5
"""Share of the threads' time that live streams may take together, where no limit is given."""
MOST_STREAMS = 64
"""Most live streams where no limit is given: beyond, the event loop has its own share."""


class Engine:
    """Runs streams of one model on a few threads."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._model: Model | None = None
        self._loaded = asyncio.Event()
        self._threads: ThreadPoolExecutor | None = None
        self._failure: A2EError | None = None
        self._working = 0
        self._lock = threading.Lock()
        self.max_streams = settings.limits.max_streams or 1
        """Live streams that may run at once."""

    @property
    def model(self) -> Model:
        """The model; raises ``RefusalError`` while it loads, and if it can't be loaded."""
        if self._failure is not None:
            raise RefusalError(
                "failed", "the model could not be loaded; the service's log says why"
            )
        if self._model is None:
            raise RefusalError("loading", "the model is still loading; try again in a second")
        return self._model

    @property
    def ready(self) -> bool:
        return self._model is not None

    @property
    def failure(self) -> A2EError | None:
        """Why the model could not be loaded."""
        return self._failure

    @property
    def is_busy(self) -> bool:
        """Whether a thread computes."""
        return self._working > 0

    async def load(self) -> None:
        """Loads and warms the model in the background; raises :class:`a2e.errors.A2EError`."""
        try:
            model, hop_seconds = await self._load_in_time(self._settings.limits.load_timeout)
        except A2EError as error:
            self._failure = error
        except Exception as error:
            self._failure = ModelError(
                f"the model can't be used ({type(error).__name__}: {str(error)[:200]}); make it "
                "anew with a2e-export convert"
            )
        if self._failure is not None:
            self._loaded.set()
            raise self._failure
        spec = model.spec
        self._threads = ThreadPoolExecutor(self._settings.threads, thread_name_prefix="a2e-hop")
        if self._settings.limits.max_streams is None:
            at_once = self._settings.threads * spec.hop / spec.fps / hop_seconds
            self.max_streams = min(MOST_STREAMS, max(1, int(LOAD_SHARE * at_once)))
        self._metrics.streams_limit.set(self.max_streams)
        self._metrics.ready.set(1)
        self._model = model
        self._loaded.set()

    async def wait(self, seconds: float) -> Model:
        """The model, for which ``seconds`` are waited; raises ``RefusalError``."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._loaded.wait(), seconds)
        return self.model

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Does ``work``, at most a hop's worth, on one of the threads, each caller in turn."""
        assert self._threads is not None
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: self._do(work, *args, **kwargs))

    @contextmanager
    def time_hops(self, stream: Stream) -> Iterator[None]:
        """Counts and times the hops that ``stream`` computes within."""
        hops, start = stream.hops, time.perf_counter()
        yield
        spec = self.model.spec
        self._metrics.count_hops(
            stream.hops - hops, time.perf_counter() - start, spec.hop / spec.fps
        )

    def _do(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with self._count_work():
            return work(*args, **kwargs)

    @contextmanager
    def _count_work(self) -> Iterator[None]:
        with self._lock:
            self._working += 1
        try:
            yield
        finally:
            with self._lock:
                self._working -= 1

    def close(self) -> None:
        """Ends the threads."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def _load_in_time(self, seconds: float) -> tuple[Model, float]:
        """What ``_load`` gives, from a thread that nobody waits for when the process ends."""
        loop = asyncio.get_running_loop()
        loaded: asyncio.Future[tuple[Model, float]] = loop.create_future()

        def load_model() -> None:
            with self._count_work():
                try:
                    result = self._load()
                except Exception as error:
                    tell(loaded.set_exception, error)
                else:
                    tell(loaded.set_result, result)

        def tell(setter: Callable[[Any], None], value: object) -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(lambda: None if loaded.done() else setter(value))

        threading.Thread(target=load_model, name="a2e-load", daemon=True).start()
        try:
            async with asyncio.timeout(seconds):
                return await loaded
        except TimeoutError:
            raise ModelError(
                f"the model did not load within {seconds:g} s; make it anew with a2e-export "
                "convert, or raise --load-timeout"
            ) from None

    def _load(self) -> tuple[Model, float]:
        """The model, and the seconds that a warm hop takes."""
        decode.preload()
        model = load(self._settings.model, low_latency=self._settings.low_latency)
        stream = self._settings.face.open(model, model.spec.sample_rate)
        silence = np.zeros(model.spec.hop_samples, np.float32)
        seconds = []
        for _ in range(WARM_HOPS):
            start = time.perf_counter()
            check_frames(stream.push(silence))
            seconds.append(time.perf_counter() - start)
        return model, statistics.median(seconds)


def check_frames(frames: Floats) -> Floats:
    """``frames``; raises ``RefusalError`` for NaN and infinity, which JSON does not have."""
    if not np.isfinite(frames).all():
        raise RefusalError(
            "bad_frames",
            "the model gave weights that are no numbers; its file is damaged. Make it anew with "
            "a2e-export convert",
        )
    return frames
