"""Finds a checkpoint: a file here, or in a repository on the Hugging Face hub, downloaded."""

from __future__ import annotations

import re
from pathlib import Path

from a2e_export.errors import CheckpointError, HubError

NAME = r"[A-Za-z0-9](?:[A-Za-z0-9_]|[.-](?![.-]))*"
REPOSITORY = re.compile(f"{NAME}/{NAME}")
FILE = "LAM_audio2exp_streaming.tar"
FILE_SUFFIXES = {".tar", ".gz", ".tgz", ".zip", ".pth", ".pt", ".ckpt", ".bin", ".safetensors"}


def find_checkpoint(source: str) -> Path:
    """The path of ``source``, downloaded first if it is a hub repository such as
    ``3DAIGC/LAM_audio2exp``.

    Raises :class:`HubError` and :class:`CheckpointError`.
    """
    path = Path(source)
    if path.exists():
        return path
    if not REPOSITORY.fullmatch(source) or path.suffix.lower() in FILE_SUFFIXES:
        raise CheckpointError(f"there is no checkpoint at {source}")
    return _download(source)


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
