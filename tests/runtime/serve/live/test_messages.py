"""Messages as clients write them: numbers as texts, wholes as floats; errors name what is wrong."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a2e.serve.live.messages import SAMPLE_FORMATS, Start, parse_message
from a2e.serve.refusals import RefusalError

DIGITS = "9" * 5_000


def start(**fields: object) -> Start:
    message = parse_message(json.dumps({"type": "start", "rate": 24_000} | fields))
    assert isinstance(message, Start)
    return message


@pytest.mark.parametrize("rate", [24_000, 24_000.0, "24000", "24000.0", " 24000 "])
def test_rates(rate: object) -> None:
    assert start(rate=rate).rate == 24_000


@pytest.mark.parametrize(
    ("style", "found"),
    [
        (1, 1),
        (1.0, 1),
        ("1", 1),
        ("wide", "wide"),
        ("1.5", "1.5"),
        ([0.5, 0.5], [0.5, 0.5]),
        ({"0": 1}, {0: 1.0}),
        ({"wide": "0.5", "1": 0.5}, {"wide": 0.5, 1: 0.5}),
    ],
)
def test_styles(style: object, found: object) -> None:
    from a2e.serve import Face

    assert start(style=style).applied_to(Face()).style == found


@pytest.mark.parametrize("channels", [2, 2.0, "2"])
def test_channels(channels: object) -> None:
    assert start(channels=channels).channels == 2


@pytest.mark.parametrize("name", SAMPLE_FORMATS)
def test_sample_formats(name: str) -> None:
    assert start(sample_format=name).sample_format == name


def test_a_byte_order_mark() -> None:
    assert parse_message("\ufeff" + json.dumps({"type": "end"})).type == "end"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"rate": "fast"}, "start.rate: input should be a valid integer"),
        ({"rate": True}, "start.rate: input should be a number; got True"),
        ({"rate": 24_000.5}, "start.rate: input should be a valid integer"),
        ({"rate": None}, "start.rate"),
        ({"rate": DIGITS}, "start.rate"),
        ({"style": DIGITS}, "start.style"),
        ({"style": {DIGITS: 1}}, "start.style"),
        ({"style": True}, "start.style"),
        ({"style": {"0": "much"}}, "start.style"),
        ({"gain": {"x" * 5_000: 1}}, "start.gain"),
        ({"channels": 65}, "start.channels: input should be less than or equal to 64; got 65"),
        ({"sample_format": "int24"}, "start.sample_format: expected one of int16"),
        ({"seed": -1}, "start.seed"),
        ({"volume": 1}, "start.volume: extra inputs are not permitted (known: style"),
    ],
)
def test_errors_name_what_is_wrong_in_short(fields: dict[str, object], words: str) -> None:
    with pytest.raises(RefusalError) as refusal:
        start(**fields)
    assert refusal.value.code == "bad_request"
    assert str(refusal.value).startswith(words)
    assert len(str(refusal.value)) <= 401


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "1", '"start"', "{", "[" * 60_000, '{"type": 1}', '{"type": ["a"]}']
)
def test_texts_that_are_no_message(text: str) -> None:
    with pytest.raises(RefusalError) as refusal:
        parse_message(text)
    assert refusal.value.code == "bad_request"


@given(st.text(max_size=200))
def test_any_text_is_refused_or_read(text: str) -> None:
    for message in (text, json.dumps({"type": "start", "rate": text, "style": text})):
        try:
            parse_message(message)
        except RefusalError as refusal:
            assert len(str(refusal)) <= 401  # noqa: PT017
