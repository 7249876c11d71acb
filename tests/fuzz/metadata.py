"""What a model file says about itself."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from a2e.spec import PREFIX, Spec
from tests.fuzz.json_values import VALUES, dumped
from tests.fuzz.models import VALUES as STRANGE
from tests.fuzz.target import Target, examples
from tests.harness.tiny import FACTS

MOST_SAMPLES = 1 << 28
"""Samples of a window, beyond which no model can be."""


def good() -> bytes:
    return encode({PREFIX + name: json.dumps(value) for name, value in FACTS.items()})


def encode(metadata: dict[str, str]) -> bytes:
    return json.dumps(metadata).encode()


def changed(changes: dict[str, str], lacking: set[str]) -> bytes:
    metadata = json.loads(good()) | {PREFIX + name: value for name, value in changes.items()}
    return encode({name: value for name, value in metadata.items() if name not in lacking})


NAMES = st.sampled_from([*FACTS, "checksum", "weights_crc32", "other"])
CASES = st.builds(
    changed,
    st.dictionaries(NAMES, st.sampled_from(STRANGE) | VALUES.map(dumped), min_size=1, max_size=3),
    st.sets(NAMES.map(PREFIX.__add__), max_size=1),
)


def attempt(case: bytes) -> None:
    spec = Spec.from_metadata(json.loads(case), source="model.onnx")
    assert 0 < spec.fps <= spec.sample_rate, "a spec with frames that can't be"
    assert 0 < spec.hop_samples <= spec.window_samples < MOST_SAMPLES, "a spec of no use"
    for names in (spec.styles, spec.shapes):
        assert names, "a spec without styles or shapes"
        assert all(isinstance(name, str) for name in names), "a name that is no text"
    for fact in (spec.kind, spec.precision, spec.source_sha256):
        assert isinstance(fact, str), "a fact that should be text"
    for number in (spec.hop, spec.lookahead, spec.window, spec.fps, spec.sample_rate):
        assert type(number) is int, "a fact that should be a whole number"


TARGET = Target("metadata", examples(CASES), attempt, warm_up=(good,))
