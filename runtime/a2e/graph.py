"""The ONNX Runtime session of a model file: its contract, its context, its one step."""

from __future__ import annotations

import ctypes
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from a2e.arrays import Floats
from a2e.errors import ModelError, OptionError, ProviderError
from a2e.model_file import opened, shown
from a2e.spec import FIRST_SCHEMA, Spec, schema_of

if TYPE_CHECKING:
    import onnxruntime

PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}

Context: TypeAlias = Mapping[str, Floats]
"""The tensors carried from step to step, by name, float32 [B, ...]."""
CTX = "ctx."
NEXT = "next."
INAUDIBLE = np.float32(1e-15)
"""Quieter samples are taken as 0: they and their products would become denormals, which cost a
processor a hundred times an ordinary product. ONNX Runtime could flush them, but does so for the
whole thread that opens a session, whose arithmetic is not ours."""
MAX_CONTEXT = 8 * 2**20
"""Numbers carried from hop to hop (a model of LAM's size has 1.1 million)."""
NAMES_SHOWN = 8
ERROR_SHOWN = 300
"""Characters of an error of ONNX Runtime's that a message repeats."""


class Graph:
    """The session of the model file at ``path``; shared, read-only, safe to use from many threads.

    ``threads`` is the number of threads that one step may use, ``provider`` a key of
    ``PROVIDERS``. Raises :class:`a2e.errors.ModelError`, :class:`a2e.errors.ProviderError` or
    :class:`a2e.errors.OptionError`.
    """

    def __init__(self, path: Path, *, threads: int = 1, provider: str = "cpu") -> None:
        self._path = shown(path)
        with opened(path) as contents:
            self.spec = Spec.from_metadata(contents.metadata, source=self._path)
            """The facts of the file."""
            self.checked = schema_of(contents.metadata) > FIRST_SCHEMA
            """Whether the file has checksums, and they are right."""
            self.checksums = contents.checksums
            """Of the weights and of all else in the file, whether the file has its own or not."""
            if self.checked:
                contents.check(self._path)
            self.session = open_session(path, threads=threads, provider=provider)
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
        try:
            results = self.session.run(self._outputs, feeds)
        except Exception as error:  # ONNX Runtime's own errors share no public base class
            raise ModelError(f"the model can't compute this hop: {_first_line(error)}") from error
        outputs = dict(zip(self._outputs, results, strict=True))
        weights = outputs.pop("weights")
        following = {name.removeprefix(NEXT): tensor for name, tensor in outputs.items()}
        self._check_step(weights, following, len(audio))
        return weights, following

    def _check_step(self, weights: Floats, context: Context, batch: int) -> None:
        """Raises :class:`ModelError` for results that no graph of the contract gives."""
        spec = self.spec
        shapes = {name: tensor.shape for name, tensor in context.items()}
        expected = {name: (batch, *shape) for name, shape in self.context_shapes.items()}
        if weights.shape != (batch, spec.hop, len(spec.shapes)) or shapes != expected:
            raise ModelError(
                f"{self._path} gave tensors of other shapes than it declares; "
                "convert the checkpoint again"
            )
        if not np.isfinite(weights).all():
            raise ModelError(
                f"{self._path} gave NaN or infinity instead of a face: its weights are damaged, or "
                "were so in the checkpoint; `a2e-export verify` compares the two"
            )

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
            names = sorted(n for n in actual | expected if actual.get(n) != expected.get(n))
            raise ModelError(
                f"{shown(path)} does not keep the streaming contract: its metadata asks for "
                f"tensors {_some(expected, names)}, its graph has {_some(actual, names)}; convert "
                "the checkpoint again"
            )
        for tensor in tensors:
            fixed = all(isinstance(size, int) and size > 0 for size in tensor.shape[1:])
            if tensor.type != "tensor(float)" or not fixed or isinstance(tensor.shape[0], int):
                raise ModelError(
                    f"{shown(path)} does not keep the streaming contract: {tensor.name} must be "
                    "float32, its first dimension the batch, all others fixed; got "
                    f"{tensor.type} {tensor.shape}"
                )
        if sum(map(math.prod, self.context_shapes.values())) > MAX_CONTEXT:
            raise ModelError(
                f"{shown(path)} carries more than {MAX_CONTEXT * 4 >> 20} MiB of context from hop "
                "to hop; convert the checkpoint with a smaller window"
            )


def open_session(path: Path, *, threads: int, provider: str) -> onnxruntime.InferenceSession:
    """Opens ``path`` on ``provider`` with ``threads`` intra-op threads.

    ONNX Runtime reads the file into memory of its own, so that nothing which happens to the file
    afterwards reaches the model. Idle threads sleep instead of spinning. Raises
    :class:`ModelError`, :class:`ProviderError` or :class:`OptionError`.
    """
    if not isinstance(threads, int) or threads < 1:
        raise OptionError(f"threads must be at least 1; got {threads}")
    runtime = _onnxruntime()
    providers = _providers(runtime, provider)
    try:
        session = runtime.InferenceSession(
            _model_of(path), session_options(runtime, threads), providers=providers
        )
    except Exception as error:  # ONNX Runtime's own errors share no public base class
        raise ModelError(
            f"{shown(path)} can't be loaded as an ONNX model: {_first_line(error)}"
        ) from error
    if session.get_providers()[0] != PROVIDERS[provider]:
        raise ProviderError(
            f"provider {provider!r} could not start, and ONNX Runtime fell back to "
            f"{session.get_providers()[0]}; check the driver and its libraries"
        )
    _give_memory_back()
    return session


def session_options(runtime: Any, threads: int) -> Any:
    """Options for a model's session."""
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # fatal ones only: all others are raised
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Layout changes, left out here, gain these graphs nothing and keep a second copy of weights;
    # arenas round up.
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    return options


def _model_of(path: Path) -> str | bytes:
    """The file for ONNX Runtime, which can't open names that are no UTF-8."""
    try:
        os.fspath(path).encode()
    except UnicodeEncodeError:
        return path.read_bytes()
    return os.fspath(path)


def _give_memory_back() -> None:
    """Returns what loading has freed to the system, where the C library keeps it and can do so."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # not glibc; Windows has no library None
        return
    trim(0)


def _some(shapes: dict[str, list[Any]], names: list[str]) -> dict[str, list[Any]]:
    """The shapes of the first few ``names``."""
    return {name: shapes[name] for name in names[:NAMES_SHOWN] if name in shapes}


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:ERROR_SHOWN]


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
