"""JSON as strangers write it: any value, known fields, and text that is almost JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.harness.tiny import RawJson

HUGE = st.sampled_from([RawJson("1" * 5_000), -(10**400), 2**31, 2**63, 2**64, 1e308, -0.0])
LONG = st.sampled_from(["9" * 5_000, "x" * 5_000, "[" * 5_000, "-" + "1" * 4_301, "²", "١٢"])
FLOATS = st.floats()
TEXTS = st.text(max_size=12) | LONG
SCALARS = (
    *(st.none(), st.booleans(), st.integers(), HUGE, FLOATS, TEXTS),
    st.sampled_from(["jawOpen", "neutral", "Live", "upstream", "raw", "24000", "nan"]),
)
VALUES: SearchStrategy[object] = st.recursive(
    st.one_of(*SCALARS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)
FACE: dict[str, SearchStrategy[object]] = {
    "style": st.integers(-2, 4)
    | st.sampled_from(["neutral", "wide", "none such", "1"])
    | st.dictionaries(st.sampled_from(["0", "1", "wide", "²", "9" * 5_000]), FLOATS, max_size=3)
    | st.lists(FLOATS, max_size=4),
    "gain": st.dictionaries(st.sampled_from(["jawOpen", "no such"]), FLOATS, max_size=2),
    "offset": st.dictionaries(st.sampled_from(["jawOpen", "no such"]), FLOATS, max_size=2),
    "clamp": st.dictionaries(
        st.just("jawOpen"), st.lists(FLOATS, min_size=1, max_size=3), max_size=1
    ),
    "mute": st.lists(st.sampled_from(["jawOpen", "no such", ""]), max_size=3),
    "mood": st.dictionaries(st.sampled_from(["joy", "no such"]), FLOATS, max_size=2),
    "gaze": st.booleans(),
    "head": st.booleans(),
    "post": st.sampled_from(["live", "upstream", "none", "raw", "x"]),
    "seed": st.integers(-1, 2**70) | HUGE,
}
"""Likely values of the fields of a face."""


def objects(fields: Mapping[str, SearchStrategy[object]]) -> SearchStrategy[dict[str, object]]:
    """Objects with some of these fields; now and then with any value or any other field."""
    loose = {name: value | VALUES for name, value in fields.items()}
    known = st.fixed_dictionaries({}, optional=dict(fields))
    strange = st.fixed_dictionaries({}, optional=loose)
    return (
        known
        | strange
        | st.builds(
            lambda one, other: one | other, known, st.dictionaries(TEXTS, VALUES, max_size=2)
        )
    )


def dumped(value: object) -> str:
    """JSON of any value, numbers of any length and NaN among them."""
    if isinstance(value, dict):
        items = (f"{json.dumps(str(key))}:{dumped(item)}" for key, item in value.items())
        return "{" + ",".join(items) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(dumped, value)) + "]"
    return value if isinstance(value, RawJson) else json.dumps(value)


def broken(texts: SearchStrategy[str]) -> SearchStrategy[str]:
    """Texts, some of them cut off or with something within."""
    cut = st.builds(lambda text, at: text[: at % (len(text) + 1)], texts, st.integers(0, 1_000))
    stuffed = st.builds(
        lambda text, at, part: text[: at % (len(text) + 1)] + part + text[at % (len(text) + 1) :],
        *(texts, st.integers(0, 1_000), st.text(max_size=3) | st.just("[" * 30_000)),
    )
    return texts | texts | cut | stuffed
