"""The process that is measured: loads one variant, answers orders on stdin, a line of JSON each.

Started by `launch` with a job as JSON; it imports nothing but what the variant needs,
so that its memory and its start are the variant's own. Orders are ``{"do": NAME, ...}`` with the
names of the methods of :class:`Subject`; every answer is one line.
"""

from __future__ import annotations

import sys
import time
from typing import Any

SAMPLE_RATE = 16_000
MOST_STEPS = 1000


class Subject:
    """One loaded variant; ``job`` holds the fields of a Variant, ``path`` and ``window_samples``.

    Subclasses load in ``__init__``, give ``first`` (the first frames of a stream that starts) and
    ``stepper`` (a function that computes a hop for ``batch`` voices).
    """

    def first(self) -> None:
        raise NotImplementedError

    def stepper(self, batch: int) -> Any:
        raise NotImplementedError

    def steps(
        self, least: int = 1, seconds: float = 0.0, batch: int = 1, pause: float = 0.0
    ) -> list[float]:
        """ms of each of at least ``least`` hops, going on for ``seconds``, after ``pause`` seconds
        and an untimed one."""
        step = self.stepper(batch)
        time.sleep(pause)
        step()
        spent: list[float] = []
        while len(spent) < least or (sum(spent) < seconds * 1e3 and len(spent) < MOST_STEPS):
            start = time.perf_counter()
            step()
            spent.append((time.perf_counter() - start) * 1e3)
        return [round(ms, 4) for ms in spent]


class Runtime(Subject):
    """A model file of a2e."""

    def __init__(self, job: dict[str, Any]) -> None:
        import numpy as np

        import a2e

        self.numpy = np
        self.model = a2e.load(job["path"], threads=job["threads"])
        self.rng = np.random.default_rng(0)
        self.open: list[Any] = []
        self.contexts: dict[int, Any] = {}

    def noise(self, *shape: int) -> Any:
        """Uniform in [-0.5, 0.5): what it says does not change what it costs."""
        return self.rng.random(shape, self.numpy.float32) - self.numpy.float32(0.5)

    def first(self) -> None:
        hop = self.noise(self.model.spec.hop_samples)
        self.open = [self.model.stream(SAMPLE_RATE)]
        while not len(self.open[0].push(hop)):
            pass

    def stepper(self, batch: int) -> Any:
        audio = self.noise(batch, self.model.spec.hop_samples)
        style = self.numpy.repeat(self.model.style(None)[None], batch, axis=0)
        if batch not in self.contexts:
            self.contexts = {batch: self.model.initial_context(batch)}

        def step() -> None:
            _, self.contexts[batch] = self.model.step(audio, style, self.contexts[batch])

        return step

    def talk(self, streams: int, hops: int) -> list[float]:
        """ms of each push of one hop, with ``streams`` open streams taking turns."""
        self.open += [self.model.stream(SAMPLE_RATE) for _ in range(streams - len(self.open))]
        hop = self.noise(self.model.spec.hop_samples)
        spent = []
        for _ in range(hops):
            for stream in self.open[:streams]:
                start = time.perf_counter()
                stream.push(hop)
                spent.append(round((time.perf_counter() - start) * 1e3, 4))
        return spent

    def animate(self, seconds: float, rate: int = 24_000) -> float:
        """Seconds that a clip of ``seconds`` takes, from samples to frames."""
        clip = self.noise(int(seconds * rate))
        start = time.perf_counter()
        self.model.animate(clip, rate)
        spent: float = time.perf_counter() - start
        return spent


class Eager(Subject):
    """The torch network as upstream runs it: the whole window for every hop."""

    def __init__(self, job: dict[str, Any]) -> None:
        import torch

        from a2e_export.checkpoint import read_checkpoint
        from a2e_export.network.builder import build_network, read_config

        torch.set_num_threads(job["threads"])
        config = read_config(job["config"])
        self.torch = torch
        self.network = build_network(read_checkpoint(job["path"]).tensors, config)
        self.samples = job["window_samples"]

    def first(self) -> None:
        self.stepper(1)()

    def stepper(self, batch: int) -> Any:
        audio = self.torch.rand(batch, self.samples) - 0.5
        style = self.torch.eye(self.network.arch.styles)[:1].repeat(batch, 1)

        def step() -> None:
            with self.torch.inference_mode():
                self.network(audio, style)

        return step


class Naive(Subject):
    """A plain export of that network in a session with default options."""

    def __init__(self, job: dict[str, Any]) -> None:
        import numpy as np
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = job["threads"]
        self.session = onnxruntime.InferenceSession(
            job["path"], options, providers=["CPUExecutionProvider"]
        )
        shapes = {tensor.name: tensor.shape for tensor in self.session.get_inputs()}
        rng = np.random.default_rng(0)
        style = np.zeros(shapes["style"], np.float32)
        style[:, 0] = 1
        audio = rng.random(shapes["audio"], np.float32) - np.float32(0.5)
        self.feeds = {"audio": audio, "style": style}

    def first(self) -> None:
        self.stepper(1)()

    def stepper(self, batch: int) -> Any:
        if batch != 1:
            raise ValueError("a naive export has a batch of one")
        return lambda: self.session.run(None, self.feeds)


ENGINES: dict[str, type[Any]] = {"a2e": Runtime, "torch eager": Eager, "naive onnx": Naive}


def main() -> None:
    import json

    job = json.loads(sys.argv[1])
    begun: float = job["begun"]

    def since() -> float:
        """Seconds since the parent started this process, on the clock that both share."""
        return time.monotonic() - begun

    from benchmarks.harness.system import memory_of, pin

    pin(job["on_cores"])
    started = since()
    engine = ENGINES[job["engine"]]
    prepare(job["engine"])
    imported = since()
    base = memory_of()["rss"]
    subject = engine(job)
    loaded = since()
    subject.first()
    first = since()
    start = {"started_s": started, "imported_s": imported, "loaded_s": loaded}
    answer({**start, "first_frames_s": first, "base_rss": base, "memory_mb": memory_of()})
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "memory":
            answer(memory_of())
        else:
            answer(getattr(subject, order.pop("do"))(**order))


def prepare(engine: str) -> None:
    """Imports what the engine needs, so that loading can be told from it."""
    if engine == "torch eager":
        import a2e_export.checkpoint
        import a2e_export.network.builder  # noqa: F401
    elif engine == "a2e":
        import onnxruntime

        import a2e  # noqa: F401
    else:
        import numpy  # noqa: F401
        import onnxruntime  # noqa: F401


def answer(reply: Any) -> None:
    import json

    print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
