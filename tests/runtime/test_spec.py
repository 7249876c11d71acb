"""The facts of a model file, and what is refused."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import a2e
from a2e.spec import GRID, PREFIX, SCHEMA, Spec

SPEC = Spec(
    kind="cached",
    sample_rate=16_000,
    fps=30,
    hop=3,
    lookahead=6,
    window=64,
    styles=("neutral", "wide"),
    default_style=1,
    shapes=("jawOpen", "mouthClose"),
    precision="float32",
    source_sha256="0" * 64,
    tools={"torch": "2.13"},
)


@given(
    hop=st.integers(1, 10).map(lambda n: GRID * n),
    lookahead=st.integers(0, 10).map(lambda n: GRID * n),
    styles=st.lists(st.text(max_size=4), min_size=1, max_size=4, unique=True).map(tuple),
    shapes=st.lists(st.text(max_size=4), min_size=1, max_size=4, unique=True).map(tuple),
    tools=st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=2),
)
@settings(max_examples=50, deadline=None)
def test_metadata_makes_the_round_trip(**facts: Any) -> None:
    spec = replace(SPEC, default_style=0, **facts)
    metadata = spec.to_metadata()
    assert metadata[PREFIX + "schema"] == str(SCHEMA)
    assert Spec.from_metadata(metadata | {"producer": "another's key"}, "face.onnx") == spec


def test_spans_in_samples() -> None:
    assert (SPEC.hop_samples, SPEC.window_samples) == (1_600, 34_133)
    assert [SPEC.samples(frames) for frames in (0, 1, 2, 3)] == [0, 533, 1_066, 1_600]


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"hop": 0}, "multiples of 3 frames .* got a hop of 0"),
        ({"hop": 4}, "got a hop of 4 and a lookahead of 6"),
        ({"lookahead": -3}, "a lookahead of -3"),
        ({"lookahead": 1}, "a lookahead of 1"),
        ({"hop": 30, "lookahead": 36}, r"less than the window of 64 frames; got 30 \+ 36"),
        ({"styles": ("wide", "wide")}, "different names; got wide, wide"),
        ({"default_style": 2}, "one of 2; got 2"),
        ({"default_style": -1}, "one of 2; got -1"),
        ({"fps": 0}, "fps must be from 1 to 240; got 0"),
        ({"fps": -30}, "fps must be from 1 to 240; got -30"),
        ({"fps": 7}, "hop must be a whole number of samples; got 3 frames at 7 a second"),
        ({"sample_rate": 0}, "sample_rate must be from 8000 to 192000; got 0"),
        ({"sample_rate": 10**12}, "sample_rate must be from 8000 to 192000; got 1000000000000"),
        ({"hop": 3 * 10**9}, "less than the window of 64 frames; got 3000000000"),
        ({"lookahead": 3 * 10**12}, "less than the window of 64 frames"),
        ({"lookahead": 3 * 10**12, "window": 10**13}, "the window must be at most 60 s"),
        ({"hop": 3.0}, "hop must be a whole number; got 3.0"),
        ({"hop": True}, "hop must be a whole number; got True"),
        ({"lookahead": False}, "lookahead must be a whole number; got False"),
        ({"window": "64"}, "window must be a whole number; got '64'"),
        ({"fps": None}, "fps must be a whole number; got None"),
        ({"fps": [30]}, "fps must be a whole number; got "),
        ({"kind": 3}, "kind must be a short word; got 3"),
        ({"kind": ""}, "kind must be a short word"),
        ({"kind": "a\nb"}, "kind must be a short word"),
        ({"precision": {}}, "precision must be a short word"),
        ({"source_sha256": "abc"}, "source_sha256 must be 64 hexadecimal digits; got 'abc'"),
        ({"styles": ()}, "a model has 1 to 1024 styles; got 0"),
        ({"styles": "neutral"}, "styles must be a list of names; got 'neutral'"),
        ({"styles": (1, 2)}, "styles must be a list of names"),
        ({"styles": tuple(map(str, range(5_000)))}, "1 to 1024 styles; got 5000"),
        ({"shapes": ()}, "a model has 1 to 1024 shapes; got 0"),
        ({"shapes": ("jawOpen", "jawOpen")}, "shapes must have different names; got jawOpen"),
        ({"shapes": (("jawOpen",),)}, "shapes must be a list of names"),
        ({"shapes": {"jawOpen": 1}}, "shapes must be a list of names"),
        ({"tools": ("torch",)}, "tools must be names with versions"),
        ({"tools": {"torch": 2}}, "tools must be names with versions"),
    ],
)
def test_facts_that_cannot_be(facts: dict[str, Any], message: str) -> None:
    with pytest.raises(a2e.OptionError, match=message):
        replace(SPEC, **facts)
    metadata = SPEC.to_metadata() | {PREFIX + k: json.dumps(v) for k, v in facts.items()}
    with pytest.raises(a2e.ModelError, match=f"face.onnx has damaged a2e metadata .*{message}"):
        Spec.from_metadata(metadata, "face.onnx")


@pytest.mark.parametrize("name", [field.name for field in fields(Spec)])
@pytest.mark.parametrize("value", [None, "{"])
def test_a_fact_that_is_missing_or_no_json(name: str, value: str | None) -> None:
    metadata = SPEC.to_metadata()
    del metadata[PREFIX + name]
    if value is not None:
        metadata[PREFIX + name] = value
    with pytest.raises(a2e.ModelError, match=r"face\.onnx has damaged .* convert the checkpoint"):
        Spec.from_metadata(metadata, "face.onnx")


@pytest.mark.parametrize("name", [*(field.name for field in fields(Spec)), "schema"])
@pytest.mark.parametrize(
    "value",
    [
        "NaN",
        "Infinity",
        "1e999",
        "9" * 5_000,
        "-" + "9" * 500,
        "[" * 100_000,
        '{"a": 1, "a": 2}',
        "true",
        "null",
        "{}",
        "[[]]",
        '"\\ud800"',
        '["\\ud800"]',
        "0.5",
        "-3",
    ],
)
def test_values_of_every_wrong_kind(name: str, value: str) -> None:
    """One line that names the file, and never another error."""
    if (name, value) == ("tools", "{}"):
        pytest.skip("a file may say nothing about its tools")
    metadata = SPEC.to_metadata() | {PREFIX + name: value}
    with pytest.raises(a2e.ModelError, match=r"face\.onnx has ") as error:
        Spec.from_metadata(metadata, "face.onnx")
    message = str(error.value)
    assert "\n" not in message
    assert len(message) < 400
    message.encode()


def test_schema_1_knows_no_checksums() -> None:
    """A file whose schema was turned back does not load unchecked."""
    facts = SPEC.to_metadata() | {PREFIX + "schema": "1"}
    assert Spec.from_metadata(facts, "old.onnx") == SPEC
    with pytest.raises(a2e.ModelError, match="an unknown weights_crc32"):
        Spec.from_metadata(facts | {PREFIX + "weights_crc32": '"00000000"'}, "old.onnx")


def test_a_fact_of_no_meaning_here() -> None:
    with pytest.raises(a2e.ModelError, match="damaged a2e metadata .*surprise"):
        Spec.from_metadata(SPEC.to_metadata() | {PREFIX + "surprise": "1"}, "face.onnx")


def test_a_newer_schema() -> None:
    newer = {PREFIX + "schema": str(SCHEMA + 1)}
    with pytest.raises(a2e.ModelError, match=f"has model schema {SCHEMA + 1}; this a2e reads up"):
        Spec.from_metadata(SPEC.to_metadata() | newer, "face.onnx")


def test_another_onnx_file() -> None:
    with pytest.raises(a2e.ModelError, match="not an a2e model: it has no a2e metadata"):
        Spec.from_metadata({"author": "someone"}, "other.onnx")
