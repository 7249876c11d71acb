"""Addresses of outputs: what is read, and one line for each mistake."""

from __future__ import annotations

import pytest

from a2e.errors import OptionError
from a2e.outputs.address import EXAMPLES, parse_address, parse_named


@pytest.mark.parametrize(
    ("text", "scheme", "host", "port", "path"),
    [
        ("livelink://127.0.0.1:11111", "livelink", "127.0.0.1", 11111, ""),
        ("livelink://unreal/Lead%20Actor", "livelink", "unreal", 11111, "Lead Actor"),
        ("vmc://localhost", "vmc", "localhost", 39539, ""),
        ("VMC://[::1]:39540/", "vmc", "::1", 39540, ""),
        ("osc://host:9000", "osc", "host", 9000, ""),
        ("osc://host:9000/avatar/parameters/", "osc", "host", 9000, "/avatar/parameters"),
        ("ws://host:80/faces?room=1", "ws", "host", 80, "/faces"),
        ("wss://host/faces", "wss", "host", 443, "/faces"),
        ("ndjson:-", "ndjson", "", 0, "-"),
        ("ndjson:/tmp/a:b.ndjson", "ndjson", "", 0, "/tmp/a:b.ndjson"),
    ],
)
def test_what_is_read(text: str, scheme: str, host: str, port: int, path: str) -> None:
    found = parse_address(text)
    assert (found.text, found.scheme, found.host, found.port, found.path) == (
        text,
        scheme,
        host,
        port,
        path,
    )


@pytest.mark.parametrize("scheme", EXAMPLES)
def test_the_examples_are_addresses(scheme: str) -> None:
    assert parse_address(EXAMPLES[scheme]).scheme == scheme


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("face.json", "expected an output such as livelink://"),
        ("http://host:1", "expected an output such as livelink://"),
        ("livelink:127.0.0.1", "no host"),
        ("livelink://:11111", "no host"),
        ("livelink://host:111111", "port"),
        ("livelink://host:eleven", "port"),
        ("livelink://host:0", "port 0"),
        ("livelink://host/" + "a" * 65, "subject"),
        ("livelink://host/%C3%A4", "subject"),
        ("livelink://host?subject=a", "query"),
        ("vmc://host/face", "a path"),
        ("osc://host/prefix", "no port"),
        ("osc://host:9000/a b", "prefix"),
        ("osc://host:9000/a%23", "prefix"),
        ("ws://host/a#b", "fragment"),
        ("ws://[::1", "got 'ws://[::1'"),
        ("ndjson:", "ndjson:FILE"),
    ],
)
def test_a_mistake_is_told_in_a_line(text: str, reason: str) -> None:
    with pytest.raises(OptionError) as refused:
        parse_address(text)
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)


def test_names_of_outputs() -> None:
    name, address = parse_named("stage=osc://h:1/a=b")
    assert (name, address.path) == ("stage", "/a=b")
    for text in ("osc://h:1/a", "=osc://h:1", "a b=osc://h:1", "a/b=osc://h:1"):
        with pytest.raises(OptionError, match="NAME=ADDRESS"):
            parse_named(text)
