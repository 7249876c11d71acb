"""The process in which N voices talk at once, in real time; started by `suite.live`.

Every voice has its own phase, and a hop of it is due when its last sample has been spoken. A hop's
latency is the time from then until its frames are there. ``threads``: each core has a thread that
takes whichever voice is due next, all on one session. ``batched``: one thread takes all voices that
are due and computes them in one call, without post-processing.
"""

from __future__ import annotations

import heapq
import json
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import a2e
from a2e.arrays import Floats
from a2e.audio.decode import open_audio
from a2e.audio.samples import downmix
from a2e.data import SPEECH
from benchmarks.harness.system import memory_of, pin

MOST_TOGETHER = 16
"""Voices in one batched call."""
HOPELESS_SECONDS = 3.0
"""Later than this, a trial is given up: it has failed."""
Due = tuple[float, int]
"""When a voice's next hop is due (``time.perf_counter``), and the voice."""


class Schedule:
    """The voices' due times; shared by the threads that compute."""

    def __init__(self, voices: int, hop_seconds: float, seconds: float) -> None:
        phases = np.random.default_rng(0).random(voices) * hop_seconds
        self.hop_seconds = hop_seconds
        self.begin = time.perf_counter() + 0.1
        self.end = self.begin + seconds
        self.queue: list[Due] = [(self.begin + float(p), i) for i, p in enumerate(phases)]
        heapq.heapify(self.queue)
        self.lock = threading.Lock()
        self.latencies: list[float] = []
        self.hopeless = False

    def take(self, most: int) -> list[Due]:
        """The next voice, waiting until it is due, and up to ``most`` in all that are due by then;
        empty when the trial is over."""
        with self.lock:
            if not self.queue or self.hopeless:
                return []
            taken = [heapq.heappop(self.queue)]
        time.sleep(max(0.0, taken[0][0] - time.perf_counter()))
        now = time.perf_counter()
        with self.lock:
            while self.queue and len(taken) < most and self.queue[0][0] <= now:
                taken.append(heapq.heappop(self.queue))
        return taken

    def done(self, taken: list[Due]) -> None:
        """Notes the latencies and when these voices are due again."""
        now = time.perf_counter()
        with self.lock:
            for due, voice in taken:
                self.latencies.append((now - due) * 1e3)
                self.hopeless |= now - due > HOPELESS_SECONDS
                if due + self.hop_seconds < self.end:
                    heapq.heappush(self.queue, (due + self.hop_seconds, voice))


class Speech:
    """The sample clip, over and over; each voice begins elsewhere in it."""

    def __init__(self, voices: int, hop_samples: int) -> None:
        with open_audio(SPEECH) as file:
            samples = np.concatenate([downmix(block) for block in file.blocks()])
        self.hops = samples[: len(samples) // hop_samples * hop_samples].reshape(-1, hop_samples)
        self.places = [voice * 7 for voice in range(voices)]

    def next(self, voice: int) -> Floats:
        self.places[voice] += 1
        hop: Floats = self.hops[self.places[voice] % len(self.hops)]
        return hop


def one_by_one(model: a2e.Model, voices: int) -> Callable[[list[Due]], None]:
    """Pushes a hop to a voice's stream."""
    rate = model.spec.sample_rate
    streams = [model.stream(rate) for _ in range(voices)]
    speech = Speech(voices, model.spec.hop_samples)

    def compute(taken: list[Due]) -> None:
        for _, voice in taken:
            streams[voice].push(speech.next(voice))

    return compute


def together(model: a2e.Model, voices: int) -> Callable[[list[Due]], None]:
    """Computes the hops of several voices in one call; contexts are joined and parted again."""
    contexts = [model.initial_context() for _ in range(voices)]
    speech = Speech(voices, model.spec.hop_samples)
    style = model.style(None)[None]

    def compute(taken: list[Due]) -> None:
        voices_due = [voice for _, voice in taken]
        audio = np.stack([speech.next(voice) for voice in voices_due])
        joined = {
            name: np.concatenate([contexts[voice][name] for voice in voices_due])
            for name in contexts[0]
        }
        _, following = model.step(audio, np.repeat(style, len(voices_due), axis=0), joined)
        for place, voice in enumerate(voices_due):
            contexts[voice] = {name: part[place : place + 1] for name, part in following.items()}

    return compute


def main() -> None:
    job = json.loads(sys.argv[1])
    pin(job["on_cores"])
    batched = job["mode"] == "batched"
    cores = len(job["on_cores"])
    model = a2e.load(job["path"], threads=cores if batched else 1)
    compute = (together if batched else one_by_one)(model, job["voices"])
    for voice in range(job["voices"]):
        compute([(0.0, voice)])
    result = talk(model, compute, job, batched, 1 if batched else cores)
    print(json.dumps(result))


def talk(
    model: a2e.Model,
    compute: Callable[[list[Due]], None],
    job: dict[str, Any],
    batched: bool,
    threads: int,
) -> dict[str, Any]:
    """All voices talk for ``job["seconds"]``: latencies in ms, share of the cores, memory."""
    schedule = Schedule(job["voices"], model.spec.hop / model.spec.fps, job["seconds"])

    def serve() -> None:
        while taken := schedule.take(MOST_TOGETHER if batched else 1):
            compute(taken)
            schedule.done(taken)

    spent, begun = time.process_time(), time.perf_counter()
    crew = [threading.Thread(target=serve) for _ in range(threads)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    passed = time.perf_counter() - begun
    busy = (time.process_time() - spent) / passed / len(job["on_cores"])
    return {
        "latencies_ms": schedule.latencies,
        "hopeless": schedule.hopeless,
        "core_share": round(busy, 3),
        "memory_mb": memory_of(),
    }


if __name__ == "__main__":
    main()
