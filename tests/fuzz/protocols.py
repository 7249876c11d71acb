"""The service's protocols without sockets: live streams, REST bodies, renderers' messages."""

from __future__ import annotations

import json
from functools import cache

from hypothesis import strategies as st

import a2e
from a2e.options import Face
from a2e.serve import Settings
from a2e.serve.access import Access
from a2e.serve.live.messages import parse_message
from a2e.serve.live.protocol import LiveProtocol
from a2e.serve.live.requests import Audio, Begin
from a2e.serve.motion.protocol import is_played
from a2e.serve.rest.protocol import answer, parse_request, session_key
from tests.fuzz.json_values import FACE, VALUES, broken, dumped, objects
from tests.fuzz.target import Target, examples

HOP = 2_400
START = FACE | {
    "rate": st.sampled_from([8_000, 24_000, 44_100, 0, -1, "24000", 24_000.0]),
    "sample_format": st.sampled_from(["int16", "float32", "s16le", "mulaw", "x"]),
    "channels": st.integers(-1, 66),
    "output": st.sampled_from(["json", "binary", ""]),
    "motion": st.text(max_size=3),
}
KINDS = {
    "start": objects(START),
    "controls": objects(FACE),
    "auth": objects({"key": st.text(max_size=4)}),
    "end": objects({}),
    "reset": objects({}),
    "dance": objects({}),
}
MESSAGES = broken(
    st.one_of(
        *(
            fields.map(lambda fields, kind=kind: dumped({**fields, "type": kind}))  # type: ignore[misc]
            for kind, fields in KINDS.items()
        ),
        VALUES.map(dumped),
    )
)
GOOD_START = '{"type": "start", "rate": 24000}'
END = '{"type": "end"}'


def encode(messages: list[str | bytes]) -> bytes:
    """Messages as a case; bytes are written in hexadecimal digits."""
    items = [[m.hex(), 1] if isinstance(m, bytes) else [m, 0] for m in messages]
    return json.dumps(items).encode()


def decode(case: bytes) -> list[str | bytes]:
    return [bytes.fromhex(text) if is_bytes else text for text, is_bytes in json.loads(case)]


TALKS = st.builds(
    lambda begins, rest: encode([GOOD_START] * begins + rest),
    st.booleans(),
    st.lists(MESSAGES | st.binary(max_size=9_000) | st.just(END), max_size=8),
)


@cache
def bundled() -> a2e.Model:
    return a2e.load()


def talk(case: bytes) -> None:
    """One connection's messages, and what a conversation does with them."""
    protocol = LiveProtocol(Access(Settings()))
    for now, message in enumerate(decode(case)):
        if isinstance(message, str):
            parse_message_quietly(message)
        protocol.receive(message, now)
        if change := protocol.take_change():
            change.applied_to(Face()).open(bundled(), 24_000)
        while protocol.requests:
            request = protocol.next_request(HOP)
            if isinstance(request, Begin):
                request.start.applied_to(Face()).open(bundled(), request.start.rate)
            elif isinstance(request, Audio):
                assert len(request.samples) <= HOP, "more than a hop at once"
                assert request.samples.ndim == 2, "samples of another shape than [n, channels]"
    assert protocol.queue_seconds == 0, "seconds wait where no audio does"


def parse_message_quietly(text: str) -> None:
    """A message by itself: the protocol stops at the first that is wrong."""
    try:
        parse_message(text)
    except a2e.A2EError:
        return


REQUEST = FACE | {
    "audio_base64": st.sampled_from(
        ["", "AAAA", "AAAAAAAA", "AAAAAAAA", "UklGRg==", "%%%", "_-8="]
    ),
    "audio_format": st.sampled_from(["pcm", "pcm", "mp3", "pcm_" + "9" * 5_000, "pcm_24000", "x"]),
    "sample_rate": st.sampled_from([16_000, 0, -1, "16000", 10**30]),
    "session_id": st.text(max_size=4) | st.integers(),
    "is_start": st.booleans(),
    "is_final": st.booleans(),
}
BODIES = broken((objects(REQUEST) | VALUES).map(dumped)).map(
    lambda text: text.encode("utf-8", "replace")
) | st.binary(max_size=200)


def rest(case: bytes) -> None:
    request = parse_request(case)
    hash(session_key(request, "127.0.0.1"))
    request.applied_to(Face()).open(bundled(), 16_000)
    json.loads(answer(["jawOpen"], 30, ["[0]", ""]))


PLAYED = broken((objects({"header": VALUES | st.just({"name": "EndSpeech"})}) | VALUES).map(dumped))


def renderer(case: bytes) -> None:
    for message in decode(case):
        assert isinstance(is_played(message), bool), "an answer that is neither yes nor no"


LIVE = Target("live", examples(TALKS), talk, warm_up=(lambda: encode([GOOD_START, b"\0\0", END]),))
REST = Target(
    "rest", examples(BODIES), rest, warm_up=(lambda: b'{"audio_base64": "AAAA"}',), share=0.5
)
MOTION = Target(
    "motion",
    examples((PLAYED | st.binary(max_size=20)).map(lambda message: encode([message]))),
    renderer,
    warm_up=(lambda: encode(['{"header": {"name": "EndSpeech"}}']),),
    share=0.5,
)
