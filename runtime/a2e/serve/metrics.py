"""The numbers at ``/metrics``, for Prometheus: one registry per service."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
FACTOR_SECONDS = 10.0
"""How long the real-time factor remembers."""


class Metrics:
    """The numbers of one service. Safe to use from many threads."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self.streams = Gauge("a2e_streams", "Live streams now", registry=registry)
        self.streams_limit = Gauge("a2e_streams_limit", "Most live streams", registry=registry)
        self.sessions = Gauge("a2e_sessions", "REST sessions remembered", registry=registry)
        self.renderers = Gauge("a2e_renderers", "Motion renderers now", registry=registry)
        self.ready = Gauge("a2e_model_ready", "1 once the model is loaded", registry=registry)
        self.queue = Gauge(
            "a2e_queue_seconds", "Audio that waits to be computed", registry=registry
        )
        self.requests = Counter(
            "a2e_requests_total", "REST requests answered", ["status"], registry=registry
        )
        self.hops = Counter("a2e_hops_total", "Hops computed", registry=registry)
        self.frames = Counter("a2e_frames_total", "Frames given to clients", registry=registry)
        self.audio = Counter("a2e_audio_seconds_total", "Audio taken", registry=registry)
        self.errors = Counter(
            "a2e_errors_total",
            "Requests and streams refused or failed",
            ["code"],
            registry=registry,
        )
        self.hop_seconds = Histogram(
            "a2e_hop_seconds", "Time to compute a hop", buckets=BUCKETS, registry=registry
        )
        self.latency = Histogram(
            "a2e_latency_seconds",
            "From the arrival of audio to the frames that it completes",
            buckets=BUCKETS,
            registry=registry,
        )
        self.factor = Gauge(
            "a2e_real_time_factor",
            f"Computing time per audio time, over the last {FACTOR_SECONDS:.0f} s",
            registry=registry,
        )
        self._lock = threading.Lock()
        self._last = time.monotonic()
        self._computing = self._audio = 0.0

    def count_hops(self, count: int, computing: float, audio: float) -> None:
        """Counts hops of ``audio`` seconds each that took ``computing`` seconds together."""
        if not count:
            return
        self.hops.inc(count)
        for _ in range(count):
            self.hop_seconds.observe(computing / count)
        with self._lock:
            now = time.monotonic()
            fade = math.exp((self._last - now) / FACTOR_SECONDS)
            self._last = now
            self._computing = self._computing * fade + computing
            self._audio = self._audio * fade + audio * count
            self.factor.set(self._computing / self._audio)

    def watch_queue(self, seconds: Callable[[], float]) -> None:
        """Reads the audio that waits from ``seconds`` whenever it is asked for."""
        self.queue.set_function(seconds)

    def text(self) -> bytes:
        """All numbers in Prometheus' text format."""
        return generate_latest(self.registry)
