"""The models measured, and their files: made once under ``out/bench``, which may be deleted.

A file is made anew when the exporter's code or the checkpoint has changed since.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import sys
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from a2e.data import MODEL
from a2e.errors import A2EError
from benchmarks.harness.rows import ROOT, Row
from benchmarks.harness.system import BenchmarkError
from benchmarks.harness.trace import gmac_of, weight_mb

FILES = ROOT / "out" / "bench"
CONFIG = "config.json"
TRAINED = ROOT / "training" / ".cache"
EAGER, NAIVE, A2E = "torch eager", "naive onnx", "a2e"
MODELS = ("lam", "bundled", "small")
PRECISIONS = ("float32", "int8", "float16")


@dataclass(frozen=True)
class Variant:
    """A model, what runs it, and how. ``EAGER`` and ``NAIVE`` run the whole window at every hop."""

    model: str
    engine: str = A2E
    kind: str = "recompute"
    hop: int = 30
    """Frames, as the lookahead."""
    lookahead: int = 0
    precision: str = "float32"
    threads: int = 1

    def __str__(self) -> str:
        if self.engine != A2E:
            return f"{self.model} {self.engine}, hop {self.hop}"
        name = f"{self.model} {self.kind} {self.precision}, hop {self.hop}"
        return f"{name}+{self.lookahead}" if self.lookahead else name

    @property
    def hop_ms(self) -> float:
        """The length of a hop."""
        return self.hop / 30 * 1e3

    def row(self, benchmark: str, **measured: Any) -> Row:
        """A row that says what was measured."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        size = round(size_of(file_of(self)) / 1e6, 2)
        return Row(benchmark=benchmark, **values, file_mb=size, **measured)


def ready(variants: Iterable[Variant]) -> list[Variant]:
    """The variants whose files are there or can be made; says in a line why others are left out."""
    kept = []
    for variant in variants:
        try:
            file_of(variant)
        except (A2EError, BenchmarkError) as error:
            print(f"left out: {variant}: {error}", file=sys.stderr)
        else:
            kept.append(variant)
    if not kept:
        raise BenchmarkError("nothing of what was asked for can be measured")
    return kept


def file_of(variant: Variant) -> Path:
    """The checkpoint that eager PyTorch reads, or the ONNX file; makes it where it lacks."""
    if variant.engine == EAGER:
        return checkpoint_of(variant.model)
    if is_shipped(variant):
        return MODEL
    checkpoint = checkpoint_of(variant.model)
    path = FILES / variant.model / file_name(variant)
    mark = path.with_suffix(".made-by")
    if not (path.exists() and mark.exists() and mark.read_text() == makers(checkpoint)):
        mark.unlink(missing_ok=True)
        make(variant, checkpoint, path)
        mark.write_text(makers(checkpoint))
    return path


@cache
def work_of(variant: Variant) -> tuple[float, float]:
    """10^9 products that a hop of the variant takes, and MB of weights that it reads."""
    if variant.engine == EAGER:
        return work_of(replace(variant, engine=NAIVE))
    path = file_of(variant)
    kept = path.with_suffix(".work")
    if path == MODEL or not kept.exists() or kept.stat().st_mtime < path.stat().st_mtime:
        work = gmac_of(path), weight_mb(path)
        if path == MODEL:
            return work
        kept.write_text(json.dumps(work))
    gmac, megabytes = json.loads(kept.read_text())
    return gmac, megabytes


def file_name(variant: Variant) -> str:
    if variant.engine == NAIVE:
        return "naive.onnx"
    return f"{variant.kind}-{variant.hop}-{variant.lookahead}-{variant.precision}.onnx"


def size_of(path: Path) -> int:
    """Bytes of a file and of the weights beside it, where a file has them outside."""
    beside = (path, path.with_name(path.name + ".data"))
    return sum(file.stat().st_size for file in beside if file.exists())


@cache
def is_shipped(variant: Variant) -> bool:
    """Whether the variant is the file that a2e ships, to the letter."""
    if variant.model != "bundled" or variant.engine != A2E:
        return False
    spec = shipped_spec()
    asked = (variant.kind, variant.hop, variant.lookahead, variant.precision)
    return asked == (spec.kind, spec.hop, spec.lookahead, spec.precision)


@cache
def shipped_spec() -> Any:
    import a2e

    return a2e.load().spec


def shipped(**changes: Any) -> Variant:
    """The variant of the file that a2e ships, changed as told."""
    spec = shipped_spec()
    own = Variant(
        "bundled",
        kind=spec.kind,
        hop=spec.hop,
        lookahead=spec.lookahead,
        precision=spec.precision,
    )
    return replace(own, **changes)


@cache
def checkpoint_of(model: str) -> Path:
    """A checkpoint with its ``config.json`` beside it."""
    if model == "bundled":
        return bundled_checkpoint()
    if model not in MODELS:
        raise BenchmarkError(f"model must be one of {', '.join(MODELS)}; got {model!r}")
    path = FILES / model / "checkpoint.pth"
    if not path.exists():
        from a2e_export.checkpoint import write_checkpoint
        from a2e_export.random_checkpoint import SIZES, random_network

        network = random_network(SIZES[model])
        write_checkpoint(network.state_dict(), network.arch, path)
    return path


def bundled_checkpoint() -> Path:
    """The checkpoint that the shipped file was made from, in a copy that training leaves alone."""
    kept = FILES / "bundled" / "checkpoint.pth"
    for path in (kept, TRAINED / "bundled.pth"):
        if path.exists() and sha256_of(path) == shipped_spec().source_sha256:
            if path != kept:
                kept.parent.mkdir(parents=True, exist_ok=True)
                for source, name in ((path, kept.name), (path.with_name(CONFIG), CONFIG)):
                    shutil.copy2(source, kept.with_name(name))
            return kept
    raise BenchmarkError("the checkpoint of the shipped model is not here (see training/README.md)")


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def makers(checkpoint: Path) -> str:
    """A digest of the exporter's code and the checkpoint's state."""
    digest = hashlib.sha256()
    for source in sorted((ROOT / "export").rglob("*.py")):
        digest.update(source.read_bytes())
    stat = checkpoint.stat()
    digest.update(f"{checkpoint.name} {stat.st_size} {stat.st_mtime_ns}".encode())
    return digest.hexdigest()


def make(variant: Variant, checkpoint: Path, path: Path) -> None:
    from a2e_export.convert import Settings, convert

    choosable = {field.name for field in fields(Settings)}
    choices: dict[str, Any] = {
        "kind": variant.kind,
        "hop": variant.hop,
        "lookahead": variant.lookahead,
    }
    if "precision" in choosable:
        choices["precision"] = variant.precision
    elif variant.precision != "float32":
        raise BenchmarkError(f"this exporter does not know the precision {variant.precision}")
    print(f"making {path.relative_to(ROOT)}", file=sys.stderr)
    path.parent.mkdir(parents=True, exist_ok=True)
    config = checkpoint.with_name(CONFIG)
    if variant.engine == NAIVE:
        export_naively(checkpoint, config, path)
    else:
        convert(checkpoint, path, Settings(**choices), wav2vec2_config=config)


def export_naively(checkpoint: Path, config: Path, path: Path) -> None:
    """The torch module as people export it: ``torch.onnx.export``, one window, all defaults."""
    import torch

    from a2e_export.checkpoint import read_checkpoint
    from a2e_export.network.builder import build_network, read_config

    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    network = build_network(read_checkpoint(checkpoint).tensors, read_config(config))
    style = torch.eye(network.arch.styles)[:1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own deprecations
        torch.onnx.export(
            network,
            (torch.rand(1, WINDOW_SAMPLES) - 0.5, style),
            path,
            input_names=["audio", "style"],
            output_names=["weights"],
            verbose=False,
        )


WINDOW_SAMPLES = 64 * 16_000 // 30
"""Samples of the window of 64 frames that upstream runs."""
