"""A model file of 40 KB that keeps the streaming contract, for whoever needs a bad one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

HOP, FPS, RATE = 3, 30, 16_000
SHAPES = ("jawOpen", "eyeBlinkLeft")
STYLES = ("neutral", "wide")
FACTS: Mapping[str, Any] = {
    "schema": 1,
    "kind": "cached",
    "sample_rate": RATE,
    "fps": FPS,
    "hop": HOP,
    "lookahead": 0,
    "window": 64,
    "styles": STYLES,
    "default_style": 0,
    "shapes": SHAPES,
    "precision": "float32",
    "source_sha256": "0" * 64,
    "tools": {},
}
"""Of schema 1, whose weights have no checksum: whatever is done to them is not found by that."""


def tiny_model(weight: float = 0.01, **facts: object) -> onnx.ModelProto:
    """The model: its weights all ``weight``, its metadata ``FACTS`` and over them ``facts``."""
    samples, values = HOP * RATE // FPS, HOP * len(SHAPES)
    weights: dict[str, NDArray[Any]] = {
        "projection": np.full((samples, values), weight, np.float32),
        "shape": np.array([-1, HOP, len(SHAPES)], np.int64),
        "styling": np.zeros((len(STYLES), values), np.float32),
    }
    nodes = [
        helper.make_node("MatMul", ["audio", "projection"], ["heard"]),
        helper.make_node("MatMul", ["style", "styling"], ["styled"]),
        helper.make_node("Add", ["heard", "styled"], ["sum"]),
        helper.make_node("Sigmoid", ["sum"], ["flat"]),
        helper.make_node("Reshape", ["flat", "shape"], ["weights"]),
        helper.make_node("Add", ["ctx.tail", "ctx.tail"], ["next.tail"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [_tensor("audio", samples), _tensor("style", len(STYLES)), _tensor("ctx.tail", 4)],
        [_tensor("weights", HOP, len(SHAPES)), _tensor("next.tail", 4)],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    set_facts(model, {**FACTS, **facts})
    return model


def set_facts(model: onnx.ModelProto, facts: Mapping[str, object]) -> None:
    """Writes metadata; a text is taken as JSON that is already written."""
    own = {prop.key: prop.value for prop in model.metadata_props}
    own |= {
        f"a2e.{name}": value if isinstance(value, RawJson) else json.dumps(value)
        for name, value in facts.items()
    }
    helper.set_model_props(model, own)


class RawJson(str):
    """A metadata value that is written as it is."""


def _tensor(name: str, *shape: int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *shape])
