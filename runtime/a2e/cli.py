"""The ``a2e`` command: parses and prints; the library works."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from a2e.commands import describe, report
from a2e.errors import AudioError, OptionError

if TYPE_CHECKING:
    from a2e.model import Model
    from a2e.options import Face
    from a2e.post import Controls, Post
    from a2e.serve.settings import Settings
    from a2e.stream import Stream
    from a2e.styles import Style

SAMPLE_FORMATS = {"s16le": "<i2", "f32le": "<f4"}
READ_BYTES = 1 << 16
LIVE_ONLY = ("no_silence", "no_smoothing", "no_symmetry", "brows")
"""Options that only the live profile has."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status: 0, or 1 with a message on standard error."""
    arguments = parser().parse_args(argv)
    return report("a2e", lambda: arguments.run(arguments))


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="a2e", description="Turns speech into a moving face.")
    commands = root.add_subparsers(required=True, metavar="COMMAND")

    animate = commands.add_parser("animate", help="an audio file to an animation file")
    animate.add_argument("audio", type=Path, help="wav, flac, ogg or mp3")
    animate.add_argument("-o", "--output", help="default: the audio's name, .json; - for stdout")
    animate.add_argument("--format", help="default: told by the output's extension")
    add_model_options(animate)
    add_face_options(animate)
    animate.set_defaults(run=run_animate)

    stream = commands.add_parser("stream", help="raw samples on stdin to NDJSON on stdout, live")
    stream.add_argument("--rate", type=int, required=True, help="sample rate, Hz")
    stream.add_argument("--format", choices=SAMPLE_FORMATS, default="s16le")
    stream.add_argument("--channels", type=int, default=1)
    add_model_options(stream)
    add_face_options(stream)
    stream.set_defaults(run=run_stream)

    plot = commands.add_parser("plot", help="a picture of a voice and its face")
    plot.add_argument("audio", type=Path, help="wav, flac, ogg or mp3")
    plot.add_argument("-o", "--output", type=Path, help="default: the audio's name, .png")
    add_model_options(plot)
    add_face_options(plot)
    plot.set_defaults(run=run_plot)

    inspect = commands.add_parser("inspect", help="the facts of a model file")
    inspect.add_argument("model", type=Path, nargs="?", help="default: the bundled one")
    inspect.set_defaults(run=run_inspect)
    serve = commands.add_parser("serve", help="a web page, WebSockets and REST; extra 'serve'")
    add_serve_options(serve)
    add_face_options(serve)
    serve.set_defaults(run=run_serve)
    return root


def add_model_options(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("model")
    group.add_argument("--model", type=Path, help="a file of a2e-export convert (default: bundled)")
    group.add_argument("--threads", type=int, default=1, help="threads a call may use (1)")
    group.add_argument("--provider", default="cpu", help="cpu or cuda (cpu)")


def add_serve_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    command.add_argument("--port", type=int, default=8000, help="0 takes a free one (8000)")
    command.add_argument("--model", type=Path, help="a file of a2e-export convert (bundled)")
    command.add_argument("--threads", type=int, help="hops computed at once (the cores here)")
    access = command.add_argument_group("access")
    access.add_argument("--api-key", help="what clients must show; better: A2E_API_KEY")
    access.add_argument("--no-auth", action="store_true", help="serve other machines without a key")
    access.add_argument(
        "--cors-origin", metavar="ORIGIN", action="append", default=[], help="a page's origin, or *"
    )
    limits = command.add_argument_group("limits")
    limits.add_argument("--max-streams", type=int, help="live streams at once (measured at start)")
    limits.add_argument("--max-sessions", type=int, help="REST sessions remembered (64)")
    limits.add_argument("--max-waiting", type=int, help="REST requests waiting their turn (32)")
    limits.add_argument("--max-seconds", type=float, help="audio of one REST request (300)")
    limits.add_argument("--max-body", type=int, help="bytes of one REST request (16777216)")
    limits.add_argument("--max-message", type=int, help="bytes of one WebSocket message (1048576)")
    limits.add_argument("--queue-seconds", type=float, help="audio waiting in one stream (30)")
    limits.add_argument("--idle-timeout", type=float, help="seconds without a message (300)")
    limits.add_argument("--send-timeout", type=float, help="seconds a client may not read (10)")
    limits.add_argument("--ping-interval", type=float, help="seconds between two pings (20)")
    limits.add_argument("--drain-seconds", type=float, help="seconds to end speeches (5)")


def add_face_options(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("face")
    group.add_argument("--style", help="index, name, or blend: 0:0.7,3:0.3")
    group.add_argument("--post", choices=("live", "upstream", "none"), default="live")
    group.add_argument("--no-silence", action="store_true", help="no rest in silence")
    group.add_argument("--no-smoothing", action="store_true", help="67 ms less latency")
    group.add_argument("--no-symmetry", action="store_true")
    group.add_argument("--no-blinks", action="store_true")
    group.add_argument("--brows", action="store_true", help="raise the brows on loud stretches")
    group.add_argument("--seed", type=int, help="repeatable blinks")
    add_control(group, "--gain", "jawOpen=1.8")
    add_control(group, "--offset", "mouthSmileLeft=0.1")
    add_control(group, "--clamp", "jawOpen=0:0.9")
    group.add_argument("--mute", metavar="SHAPE", action="append", default=[])


def add_control(group: argparse._ArgumentGroup, flag: str, example: str) -> None:
    group.add_argument(
        flag, metavar="SHAPE=VALUE", action="append", default=[], help=f"for example {example}"
    )


def parse_style(text: str) -> Style:
    """``3``, ``wide``, ``0:0.7,3:0.3`` or ``neutral:0.5,wide:0.5``."""
    if ":" not in text:
        return style_key(text)
    parts = [part.rpartition(":") for part in text.split(",")]
    if not all(one for one, _, _ in parts):
        raise OptionError(f"expected STYLE:SHARE,STYLE:SHARE, such as 0:0.7,3:0.3; got {text!r}")
    return {style_key(one): number(share) for one, _, share in parts}


def style_key(text: str) -> int | str:
    return int(text) if text.isdecimal() else text


def post_of(arguments: argparse.Namespace) -> Post | None:
    from a2e.post import Live, Upstream

    if arguments.post == "live":
        return Live(
            silence=not arguments.no_silence,
            smoothing=not arguments.no_smoothing,
            symmetry=not arguments.no_symmetry,
            blinks=not arguments.no_blinks,
            brows=arguments.brows,
        )
    for option in LIVE_ONLY:
        if getattr(arguments, option):
            raise OptionError(f"--{option.replace('_', '-')} belongs to --post live")
    return Upstream(blinks=not arguments.no_blinks) if arguments.post == "upstream" else None


def controls_of(arguments: argparse.Namespace) -> Controls:
    from a2e.post import Controls

    return Controls(
        gain={shape: number(value) for shape, value in assignments(arguments.gain)},
        offset={shape: number(value) for shape, value in assignments(arguments.offset)},
        clamp={shape: bounds(value) for shape, value in assignments(arguments.clamp)},
        mute=arguments.mute,
    )


def assignments(texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    for text in texts:
        shape, equals, value = text.partition("=")
        if not equals or not shape:
            raise OptionError(f"expected SHAPE=VALUE, such as jawOpen=1.8; got {text!r}")
        yield shape, value


def number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise OptionError(f"expected a number; got {text!r}") from None


def bounds(text: str) -> tuple[float, float]:
    low, colon, high = text.partition(":")
    if not colon:
        raise OptionError(f"expected LOW:HIGH, such as 0:0.9; got {text!r}")
    return number(low), number(high)


def load_model(arguments: argparse.Namespace) -> Model:
    from a2e.model import load

    return load(arguments.model, threads=arguments.threads, provider=arguments.provider)


def face_of(arguments: argparse.Namespace) -> Face:
    from a2e.options import Face

    return Face(
        style=parse_style(arguments.style) if arguments.style else None,
        post=post_of(arguments),
        controls=controls_of(arguments),
        seed=arguments.seed,
    )


def open_stream(model: Model, rate: int, arguments: argparse.Namespace) -> Stream:
    return face_of(arguments).open(model, rate)


def run_animate(arguments: argparse.Namespace) -> None:
    from tqdm import tqdm

    from a2e.audio.decode import open_audio
    from a2e.formats import STDOUT, extension_of, open_writer

    model = load_model(arguments)
    format = arguments.format or ("ndjson" if arguments.output == STDOUT else None)
    output = arguments.output or arguments.audio.with_suffix(extension_of(format or "bsdata")).name
    started = time.perf_counter()
    with open_audio(arguments.audio) as audio:
        stream = open_stream(model, audio.rate, arguments)
        with (
            open_writer(output, model.names, model.spec.fps, format, arguments.audio.name) as out,
            tqdm(total=audio.length, unit="sample", unit_scale=True, disable=None) as progress,
        ):
            for block in audio.blocks():
                out.write(stream.push(block))
                progress.update(len(block))
            out.write(stream.flush())
    seconds = out.count / model.spec.fps
    spent = time.perf_counter() - started
    print(
        f"{output}: {out.count} frames, {seconds:.1f} s of speech in {spent:.1f} s",
        file=sys.stderr,
    )


def run_stream(arguments: argparse.Namespace) -> None:
    import numpy as np

    from a2e.audio.samples import MAX_CHANNELS
    from a2e.formats import STDOUT, open_writer

    if not 1 <= arguments.channels <= MAX_CHANNELS:
        raise OptionError(f"channels must be 1 to {MAX_CHANNELS}; got {arguments.channels}")
    if sys.stdin is None:
        raise AudioError("standard input is closed; pipe samples into it")
    model = load_model(arguments)
    stream = open_stream(model, arguments.rate, arguments)
    dtype = np.dtype(SAMPLE_FORMATS[arguments.format])
    step = dtype.itemsize * arguments.channels
    with open_writer(STDOUT, model.names, model.spec.fps, "ndjson") as out:
        rest = b""
        while data := os.read(sys.stdin.fileno(), READ_BYTES):
            data = rest + data
            whole = len(data) // step * step
            rest = data[whole:]
            samples = np.frombuffer(data[:whole], dtype).reshape(-1, arguments.channels)
            out.write(stream.push(samples.astype(dtype.newbyteorder("="))))
        out.write(stream.flush())
    if rest:
        raise AudioError(
            f"the input ended {len(rest)} bytes into a sample of {step}; all whole samples were "
            "used. Check --format and --channels"
        )


def run_plot(arguments: argparse.Namespace) -> None:
    import numpy as np

    from a2e.audio.decode import open_audio
    from a2e.audio.samples import downmix
    from a2e.clip import Clip
    from a2e.plot import check_target, plot

    output = arguments.output or Path(arguments.audio.with_suffix(".png").name)
    check_target(output)
    model = load_model(arguments)
    with open_audio(arguments.audio) as audio:
        stream = open_stream(model, audio.rate, arguments)
        voice = np.concatenate([np.zeros(0, np.float32), *map(downmix, audio.blocks())])
    weights = np.concatenate((stream.push(voice), stream.flush()))
    clip = Clip(weights, model.names, model.spec.fps)
    plot(clip, voice, stream.rate, output, title=arguments.audio.name)
    print(output, file=sys.stderr)


def run_inspect(arguments: argparse.Namespace) -> None:
    from a2e.model import load

    print(describe(load(arguments.model)))


def run_serve(arguments: argparse.Namespace) -> None:
    try:
        from a2e.serve.server import serve
    except ImportError as error:
        raise OptionError(
            f"the service needs {error.name}; install a2e with its extra 'serve'"
        ) from error
    serve(settings_of(arguments))


def settings_of(arguments: argparse.Namespace) -> Settings:
    from dataclasses import fields

    from a2e.serve.settings import Limits, Settings, cores

    limits = {field.name: getattr(arguments, field.name) for field in fields(Limits)}
    return Settings(
        model=arguments.model,
        host=arguments.host,
        port=arguments.port,
        api_key=arguments.api_key or os.environ.get("A2E_API_KEY") or None,
        no_auth=arguments.no_auth,
        cors_origins=tuple(arguments.cors_origin),
        threads=cores() if arguments.threads is None else arguments.threads,
        limits=Limits(**{name: value for name, value in limits.items() if value is not None}),
        face=face_of(arguments),
    )
