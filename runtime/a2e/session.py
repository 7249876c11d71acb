"""Opens ONNX Runtime sessions the way a live stream needs them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from a2e.errors import ModelError, OptionError, ProviderError
from a2e.mapped import without_weights

if TYPE_CHECKING:
    import onnxruntime

PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


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
