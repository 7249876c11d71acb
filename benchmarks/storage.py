"""What storing the weights inline costs against external data: memory and load time.

    python -m benchmarks.storage out/lam.onnx

Each variant is loaded by fresh processes that run one hop; a row per variant goes to
``results/storage.jsonl`` and a table to standard output.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import onnx

from benchmarks.rows import write_row

PROBE = """
import json, resource, sys, time
import numpy as np, onnxruntime, a2e
from pathlib import Path

def status(key):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(key + ":")) / 1024

base = status("VmRSS")
start = time.perf_counter()
model = a2e.load(sys.argv[1])
load = time.perf_counter() - start
model.animate(np.zeros(model.spec.hop_samples, np.float32), 16_000)
print(json.dumps({"load_s": load, "base_mib": base, "rss_mib": status("VmRSS"),
                  "anonymous_mib": status("RssAnon"), "peak_mib": status("VmHWM")}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        external = Path(folder) / "model.onnx"
        save_external(arguments.model, external)
        print(f"{'storage':10}{'load s':>8}{'RSS':>8}{'anonymous':>11}{'peak':>8}  MiB")
        for storage, path in (("inline", arguments.model), ("external", external)):
            samples = [probe(path) for _ in range(arguments.runs)]
            middle = {key: statistics.median(s[key] for s in samples) for key in samples[0]}
            size = sum(file.stat().st_size for file in path.parent.glob(path.stem + "*"))
            write_row("storage", storage=storage, bytes=size, samples=samples)
            print(
                f"{storage:10}{middle['load_s']:8.2f}{middle['rss_mib']:8.0f}"
                f"{middle['anonymous_mib']:11.0f}{middle['peak_mib']:8.0f}"
            )


def save_external(source: Path, target: Path) -> None:
    """Saves a model with all its weights in one file beside it."""
    onnx.save(
        onnx.load(source),
        target,
        save_as_external_data=True,
        all_tensors_to_one_file=True,
        location=target.name + ".data",
    )


def probe(path: Path) -> dict[str, float]:
    """Memory and load time of a fresh process."""
    command = [sys.executable, "-c", PROBE, str(path)]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    measured: dict[str, float] = json.loads(found.stdout)
    return measured


if __name__ == "__main__":
    main()
