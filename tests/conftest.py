"""Fixtures: upstream's goldens, and models converted from the golden checkpoint."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch comes: processes share the cores

import numpy as np
import pytest
import soundfile
from filelock import FileLock

import a2e
from a2e.arrays import Floats

GOLDEN = Path(__file__).parent / "golden"
CHECKPOINT = GOLDEN / "lam_small.tar"
CONFIG = GOLDEN / "wav2vec2_config.json"
IDENTITY = 3
"""The style that all goldens use."""
SLOW_FOLDERS = ("export",)
SLOW_FIXTURES = frozenset({"browser", "carrying_model"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks as slow what converts models of its own or opens a browser: not for `make quick`.

    What opens a browser keeps time with it, too, and runs alone.
    """
    tests = Path(__file__).parent
    for item in items:
        folder = item.path.relative_to(tests).parts[0]
        fixtures = set(getattr(item, "fixturenames", ()))
        own = (
            inspect.signature(item.function).parameters if isinstance(item, pytest.Function) else {}
        )
        if folder in SLOW_FOLDERS or SLOW_FIXTURES & fixtures or "converted" in own:
            item.add_marker(pytest.mark.slow)
        if "browser" in fixtures:
            item.add_marker(pytest.mark.timed)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Names what the whole suite leaves out, because it needs other people's packages."""
    if config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        found = Path(__file__).parent.glob("integration/*/requirements.txt")
        names = ", ".join(sorted(path.parent.name for path in found))
        terminalreporter.write_line(f"left out, for make integration: {names}")


@pytest.fixture(scope="session")
def golden() -> dict[str, Floats]:
    with np.load(GOLDEN / "upstream.npz") as arrays:
        return dict(arrays)


@pytest.fixture(scope="session")
def speech() -> Floats:
    """6.4 s of synthetic speech at 16 kHz, float32."""
    return soundfile.read(GOLDEN / "speech16k.wav", dtype="float32")[0]


@pytest.fixture(scope="session")
def speech_24k() -> Floats:
    return soundfile.read(GOLDEN / "speech24k.wav", dtype="float32")[0]


@pytest.fixture(scope="session")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Converts the golden checkpoint at a hop, lookahead and kind.

    Each file is made once, whichever of the processes that test side by side is the first.
    """
    from a2e_export.convert import Settings, convert

    folder = tmp_path_factory.getbasetemp()
    folder = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "models"
    folder.mkdir(exist_ok=True)

    def make(hop: int, lookahead: int, kind: str = "recompute", precision: str = "float32") -> Path:
        path = folder / f"{kind}-{hop}-{lookahead}-{precision}.onnx"
        with FileLock(path.with_suffix(".lock")):
            if not path.exists():
                settings = Settings(kind=kind, hop=hop, lookahead=lookahead, precision=precision)
                convert(CHECKPOINT, path, settings, wav2vec2_config=CONFIG)
        return path

    return make


@pytest.fixture(scope="session", params=["hybrid", "cached"])
def carrying_model(converted: Callable[..., Path], request: pytest.FixtureRequest) -> a2e.Model:
    """Hops of 100 ms with 100 ms of lookahead, in each kind that carries what it computed."""
    return a2e.load(converted(3, 3, request.param))


@pytest.fixture(scope="session")
def model(converted: Callable[..., Path]) -> a2e.Model:
    """One-second hops without lookahead, as upstream streams."""
    return a2e.load(converted(30, 0))


@pytest.fixture(scope="session")
def short_model(converted: Callable[..., Path]) -> a2e.Model:
    """Hops of 100 ms without lookahead."""
    return a2e.load(converted(3, 0))


@pytest.fixture(scope="session")
def ahead_model(converted: Callable[..., Path]) -> a2e.Model:
    """Hops of 100 ms with 200 ms of lookahead."""
    return a2e.load(converted(3, 6))
