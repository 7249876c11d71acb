"""Model files: the bundled one and a small one, flipped, cut, and changed field by field."""

from __future__ import annotations

import tempfile
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random

import numpy as np
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

import a2e
from a2e.data import MODEL
from tests.fuzz.mutation import WORDS, alter, damage
from tests.fuzz.target import MEMORY, Target, mutants
from tests.harness.tiny import tiny_model

SECONDS = 0.5
CHECKED_SCHEMA = 2
"""From this schema on the weights have a checksum."""
VALUES = (
    *("0", "-1", "3", "1e999", "NaN", "null", "[]", "{}", "[[]]", '""', '"x"', "true", "0.5"),
    *("1000000000", "9" * 5_000, "[" * 5_000, '["a","a"]', '{"a":1}', "\\", ""),
)
"""Metadata as they should not be, as JSON and not."""


@cache
def seeds() -> list[bytes]:
    return [tiny_model().SerializeToString(), tiny_model().SerializeToString(), MODEL.read_bytes()]


def mutate(data: bytes, random: Random) -> bytes:
    choice = random.random()
    if choice < 0.2:
        return flipped(data, random)
    if choice < 0.4:
        return damage(data, random) if len(data) < 1 << 20 else cut(data, random)
    model = onnx.load_from_string(data)
    if choice < 0.6:
        change_metadata(model, random)
    elif choice < 0.7:
        name_other_files(model, random)
    else:
        for _ in range(random.randint(1, 3)):
            alter(model, random)
    return bytes(model.SerializeToString())


def flipped(data: bytes, random: Random) -> bytes:
    """One bit the other way."""
    buffer = bytearray(data)
    buffer[random.randrange(len(buffer))] ^= 1 << random.randrange(8)
    return bytes(buffer)


def cut(data: bytes, random: Random) -> bytes:
    """The beginning alone, or without a part."""
    start, end = sorted(random.randrange(len(data)) for _ in range(2))
    return data[:start] if random.random() < 0.5 else data[:start] + data[end:]


def change_metadata(model: onnx.ModelProto, random: Random) -> None:
    """Other values for a fact or two."""
    for _ in range(random.randint(1, 2)):
        random.choice(model.metadata_props).value = random.choice(VALUES)


def name_other_files(model: onnx.ModelProto, random: Random) -> None:
    """Weights that lie in another file, or elsewhere in this one."""
    tensor = random.choice(model.graph.initializer)
    tensor.data_location = onnx.TensorProto.EXTERNAL
    location = random.choice((MODEL.name, str(MODEL), "model.onnx", "", "/etc/passwd", "../x"))
    for key, value in (("location", location), ("offset", "0"), ("length", "64")):
        entry = tensor.external_data.add()
        entry.key, entry.value = (
            key,
            value if random.random() < 0.8 else random.choice([word.decode() for word in WORDS]),
        )
    if random.random() < 0.5:
        tensor.ClearField("raw_data")


def attempt(case: bytes) -> None:
    """Loads a model and animates half a second with it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        path.write_bytes(case)
        model = a2e.load(path)
        samples = int(SECONDS * 16_000)
        noise = np.random.default_rng(0).normal(0, 0.1, samples).astype(np.float32)
        weights = model.animate(noise, 16_000, seed=0).weights
    assert weights.shape == (
        -(-samples * model.spec.fps // 16_000),
        len(model.names),
    ), "another number of frames than the audio has"
    assert np.isfinite(weights).all(), "weights that are not finite"
    check_weights(case)


def check_weights(case: bytes) -> None:
    """Raises ``AssertionError`` where a good reader had refused the file for its weights."""
    try:
        proto = onnx.load_from_string(case)
    except DecodeError:
        raise AssertionError("a file that onnx can't read was loaded") from None
    places = {tensor.data_location for tensor in proto.graph.initializer}
    assert onnx.TensorProto.EXTERNAL not in places, "weights of another file were loaded"
    schema = next((p.value for p in proto.metadata_props if p.key == "a2e.schema"), "0")
    if schema.isdecimal() and int(schema) >= CHECKED_SCHEMA:
        assert digest(proto) in good_digests(), "changed weights were loaded in silence"


def digest(proto: onnx.ModelProto) -> str:
    return sha256(b"".join(t.raw_data for t in proto.graph.initializer)).hexdigest()


@cache
def good_digests() -> set[str]:
    return {digest(onnx.load_from_string(seed)) for seed in seeds()}


TARGET = Target(
    "models",
    mutants("models", seeds, mutate),
    attempt,
    warm_up=(lambda: seeds()[0], lambda: seeds()[2]),
    memory=lambda case: 1.5 * len(case) + MEMORY,
    share=3,
)
