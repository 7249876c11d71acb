"""Finds a checkpoint: a file here, the bundled model's, or one on the Hugging Face hub."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from a2e_export.checkpoint import bundled
from a2e_export.errors import CheckpointError, HubError

NAME = r"[A-Za-z0-9](?:[A-Za-z0-9_]|[.-](?![.-]))*"
REPOSITORY = re.compile(f"{NAME}/{NAME}")
FILE = "LAM_audio2exp_streaming.tar"
FILE_SUFFIXES = {".tar", ".gz", ".tgz", ".zip", ".pth", ".pt", ".ckpt", ".bin", ".safetensors"}


class Found(NamedTuple):
    """A checkpoint, and what comes with it."""

    path: Path
    config: Path | None = None
    """Of its encoder."""
    style_names: tuple[str, ...] | None = None


def find_checkpoint(source: str) -> Found:
    """The checkpoint that ``source`` names: a file, ``bundled`` for the bundled model's, or a hub
    repository such as ``3DAIGC/LAM_audio2exp``, which is downloaded.

    Raises :class:`HubError` and :class:`CheckpointError`.
    """
    path = Path(source)
    if path.exists():
        return Found(path)
    if source == bundled.SOURCE:
        return Found(*bundled.bundled_checkpoint(), bundled.STYLE_NAMES)
    if not REPOSITORY.fullmatch(source) or path.suffix.lower() in FILE_SUFFIXES:
        raise CheckpointError(f"there is no checkpoint at {source}")
    return Found(_download(source))


def _download(repository: str) -> Path:
    from huggingface_hub import errors, hf_hub_download

    try:
        return Path(hf_hub_download(repository, FILE))
    except errors.RepositoryNotFoundError as error:
        raise HubError(
            f"{repository} is neither a file here nor a repository on the hub (or it is private: "
            "log in with `hf auth login`)"
        ) from error
    except errors.LocalEntryNotFoundError as error:
        raise HubError(
            f"the hub can't be reached and {repository} has not been downloaded before. Connect, "
            f"or download {FILE} elsewhere and give its path"
        ) from error
    except errors.EntryNotFoundError as error:
        raise HubError(f"the hub's repository {repository} has no file {FILE}") from error
    except Exception as error:  # its HTTP client's errors differ from version to version
        raise HubError(
            f"the hub did not give {FILE} of {repository} ({error}); try again, or download it "
            "elsewhere and give its path"
        ) from error
