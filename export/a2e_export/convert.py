"""Converts a LAM checkpoint to one self-describing ONNX file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import onnx

from a2e.files import whole_file
from a2e.spec import Spec
from a2e_export.checkpoint import read_checkpoint
from a2e_export.network.builder import build_network, read_config
from a2e_export.onnx_export import check, export_graph
from a2e_export.precision import TOLERANCES, change_precision
from a2e_export.seal import seal
from a2e_export.settings import Settings, describe
from a2e_export.streaming import make_graph

__all__ = ["STAGES", "Settings", "convert"]

STAGES = (
    "reading the checkpoint",
    "building the network",
    "exporting to ONNX",
    "comparing with torch",
    "changing the precision",
    "writing",
)


def convert(
    checkpoint: str | Path,
    output: str | Path,
    settings: Settings = Settings(),
    *,
    wav2vec2_config: str | Path | None = None,
    progress: Callable[[str], None] = lambda stage: None,
) -> Spec:
    """Converts ``checkpoint`` to the model file ``output`` and returns its facts.

    ``progress`` is called with each of ``STAGES`` as it begins. The file appears when it is whole
    and checked. Raises :class:`a2e_export.errors.ExportError`, and :class:`a2e.OptionError` for
    settings and outputs that can't be.
    """
    stages = iter(STAGES)
    with whole_file(output) as file:
        progress(next(stages))
        source = read_checkpoint(checkpoint)
        progress(next(stages))
        network = build_network(source.tensors, read_config(wav2vec2_config))
        graph = make_graph(network, describe(network.arch, settings, source.sha256))
        progress(next(stages))
        model = export_graph(graph)
        progress(next(stages))
        check(model, graph, TOLERANCES["float32"])
        progress(next(stages))
        if settings.precision != "float32":
            model = change_precision(model, settings.precision)
            check(model, graph, TOLERANCES[settings.precision], outputs=1)
        progress(next(stages))
        onnx.helper.set_model_props(model, graph.spec.to_metadata())
        file.write(seal(model.SerializeToString()))
    return graph.spec
