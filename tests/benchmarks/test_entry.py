"""``python -m benchmarks``: every measurement can be listed and run by its name."""

from __future__ import annotations

from importlib import import_module

import pytest

from benchmarks.__main__ import main, modules, summary


@pytest.mark.parametrize(("name", "module"), modules().items())
def test_every_measurement_is_a_command(name: str, module: str) -> None:
    assert module.endswith(name)
    assert callable(import_module(f"benchmarks.{module}").main)
    assert summary(module)


def test_an_unknown_name_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["benchmarks", "nothing"])
    with pytest.raises(SystemExit, match="there is no 'nothing'; there are accuracy, "):
        main()


def test_the_older_spelling_runs_the_same_module() -> None:
    assert import_module("benchmarks.latency").__file__ == (
        import_module("benchmarks.suite.latency").__file__
    )
