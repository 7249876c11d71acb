"""Model files that can't be, or change while they are served; each has a service of its own."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import onnx

from a2e.data import MODEL
from tests.harness.faults.harm import Victim, abuse
from tests.harness.server import COMMAND, server
from tests.harness.tiny import RawJson, tiny_model

START_SECONDS = 90
LEFT_BYTES = 4_096
BAD_FACTS: dict[str, dict[str, Any]] = {
    "fps 0": {"fps": 0},
    "a huge lookahead": {"lookahead": 3 * 10**9, "window": 10**10},
    "NaN": {"fps": RawJson("NaN")},
    "5,000 digits": {"hop": RawJson("9" * 5_000)},
    "nesting": {"tools": RawJson("[" * 50_000)},
    "null": {"sample_rate": None},
    "lists": {"hop": [3]},
    "no shapes": {"shapes": []},
}
AUDIO = {"audio_base64": "AAAA" * 8_000, "audio_format": "pcm"}


@abuse("models with bad metadata")
async def bad_metadata(_: Victim) -> str:
    results = await asyncio.gather(
        *(asyncio.to_thread(refused, tiny_model(**facts)) for facts in BAD_FACTS.values()),
        return_exceptions=True,
    )
    bad = [f"{name}: {r}" for name, r in zip(BAD_FACTS, results, strict=True) if r is not None]
    assert not bad, "; ".join(bad)
    return f"status 1 and a line for each of {len(results)}"


@abuse("a model whose weights lie in another file")
async def other_files(_: Victim) -> str:
    model = tiny_model()
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for key, value in (("location", "secret"), ("offset", "0"), ("length", str(1_600 * 6 * 4))):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value
    await asyncio.to_thread(refused, model)
    return "status 1 and a line"


def refused(model: onnx.ModelProto) -> None:
    """Serves a model; raises ``AssertionError`` unless that ends with status 1 and one line."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        path.write_bytes(model.SerializeToString())
        (Path(folder) / "secret").write_bytes(bytes(1_600 * 6 * 4))
        command = [*COMMAND, "serve", "--port", "0", "--model", str(path)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            try:
                log = process.communicate(timeout=START_SECONDS)[1]
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                raise AssertionError(f"still there after {START_SECONDS} s") from None
    assert process.returncode == 1, f"status {process.returncode}: {log[-200:]}"
    assert "Traceback" not in log, log[-300:]
    assert "model.onnx" in log, log[-300:]


@abuse("a model with NaN in its weights")
async def not_numbers(_: Victim) -> str:
    model = tiny_model(weight=float("nan"))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        path.write_bytes(model.SerializeToString())
        status, text = await asyncio.to_thread(one_answer, path)
    if status is None:
        assert "model.onnx" in text, text[-300:]
        assert "Traceback" not in text, text[-300:]
        return "refused at the start"
    assert status >= 400, f"status {status}"
    assert "NaN" not in text, text[:100]
    return f"{status} for each request"


def one_answer(path: Path) -> tuple[int | None, str]:
    """Status and text of an answer from a service with this model; None and why if none starts."""
    try:
        with server(["--model", str(path)]) as served:
            answer = httpx.post(served.url + "/api/audio2expression", json=AUDIO, timeout=30)
            return answer.status_code, answer.text
    except RuntimeError as error:
        return None, str(error)


@abuse("a model file that is cut while it is served")
async def shrinking(_: Victim) -> str:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        shutil.copy(MODEL, path)
        before, after, alive = await asyncio.to_thread(cut_while_served, path)
    assert alive, "the process died"
    assert after == before, "other frames than before, or none"
    return "goes on with the same frames"


def cut_while_served(path: Path) -> tuple[list[object], list[object], bool]:
    """The frames of a request before and after its model was cut; whether the process lives."""
    with server(["--model", str(path)]) as served:

        def frames() -> list[object]:
            url = served.url + "/api/audio2expression"
            answer: list[object] = httpx.post(url, json=AUDIO | {"seed": 0}, timeout=30).json()[
                "frames"
            ]
            return answer

        before = frames()
        os.truncate(path, LEFT_BYTES)
        try:
            return before, frames(), served.process.poll() is None
        except httpx.TransportError:
            return before, [], served.process.poll() is None
