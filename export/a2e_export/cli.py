"""The ``a2e-export`` command: parses and prints; the library works."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from a2e.commands import describe, report
from a2e.errors import OptionError
from a2e_export.errors import ConversionError

KINDS = ("recompute", "hybrid", "cached")
PRECISIONS = ("float32", "int8", "float16")
BAR = "{n_fmt}/{total_fmt} {desc} {elapsed}"


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status: 0, or 1 with a message on standard error."""
    arguments = parser().parse_args(argv)
    return report("a2e-export", lambda: run(arguments))


def run(arguments: argparse.Namespace) -> None:
    """Runs the chosen command; raises :class:`OptionError` where the exporter is not installed."""
    try:
        arguments.run(arguments)
    except ModuleNotFoundError as error:
        raise OptionError(
            f"{error.name} is not installed; install a2e with its extra 'export'"
        ) from error


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(
        prog="a2e-export", description="Converts LAM checkpoints to files that a2e streams."
    )
    commands = root.add_subparsers(required=True, metavar="COMMAND")

    convert = commands.add_parser("convert", help="a LAM checkpoint to one ONNX file")
    convert.add_argument(
        "source", help="a checkpoint in any packing, or a hub name: 3DAIGC/LAM_audio2exp"
    )
    convert.add_argument("-o", "--output", type=Path, required=True)
    convert.add_argument(
        "--kind", choices=KINDS, default="recompute", help="how context is carried (recompute)"
    )
    convert.add_argument("--hop", type=int, default=30, help="frames a call, a multiple of 3 (30)")
    convert.add_argument("--lookahead", type=int, default=0, help="frames held back (0)")
    convert.add_argument("--window", type=int, default=64, help="frames seen at once (64)")
    convert.add_argument(
        "--precision", choices=PRECISIONS, default="float32", help="of the weights (float32)"
    )
    convert.add_argument("--style-names", help="comma-separated (default: 0,1,2,…)")
    convert.add_argument("--default-style", type=int, default=0, help="index (0)")
    add_config_option(convert)
    convert.set_defaults(run=run_convert)

    verify = commands.add_parser("verify", help="compares a model file with its checkpoint")
    verify.add_argument("model", type=Path, nargs="?", help="not needed with --drift")
    verify.add_argument("--checkpoint", required=True, help="as for convert")
    verify.add_argument("--audio", type=Path, help="speech to compare on (default: a sample)")
    verify.add_argument(
        "--drift",
        metavar="NAME",
        type=Path,
        help="compare graph kinds, hops and lookaheads instead; writes NAME.json and NAME.png",
    )
    add_config_option(verify)
    verify.set_defaults(run=run_verify)

    inspect = commands.add_parser("inspect", help="the facts of a model file")
    inspect.add_argument("model", type=Path)
    inspect.set_defaults(run=run_inspect)
    return root


def add_config_option(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--wav2vec2-config", type=Path, help="config.json of the encoder (default: wav2vec2-base)"
    )


def run_convert(arguments: argparse.Namespace) -> None:
    from tqdm import tqdm

    from a2e_export.checkpoint.download import find_checkpoint
    from a2e_export.convert import STAGES, Settings, convert

    names = arguments.style_names
    settings = Settings(
        kind=arguments.kind,
        hop=arguments.hop,
        lookahead=arguments.lookahead,
        window=arguments.window,
        style_names=names.split(",") if names else None,
        default_style=arguments.default_style,
        precision=arguments.precision,
    )
    checkpoint = find_checkpoint(arguments.source)
    with tqdm(total=len(STAGES), bar_format=BAR, disable=None) as bar:

        def show(stage: str) -> None:
            bar.update()
            bar.set_description_str(stage)

        spec = convert(
            checkpoint,
            arguments.output,
            settings,
            wav2vec2_config=arguments.wav2vec2_config,
            progress=show,
        )
    size = arguments.output.stat().st_size / 1e6
    print(
        f"{arguments.output}: {size:.1f} MB, {spec.precision}, kind {spec.kind}, "
        f"hop {spec.hop} frames, lookahead {spec.lookahead}, {len(spec.styles)} styles",
        file=sys.stderr,
    )


def run_verify(arguments: argparse.Namespace) -> None:
    if arguments.drift:
        return run_drift(arguments)
    if not arguments.model:
        raise OptionError("give the model file to verify, or --drift")
    return run_comparison(arguments)


def run_drift(arguments: argparse.Namespace) -> None:
    from tqdm import tqdm

    from a2e.data import SPEECH
    from a2e_export.checkpoint import read_checkpoint
    from a2e_export.checkpoint.download import find_checkpoint
    from a2e_export.drift import measure_drift, save_json, save_plot, table
    from a2e_export.network import SAMPLE_RATE
    from a2e_export.network.builder import build_network, read_config
    from a2e_export.speech import read_speech

    tensors = read_checkpoint(find_checkpoint(arguments.checkpoint)).tensors
    network = build_network(tensors, read_config(arguments.wav2vec2_config))
    audio = read_speech(arguments.audio or SPEECH, SAMPLE_RATE)
    with tqdm(bar_format="{desc} {elapsed}", disable=None) as bar:
        rows = measure_drift(network, audio, progress=bar.set_description_str)
    print(table(rows))
    save_json(rows, arguments.drift.with_suffix(".json"))
    save_plot(rows, arguments.drift.with_suffix(".png"))


def run_comparison(arguments: argparse.Namespace) -> None:
    from a2e.data import SPEECH
    from a2e.model import load
    from a2e_export.checkpoint.download import find_checkpoint
    from a2e_export.speech import read_speech
    from a2e_export.verify import verify

    model = load(arguments.model)
    audio = read_speech(arguments.audio or SPEECH, model.spec.sample_rate)
    verdict = verify(
        model,
        find_checkpoint(arguments.checkpoint),
        audio,
        wav2vec2_config=arguments.wav2vec2_config,
    )
    print(f"{verdict.hops} hops, {len(audio) / model.spec.sample_rate:.1f} s of audio")
    print(f"{'output':16} {'max error':>10} {'mean error':>11}")
    for difference in verdict.differences:
        print(f"{difference.output:16} {difference.worst:10.2e} {difference.mean:11.2e}")
    if not verdict.same_source:
        print("note: the file says that it was made from another checkpoint (sha256 differs)")
    if not verdict.passed:
        raise ConversionError(
            f"{arguments.model} differs from its checkpoint by more than {verdict.tolerance:.0e}"
        )
    print(f"passed: every output within {verdict.tolerance:.0e} of torch")


def run_inspect(arguments: argparse.Namespace) -> None:
    from a2e.model import load

    print(describe(load(arguments.model)))
