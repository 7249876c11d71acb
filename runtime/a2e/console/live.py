"""``a2e live``: a microphone, or raw samples in real time, to engines and avatars."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from a2e.console.completion import complete_encoding, complete_output
from a2e.console.files import STANDARD, note
from a2e.console.groups import grouped
from a2e.console.options import FaceGroup, ModelGroup
from a2e.console.raw_input import (
    DEFAULT_ENCODING,
    check_whole,
    decoder_of,
    is_ready,
    read_samples,
)

if TYPE_CHECKING:
    from a2e.outputs.address import Address
    from a2e.outputs.clock import AudioClock
    from a2e.outputs.output import Output
    from a2e.stream import Stream

SWITCH_SECONDS = 0.0005
"""After which a thread that computes lets one that sends have its turn: a frame's time is told in
milliseconds, and Python's own interval is five."""
STDIN = {"", STANDARD}
"""What the one argument may be."""


@grouped
def live(
    audio: Annotated[
        str, typer.Argument(metavar="[-]", help="- for raw samples on stdin", show_default=False)
    ] = "",
    to: Annotated[
        list[str] | None,
        typer.Option(
            help="where frames go: livelink://HOST, vmc://HOST, osc://HOST:PORT/PREFIX, "
            "ws://HOST:PORT/PATH, ndjson:-, ndjson:FILE; repeatable",
            metavar="ADDRESS",
            autocompletion=complete_output,
        ),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(help="microphone, by index or name", show_default="the system's"),
    ] = None,
    devices: Annotated[bool, typer.Option("--devices", help="list microphones")] = False,
    no_meter: Annotated[bool, typer.Option("--no-meter", help="show no level")] = False,
    rate: Annotated[
        int | None, typer.Option(help="sample rate, Hz", show_default="the microphone's own")
    ] = None,
    encoding: Annotated[
        str,
        typer.Option(
            help="of a sample on stdin: s16le, f32le, mulaw, …, as FFmpeg names them",
            autocompletion=complete_encoding,
        ),
    ] = DEFAULT_ENCODING,
    channels: Annotated[int, typer.Option(help="interleaved")] = 1,
    *,
    model: ModelGroup,
    face: FaceGroup,
) -> None:
    """A microphone, or raw samples in real time, to engines and avatars, live."""
    from a2e.outputs.address import parse_address

    if devices:
        list_devices()
        return
    if audio not in STDIN:
        raise typer.BadParameter(f"expected - or nothing; got {audio!r}", param_hint="[-]")
    if not to:
        raise typer.BadParameter("expected where frames go, such as ndjson:-", param_hint="--to")
    addresses = [parse_address(text) for text in to]
    sys.setswitchinterval(SWITCH_SECONDS)
    if audio == STANDARD:
        if rate is None:
            raise typer.BadParameter("expected the rate of raw samples, Hz", param_hint="--rate")
        decoder = decoder_of(encoding, channels)
        _live_stdin(face.face().open(model.load(), rate), decoder, encoding, channels, addresses)
        check_whole(decoder)
    else:
        from a2e.audio.microphone import find_device

        found = find_device(device)
        voice = face.face().open(model.load(), rate or found.rate)
        _live_microphone(voice, found, channels, addresses, meter(not no_meter))


def list_devices() -> None:
    """Prints each microphone: its index (* for the system's choice), name, channels and rate."""
    from a2e.audio.microphone import devices

    for found in devices():
        mark = "*" if found.is_default else " "
        channels = f"{found.channels} channel{'s' * (found.channels > 1)}"
        print(f"{mark} {found.index:3}  {found.name}  ({channels}, {found.rate} Hz)")


def _live_stdin(
    voice: Stream, decoder: Any, encoding: str, channels: int, addresses: list[Address]
) -> None:
    from a2e.audio.decode.pcm_files import Format
    from a2e.live import paced, play

    samples = read_samples(decoder, Format(encoding, channels, voice.rate))
    with _outputs(addresses) as outputs:
        clock = _clock()
        play(voice, paced(samples, voice.rate, clock, is_ready), clock, outputs)


def _live_microphone(
    voice: Stream,
    device: Any,
    channels: int,
    addresses: list[Address],
    watch: Callable[[Any], None],
) -> None:
    from a2e.audio.microphone import open_microphone
    from a2e.live import delay_of, play, recorded

    with _outputs(addresses) as outputs, open_microphone(device, voice.rate, channels) as heard:
        note(
            f"a2e: {device.name}, {voice.rate} Hz; frames follow the voice by "
            f"{1000 * delay_of(voice):.0f} ms; Ctrl-C ends it"
        )
        clock = _clock(follows=True)
        try:
            play(voice, recorded(heard, voice.rate, clock), clock, outputs, watch)
        finally:
            if heard.lost:
                note(f"a2e: warning: {heard.lost} blocks of audio were lost")


def _clock(*, follows: bool = False) -> AudioClock:
    from a2e.outputs.clock import AudioClock

    return AudioClock(follows=follows)


@contextmanager
def _outputs(addresses: list[Address]) -> Iterator[list[Output]]:
    """Outputs that are closed when their last frames have gone; tells what was dropped."""
    from a2e.outputs.output import Output

    with ExitStack() as stack:
        outputs = []
        for address in addresses:
            output = Output(address, lambda line: note(f"a2e: warning: {line}"))
            stack.push(partial(_close, output, address))
            outputs.append(output)
        yield outputs


def _close(output: Output, address: Address, error: object, *_: object) -> None:
    """Ends an output; after an ``error`` of any kind at once, without a file."""
    if error is not None:
        output.discard()
        return
    try:
        output.close()
    finally:
        if output.dropped:
            note(f"a2e: warning: {address.text}: {output.dropped} frames were dropped")


METER = 30
"""Characters of the meter, each 2 dB."""


def meter(wanted: bool) -> Callable[[Any], None]:
    """Shows the level of what it is given, at most ten times a second, on a terminal."""
    import time

    if not wanted or sys.stderr is None or not sys.stderr.isatty():
        return lambda samples: None
    shown = 0.0

    def show(samples: Any) -> None:
        nonlocal shown
        if time.monotonic() - shown < 0.1:
            return
        shown = time.monotonic()
        sys.stderr.write(f"\r{level(samples)}\x1b[K")
        sys.stderr.flush()

    return show


def level(samples: Any) -> str:
    """The peak of samples -1 to 1 as a bar and in dB below full scale."""
    import numpy as np

    peak = float(np.abs(samples).max(initial=0.0))
    decibels = 20 * np.log10(max(peak, 1e-3))
    bar = "#" * round(METER + decibels / 2)
    return f"[{bar:<{METER}}] {decibels:5.1f} dB{' clipped' * (peak >= 1)}"
