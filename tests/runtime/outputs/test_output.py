"""Outputs on real sockets and pipes: every frame, in order; nothing makes the caller wait."""

from __future__ import annotations

import functools
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from websockets.sync.server import ServerConnection, serve

from a2e.arrays import Floats
from a2e.errors import OptionError
from a2e.outputs import output as module
from a2e.outputs.address import parse_address
from a2e.outputs.clock import AudioClock
from a2e.outputs.encoder import FrameFormat
from a2e.outputs.output import LATE_SECONDS, QUEUED_SECONDS, Output
from a2e.shapes import ARKIT
from tests.runtime.outputs.readers import address, arkit, read_livelink, receiver

FAST = FrameFormat(ARKIT, 240)
"""Frames that a test does not wait for long."""


def frames(count: int) -> Floats:
    return np.random.default_rng(5).random((count, 52), np.float32)


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@contextmanager
def opened(text: str, told: list[str] | None = None) -> Iterator[Output]:
    output = Output(parse_address(text), (told if told is not None else []).append)
    try:
        yield output
    finally:
        output.close()


def test_every_frame_goes_in_order_bit_for_bit() -> None:
    sent = frames(40)
    with receiver() as found, opened(address("livelink", found)) as output:
        output.begin(FAST)
        for part in (sent[:1], sent[1:1], sent[1:30], sent[30:]):
            assert output.put(part) == 0
        output.end()
        packets = [read_livelink(found.recv(65_536)) for _ in sent]
    assert np.array_equal([arkit(packet, list(ARKIT)) for packet in packets], sent)
    assert np.all(np.diff([packet.frame for packet in packets]) == 1)
    assert (output.sent, output.dropped) == (40, 0)


def test_no_frame_goes_before_its_time_by_the_clock() -> None:
    """A second of frames given at once; times of arrival are no earlier than the clock says."""
    clock = AudioClock()
    start = time.monotonic()
    with receiver() as found, opened(address("osc", found)) as output:
        format = FrameFormat(("jawOpen",), 60)
        output.begin(format, clock=clock, wait=0.1)
        clock.hear(0.0, start)
        output.put(np.zeros((60, 1), np.float32))
        output.end()
        for k in range(60):
            found.recv(1_000)
            assert time.monotonic() >= start + 0.1 + k / 60


def test_a_second_speech_waits_for_the_first() -> None:
    first, second = frames(20), frames(31)[20:]
    with receiver() as found, opened(address("livelink", found)) as output:
        for speech, weights in enumerate((first, second)):
            output.begin(FAST, speech=speech)
            output.put(weights)
            output.end()
        began = time.monotonic()
        packets = [read_livelink(found.recv(65_536)) for _ in range(31)]
        assert time.monotonic() - began >= 20 / 240 - 0.05
    expected = np.concatenate([first, second])
    assert np.array_equal([arkit(packet, list(ARKIT)) for packet in packets], expected)


def test_cut_speech_never_comes_and_the_face_is_eased_to_rest() -> None:
    slow = FrameFormat(ARKIT, 30)
    with receiver() as found, opened(address("livelink", found)) as output:
        output.begin(slow)
        output.put(np.full((90, 52), 0.8, np.float32))
        read_livelink(found.recv(65_536))
        output.cut()
        values = []
        while not values or values[-1] > 0:
            values.append(float(read_livelink(found.recv(65_536)).values["JawOpen"]))
        eased = [value for value in values if value < np.float32(0.8)]
        np.testing.assert_allclose(eased, 0.8 * (1 - np.arange(1, 7) / 6), atol=1e-6)
        output.begin(slow, speech=1)
        output.put(np.full((1, 52), 0.5, np.float32))
        assert read_livelink(found.recv(65_536)).values["JawOpen"] == 0.5
        found.settimeout(0.2)
        with pytest.raises(TimeoutError):
            found.recv(65_536)


def test_frames_beyond_the_queue_are_counted_and_later_ones_keep_their_time() -> None:
    format = FrameFormat(("jawOpen",), 1)
    with receiver() as found, opened(address("osc", found)) as output:
        output.begin(format)
        lost = output.put(np.zeros((QUEUED_SECONDS + 50, 1), np.float32))
        assert 45 <= lost <= 52
        assert output.put(np.zeros((3, 1), np.float32)) >= 1
        output.cut()


def test_nobody_listens() -> None:
    with receiver() as found:
        text = address("vmc", found)
    told: list[str] = []
    with opened(text, told) as output:
        output.begin(FAST)
        output.put(frames(20))
        output.end()
        wait_for(lambda: output.sent + output.dropped == 20)
    assert output.dropped > 0
    assert told == [f"{text}: nobody listens there (yet); frames go on being sent"]


def test_an_unknown_host_is_told_in_a_line() -> None:
    for text in ("livelink://no.such.host.invalid", "ws://no.such.host.invalid:80/"):
        with pytest.raises(OptionError, match="can't find the host 'no.such.host.invalid'"):
            Output(parse_address(text), print)


@contextmanager
def dialled(port: int, handle: Callable[[ServerConnection], None]) -> Iterator[int]:
    with serve(handle, "127.0.0.1", port) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.socket.getsockname()[1]
        finally:
            server.shutdown()
            thread.join()


def test_a_socket_is_dialled_again_and_greeted_again() -> None:
    heard: list[list[dict[str, object]]] = []

    def three(connection: ServerConnection) -> None:
        """Hears three messages, talks in between, and hangs up."""
        heard.append([])
        for _ in range(3):
            heard[-1].append(json.loads(connection.recv(timeout=10)))
            connection.send("who cares")

    told: list[str] = []
    format = FrameFormat(("jawOpen",), 30)
    with dialled(0, three) as port, opened(f"ws://127.0.0.1:{port}/", told) as output:
        output.begin(format, speech=4)
        output.put(np.linspace(0, 1, 150, dtype=np.float32)[:, None])
        wait_for(lambda: len(heard) >= 2 and len(heard[1]) == 3, 20)
        output.cut()
    for messages in heard[:2]:
        assert [message["type"] for message in messages] == ["ready", "frames", "frames"]
        assert messages[0]["names"] == ["jawOpen"]
    assert heard[0][1]["first"] == 0
    assert heard[1][1]["first"] > heard[0][2]["first"]  # type: ignore[operator]
    assert "the connection was lost; it is dialled again" in told[0]
    assert told[1].endswith(": connected")


def test_a_socket_that_never_answers_holds_nobody_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]  # accepts, and never answers the handshake
        output = Output(parse_address(f"ws://127.0.0.1:{port}/"), lambda line: None)
        output.begin(FAST)
        for part in np.split(frames(400), 40):
            output.put(part)
        output.cut()
        output.close(0.0)
    assert output.sent == 0


def test_a_socket_that_is_never_read_holds_nobody_up() -> None:
    """The server's small buffers are full after some hundred frames."""
    hang_up = threading.Event()
    hears_nothing = functools.partial(
        serve, lambda connection: hang_up.wait(30), max_queue=1, close_timeout=0.1, compression=None
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        with hears_nothing(sock=listener) as server:
            threading.Thread(target=server.serve_forever).start()
            output = Output(parse_address(f"ws://127.0.0.1:{listener.getsockname()[1]}/"), print)
            output.begin(FrameFormat(tuple(f"shape{i}" for i in range(20_000)), 240))
            sent = -1
            while output.sent != sent:
                sent = output.sent
                output.put(np.full((20, 20_000), 1 / 3, np.float32))
                time.sleep(0.5)
            output.cut()
            output.close(0.0)
            hang_up.set()
            server.shutdown()


def test_a_pipe_that_nobody_reads_holds_nobody_up(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        output = Output(parse_address(f"ndjson:{path}"), lambda line: None)
        output.begin(FAST)
        output.put(frames(1_000))
        output.end()
        wait_for(lambda: output.sent > 50)
        output.cut()
        output.close(0.0)
        assert output.sent < 1_000
    finally:
        os.close(reader)


def test_a_reader_that_leaves_ends_only_its_own_output(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    told: list[str] = []
    output = Output(parse_address(f"ndjson:{path}"), told.append)
    os.close(reader)
    output.begin(FAST)
    output.put(frames(10))
    wait_for(lambda: output.is_dead)
    with pytest.raises(BrokenPipeError):
        output.close()
    assert told == [f"ndjson:{path}: Broken pipe; it gets no more frames"]


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "face.ndjson"
    with opened(f"ndjson:{path}") as output:
        output.begin(FAST)
        output.put(frames(10))
        assert not path.exists()
    assert len(path.read_text().splitlines()) == 11
    with pytest.raises(OptionError, match="can't write"):
        Output(parse_address(f"ndjson:{tmp_path}/none/face.ndjson"), print)


def test_frames_that_are_too_late_make_way_for_newer_ones() -> None:
    clock = AudioClock()
    with receiver() as found, opened(address("osc", found)) as output:
        output.begin(FrameFormat(("jawOpen",), 10), clock=clock)
        clock.hear(0.0, time.monotonic() - LATE_SECONDS - 2)
        output.put(np.zeros((25, 1), np.float32))
        output.end()
        wait_for(lambda: output.sent + output.dropped == 25)
    assert output.dropped >= 19
    assert output.sent >= 4
    assert module.KINDS["ndjson"][1].keeps_all  # type: ignore[attr-defined]
