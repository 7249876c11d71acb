"""``a2e-export verify``: compares a model file with its checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from a2e_export.console.options import EncoderConfig


def verify(
    model: Annotated[
        Path | None, typer.Argument(metavar="MODEL", help="not needed with --drift")
    ] = None,
    *,
    checkpoint: Annotated[str, typer.Option(help="as for convert")],
    audio: Annotated[
        Path | None, typer.Option(help="speech to compare on", show_default="a sample")
    ] = None,
    drift: Annotated[
        Path | None,
        typer.Option(
            "--drift",
            "-o",
            "--output",
            metavar="NAME",
            help="compare graph kinds, hops and lookaheads instead; writes NAME.json and NAME.png",
        ),
    ] = None,
    wav2vec2_config: EncoderConfig = None,
) -> None:
    """Compares a model file with its checkpoint."""
    if drift:
        _compare_kinds(checkpoint, audio, drift, wav2vec2_config)
    elif model:
        _compare_file(model, checkpoint, audio, wav2vec2_config)
    else:
        raise typer.BadParameter("give the model file to verify, or --drift")


def _compare_kinds(checkpoint: str, audio: Path | None, name: Path, config: Path | None) -> None:
    from tqdm import tqdm

    from a2e.data import SPEECH
    from a2e_export.checkpoint import read_checkpoint
    from a2e_export.checkpoint.download import find_checkpoint
    from a2e_export.drift import measure_drift, save_json, save_plot, table
    from a2e_export.network import SAMPLE_RATE
    from a2e_export.network.builder import build_network, read_config
    from a2e_export.speech import read_speech

    found = find_checkpoint(checkpoint)
    tensors = read_checkpoint(found.path).tensors
    network = build_network(tensors, read_config(config or found.config))
    speech = read_speech(audio or SPEECH, SAMPLE_RATE)
    with tqdm(bar_format="{desc} {elapsed}", disable=None) as bar:
        rows = measure_drift(network, speech, progress=bar.set_description_str)
    print(table(rows))
    save_json(rows, name.with_suffix(".json"))
    save_plot(rows, name.with_suffix(".png"))


def _compare_file(model: Path, checkpoint: str, audio: Path | None, config: Path | None) -> None:
    from a2e.data import SPEECH
    from a2e.model import load
    from a2e_export import verify as verifier
    from a2e_export.checkpoint.download import find_checkpoint
    from a2e_export.errors import ConversionError
    from a2e_export.speech import read_speech

    loaded = load(model)
    rate = loaded.spec.sample_rate
    speech = read_speech(audio or SPEECH, rate)
    found = find_checkpoint(checkpoint)
    config = config or found.config
    verdict = verifier.verify(loaded, found.path, speech, wav2vec2_config=config)
    print(f"{verdict.hops} hops, {len(speech) / rate:.1f} s of audio")
    print(f"{'output':16} {'max error':>10} {'mean error':>11}")
    for difference in verdict.differences:
        print(f"{difference.output:16} {difference.worst:10.2e} {difference.mean:11.2e}")
    if not verdict.same_source:
        print("note: the file says that it was made from another checkpoint (sha256 differs)")
    if not verdict.passed:
        raise ConversionError(
            f"{model} differs from its checkpoint by more than {verdict.tolerance:.0e}"
        )
    print(f"passed: every output within {verdict.tolerance:.0e} of torch")
