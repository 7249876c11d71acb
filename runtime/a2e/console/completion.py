"""Values that a shell offers: only those that are known without loading a model."""

from __future__ import annotations

from collections.abc import Iterable


def starting_with(start: str, values: Iterable[str]) -> list[str]:
    return [value for value in values if value.startswith(start)]


def complete_format(incomplete: str) -> list[str]:
    from a2e.formats import FORMATS

    return starting_with(incomplete, FORMATS)


def complete_encoding(incomplete: str) -> list[str]:
    from a2e.audio.pcm import ENCODINGS

    return starting_with(incomplete, ENCODINGS)


def complete_output(incomplete: str) -> list[str]:
    from a2e.outputs.address import EXAMPLES

    return starting_with(incomplete, EXAMPLES.values())


def complete_shape(incomplete: str) -> list[str]:
    from a2e.shapes import ARKIT

    return starting_with(incomplete, ARKIT)


def complete_assignment(incomplete: str) -> list[str]:
    return [f"{shape}=" for shape in complete_shape(incomplete)]


def complete_provider(incomplete: str) -> list[str]:
    return starting_with(incomplete, ("cpu", "cuda"))


def complete_mood(incomplete: str) -> list[str]:
    from a2e.post.moods import MOODS

    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{mood}:" for mood in starting_with(last, MOODS)]


def complete_region(incomplete: str) -> list[str]:
    from a2e.post.regions import REGIONS

    return [f"{region}=" for region in starting_with(incomplete, REGIONS)]


def complete_shapes(incomplete: str) -> list[str]:
    from a2e.visemes import SHAPE_SETS

    return starting_with(incomplete, SHAPE_SETS)


def complete_preset(incomplete: str) -> list[str]:
    from a2e.presets import preset_names

    return starting_with(incomplete, preset_names())
