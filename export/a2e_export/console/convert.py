"""``a2e-export convert``: a LAM checkpoint to one ONNX file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from a2e.console.files import output_path
from a2e.console.groups import Group, grouped, option
from a2e_export.console.options import EncoderConfig

if TYPE_CHECKING:
    from a2e_export.convert import Settings

BAR = "{n_fmt}/{total_fmt} {desc} {elapsed}"


@dataclass(frozen=True)
class GraphOptions:
    """How the model computes."""

    kind: Literal["recompute", "hybrid", "cached"] = option("recompute", "how context is carried")
    hop: int = option(30, "frames a call, a multiple of 3")
    lookahead: int = option(0, "frames held back")
    window: int = option(64, "frames seen at once")
    precision: Literal["float32", "int8", "float16"] = option("float32", "of the weights")


@dataclass(frozen=True)
class StyleOptions:
    """What the model's styles are called."""

    style_names: str | None = option(None, "comma-separated", show_default="0,1,2,…")
    default_style: int = option(0, "index")


@grouped
def convert(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="a checkpoint in any packing, a hub name, or bundled: the bundled model's own",
        ),
    ],
    output: Annotated[str, typer.Option("-o", "--output", help="the ONNX file; - for stdout")],
    wav2vec2_config: EncoderConfig = None,
    *,
    graph: Annotated[GraphOptions, Group("Graph")],
    styles: Annotated[StyleOptions, Group("Styles")],
) -> None:
    """A LAM checkpoint to one ONNX file."""
    from tqdm import tqdm

    from a2e_export import convert as converter
    from a2e_export.checkpoint.download import find_checkpoint

    found = find_checkpoint(source)
    with (
        output_path(output, ".onnx") as path,
        tqdm(total=len(converter.STAGES), bar_format=BAR, disable=None) as bar,
    ):

        def show(stage: str) -> None:
            bar.update()
            bar.set_description_str(stage)

        spec = converter.convert(
            found.path,
            path,
            _settings(graph, styles, found.style_names),
            wav2vec2_config=wav2vec2_config or found.config,
            progress=show,
        )
        size = path.stat().st_size / 1e6
    print(
        f"{output}: {size:.1f} MB, {spec.precision}, kind {spec.kind}, "
        f"hop {spec.hop} frames, lookahead {spec.lookahead}, {len(spec.styles)} styles",
        file=sys.stderr,
    )


def _settings(
    graph: GraphOptions, styles: StyleOptions, own_names: Sequence[str] | None
) -> Settings:
    from a2e_export.convert import Settings

    given = styles.style_names
    return Settings(
        **vars(graph),
        style_names=given.split(",") if given else own_names,
        default_style=styles.default_style,
    )
