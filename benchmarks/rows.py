"""One row format: a measurement that says by itself what was measured, where and with what."""

from __future__ import annotations

import json
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results"
PACKAGES = ("a2e", "numpy", "onnxruntime", "soxr", "torch", "transformers", "onnx")
FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_int8", "asimd")


def machine() -> dict[str, Any]:
    """Commit, processor, cores and versions."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    fields = {key.strip(): value.strip() for key, _, value in (li.partition(":") for li in lines)}
    flags = fields.get("flags", fields.get("Features", "")).split()
    return {
        "commit": git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--short") else ""),
        "cpu": fields.get("model name", platform.processor()),
        "flags": [flag for flag in FLAGS if flag in flags],
        "cores": sum(line.startswith("processor") for line in lines),
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
        "versions": {package: found for package in PACKAGES if (found := installed(package))},
    }


def git(*arguments: str) -> str:
    found = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    return found.stdout.strip()


def installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def write_row(benchmark: str, **facts: Any) -> None:
    """Appends a row to ``results/<benchmark>.jsonl``."""
    RESULTS.mkdir(exist_ok=True)
    row = {"benchmark": benchmark, **facts, "machine": machine()}
    with (RESULTS / f"{benchmark}.jsonl").open("a") as file:
        file.write(json.dumps(row) + "\n")
