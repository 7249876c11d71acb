"""The ONNX Runtime session of a model file: its contract, its context, its one step."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from a2e.arrays import Floats
from a2e.errors import ModelError, OptionError, ProviderError
from a2e.external_data import without_weights
from a2e.spec import Spec

if TYPE_CHECKING:
    import onnxruntime

PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}

Context: TypeAlias = Mapping[str, Floats]
"""The tensors carried from step to step, by name, float32 [B, ...]."""
CTX = "ctx."
NEXT = "next."
INAUDIBLE = np.float32(1e-15)
"""Quieter samples are taken as 0: they and their products would become denormals, which cost a
processor a hundred times an ordinary product, and which ONNX Runtime flushes only on threads that
are younger than its session."""


class Graph:
    """The session of the model file at ``path``; shared, read-only, safe to use from many threads.

    ``threads`` is the number of threads that one step may use, ``provider`` a key of
    ``PROVIDERS``. Raises :class:`a2e.errors.ModelError`, :class:`a2e.errors.ProviderError` or
    :class:`a2e.errors.OptionError`.
    """

    def __init__(self, path: Path, *, threads: int = 1, provider: str = "cpu") -> None:
        self.session = open_session(path, threads=threads, provider=provider)
        metadata = self.session.get_modelmeta().custom_metadata_map
        self.spec = Spec.from_metadata(metadata, source=str(path))
        """The facts of the file."""
        self.context_shapes = {
            tensor.name.removeprefix(CTX): tuple(tensor.shape[1:])
            for tensor in self.session.get_inputs()
            if tensor.name.startswith(CTX)
        }
        """Shapes of the context's tensors, by name, without the batch dimension."""
        self._outputs = [output.name for output in self.session.get_outputs()]
        self._check_contract(path)

    def initial_context(self, batch: int = 1) -> Context:
        """The context of ``batch`` streams that start now: zeros."""
        return {
            name: np.zeros((batch, *shape), np.float32)
            for name, shape in self.context_shapes.items()
        }

    def step(self, audio: Floats, style: Floats, context: Context) -> tuple[Floats, Context]:
        """The next hop of B streams: state in, state out.

        ``audio`` [B, hop_samples] and ``style`` [B, styles] give weights [B, hop, shapes] in 0..1
        and the next context. The weights are those of ``spec.lookahead`` frames ago.
        """
        feeds = {"audio": np.where(np.abs(audio) < INAUDIBLE, 0, audio), "style": style}
        feeds |= {CTX + name: tensor for name, tensor in context.items()}
        outputs = dict(zip(self._outputs, self.session.run(self._outputs, feeds), strict=True))
        weights = outputs.pop("weights")
        return weights, {name.removeprefix(NEXT): tensor for name, tensor in outputs.items()}

    def _check_contract(self, path: Path) -> None:
        spec = self.spec
        tensors = (*self.session.get_inputs(), *self.session.get_outputs())
        actual = {tensor.name: list(tensor.shape[1:]) for tensor in tensors}
        expected = {
            "audio": [spec.hop_samples],
            "style": [len(spec.styles)],
            "weights": [spec.hop, len(spec.shapes)],
        }
        for name, shape in self.context_shapes.items():
            expected[CTX + name] = expected[NEXT + name] = list(shape)
        if actual != expected:
            raise ModelError(
                f"{path} does not keep the streaming contract: its metadata asks for tensors "
                f"{expected}, its graph has {actual}; convert the checkpoint again"
            )


def open_session(path: Path, *, threads: int, provider: str) -> onnxruntime.InferenceSession:
    """Opens ``path`` on ``provider`` with ``threads`` intra-op threads.

    Idle threads sleep instead of spinning. Denormals are flushed to zero, by ONNX Runtime's doing
    also in the calling thread and those it starts later. Raises :class:`ModelError`,
    :class:`ProviderError` or :class:`OptionError`.
    """
    if not isinstance(threads, int) or threads < 1:
        raise OptionError(f"threads must be at least 1; got {threads}")
    if not path.is_file():
        raise ModelError(f"there is no model file at {path}")
    path = path.resolve()  # a link's name says nothing about where the weights lie
    runtime = _onnxruntime()
    providers = _providers(runtime, provider)
    model = without_weights(path)
    try:
        session = runtime.InferenceSession(
            model, session_options(runtime, path, threads), providers=providers
        )
    except Exception as error:  # ONNX Runtime's own errors share no public base class
        raise ModelError(f"{path} can't be loaded as an ONNX model: {error}") from error
    if session.get_providers()[0] != PROVIDERS[provider]:
        raise ProviderError(
            f"provider {provider!r} could not start, and ONNX Runtime fell back to "
            f"{session.get_providers()[0]}; check the driver and its libraries"
        )
    return session


def session_options(runtime: Any, path: Path, threads: int) -> Any:
    """Options for the model at ``path``, given to ONNX Runtime as ``without_weights`` makes it."""
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors only
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    options.add_session_config_entry(
        "session.model_external_initializers_file_folder_path", str(path.parent)
    )
    # Layout changes, left out here, gain these graphs nothing and keep a second copy of weights;
    # arenas round up.
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    return options


def _onnxruntime() -> onnxruntime:
    try:
        import onnxruntime
    except ImportError as error:
        raise ProviderError(
            "ONNX Runtime is not installed; install a2e with its extra 'cpu' or 'cuda'"
        ) from error
    return onnxruntime


def _providers(runtime: onnxruntime, provider: str) -> list[str]:
    if provider not in PROVIDERS:
        raise OptionError(f"provider must be one of {', '.join(PROVIDERS)}; got {provider!r}")
    available = runtime.get_available_providers()
    if PROVIDERS[provider] not in available:
        raise ProviderError(
            f"provider {provider!r} is not available: this ONNX Runtime has "
            f"{', '.join(available)}. For CUDA install a2e with the extra 'cuda' instead of 'cpu' "
            "on a machine with an NVIDIA driver"
        )
    return [PROVIDERS[provider]]
