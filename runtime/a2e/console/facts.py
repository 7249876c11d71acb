"""The facts of a model, as both ``inspect`` commands print them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from a2e.model import Model

UNCHECKED = "none (metadata schema 1): damage to the file would go unnoticed; convert it again"


def describe(model: Model) -> str:
    """The facts of a model, a line each."""
    spec = model.spec
    held = (spec.hop + spec.lookahead) / spec.fps
    context = sum(tensor.nbytes for tensor in model.initial_context().values())
    facts = {
        "kind": spec.kind,
        "precision": spec.precision,
        "audio": f"{spec.sample_rate} Hz mono",
        "frames": f"{len(spec.shapes)} shapes at {spec.fps} a second",
        "hop": f"{spec.hop} frames",
        "lookahead": f"{spec.lookahead} frames",
        "latency": f"{1000 * held:.0f} ms before resampling and post-processing",
        "window": f"{spec.window} frames",
        "context": f"{context / 1024:.0f} KiB a stream",
        "styles": ", ".join(spec.styles),
        "default style": spec.styles[spec.default_style],
        "checksums": "right" if model.graph.checked else UNCHECKED,
        "source": f"sha256 {spec.source_sha256}",
        "made with": ", ".join(f"{tool} {version}" for tool, version in spec.tools.items()),
        "shapes": ", ".join(spec.shapes),
    }
    width = max(map(len, facts))
    return "\n".join(f"{name:{width}}  {fact}" for name, fact in facts.items())
