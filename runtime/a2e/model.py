"""A loaded model: shared by all its streams, read-only, safe to use from many threads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from a2e.arrays import Floats
from a2e.clip import Clip
from a2e.data import MODEL
from a2e.errors import ModelError
from a2e.post import Controls, Live, Post
from a2e.session import open_session
from a2e.spec import Spec
from a2e.stream import Stream
from a2e.styles import Style, shares_of

Context: TypeAlias = Mapping[str, Floats]
"""The tensors carried from call to call, by name, float32 [B, ...]."""
CTX = "ctx."
NEXT = "next."
INAUDIBLE = np.float32(1e-15)
"""Quieter samples are taken as 0: they and their products would become denormals, which cost a
processor a hundred times an ordinary product, and which ONNX Runtime flushes only on threads that
are younger than its session."""


def load(path: str | Path | None = None, *, threads: int = 1, provider: str = "cpu") -> Model:
    """Loads the model file at ``path``, by default the bundled one.

    ``threads`` is the number of threads that one call may use, ``provider`` is ``"cpu"`` or
    ``"cuda"``. Raises :class:`a2e.errors.ModelError`, :class:`a2e.errors.ProviderError` or
    :class:`a2e.errors.OptionError`.
    """
    return Model(Path(path or MODEL), threads=threads, provider=provider)


class Model:
    """One ONNX file and its session; make one with :func:`load`."""

    def __init__(self, path: Path, *, threads: int = 1, provider: str = "cpu") -> None:
        self._session = open_session(path, threads=threads, provider=provider)
        metadata = self._session.get_modelmeta().custom_metadata_map
        self.spec = Spec.from_metadata(metadata, source=str(path))
        """The facts of the file."""
        self._outputs = [output.name for output in self._session.get_outputs()]
        self._context_shapes = {
            tensor.name.removeprefix(CTX): tuple(tensor.shape[1:])
            for tensor in self._session.get_inputs()
            if tensor.name.startswith(CTX)
        }
        self._check_contract(path)

    def _check_contract(self, path: Path) -> None:
        spec = self.spec
        found = {
            tensor.name: list(tensor.shape[1:])
            for tensor in (*self._session.get_inputs(), *self._session.get_outputs())
        }
        expected = {
            "audio": [spec.hop_samples],
            "style": [len(spec.styles)],
            "weights": [spec.hop, len(spec.shapes)],
        }
        for name, shape in self._context_shapes.items():
            expected[CTX + name] = expected[NEXT + name] = list(shape)
        if found != expected:
            raise ModelError(
                f"{path} does not keep the streaming contract: its metadata asks for tensors "
                f"{expected}, its graph has {found}; convert the checkpoint again"
            )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the shapes, in the order of the weights."""
        return self.spec.shapes

    def initial_context(self, batch: int = 1) -> Context:
        """The context of ``batch`` streams that start now: zeros."""
        return {
            name: np.zeros((batch, *shape), np.float32)
            for name, shape in self._context_shapes.items()
        }

    def step(self, audio: Floats, style: Floats, context: Context) -> tuple[Floats, Context]:
        """One graph call for B streams: state in, state out.

        ``audio`` [B, hop_samples] and ``style`` [B, styles] give weights [B, hop, shapes] in 0..1
        and the next context. The weights are those of ``spec.lookahead`` frames ago.
        """
        feeds = {"audio": np.where(np.abs(audio) < INAUDIBLE, 0, audio), "style": style}
        feeds |= {CTX + name: tensor for name, tensor in context.items()}
        outputs = dict(zip(self._outputs, self._session.run(self._outputs, feeds), strict=True))
        weights = outputs.pop("weights")
        return weights, {name.removeprefix(NEXT): tensor for name, tensor in outputs.items()}

    def style(self, style: Style | None) -> Floats:
        """Shares of the styles, float32 [styles]; None is the file's default style.

        Raises :class:`a2e.errors.OptionError` for a style that does not exist.
        """
        return shares_of(style, self.spec)

    def stream(
        self,
        rate: int,
        *,
        style: Style | None = None,
        post: Post | None = Live(),
        controls: Controls | None = None,
        seed: int | None = None,
    ) -> Stream:
        """A live stream of one voice at ``rate`` Hz.

        ``post`` is :class:`a2e.Live`, :class:`a2e.Upstream` or None for raw weights; ``controls``
        are applied after it. ``seed`` makes the blinks repeatable.
        """
        return Stream(self, rate, style=self.style(style), post=post, controls=controls, seed=seed)

    def animate(
        self,
        samples: NDArray[Any],
        rate: int,
        *,
        style: Style | None = None,
        post: Post | None = Live(),
        controls: Controls | None = None,
        seed: int | None = None,
    ) -> Clip:
        """The whole clip ``samples`` at ``rate`` Hz; the options are those of :meth:`stream`."""
        stream = self.stream(rate, style=style, post=post, controls=controls, seed=seed)
        weights = np.concatenate((stream.push(samples), stream.flush()))
        return Clip(weights, self.names, self.spec.fps)
