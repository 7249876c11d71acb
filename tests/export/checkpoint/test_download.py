"""Checkpoints from the hub, against a local server that answers as the hub does."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from a2e_export.checkpoint.download import FILE, find_checkpoint
from a2e_export.errors import CheckpointError
from tests.conftest import CHECKPOINT, CONFIG

REPOSITORY = "3DAIGC/LAM_audio2exp"
FIND = "import sys; from a2e_export.console import main; sys.exit(main())"


class Hub(BaseHTTPRequestHandler):
    """One repository with one file; a second one without it."""

    content = CHECKPOINT.read_bytes()

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        if self.answer():
            self.wfile.write(self.content)

    def answer(self) -> bool:
        if self.path.startswith("/someone/dropping/"):
            self.close_connection = True
            return False
        found = self.path == f"/{REPOSITORY}/resolve/main/{FILE}"
        self.send_response(200 if found else 404)
        if found:
            self.send_header("X-Repo-Commit", "0" * 40)
            self.send_header("ETag", f'"{hashlib.sha256(self.content).hexdigest()}"')
            self.send_header("Content-Length", str(len(self.content)))
        else:
            empty = self.path.startswith("/someone/empty/")
            self.send_header("X-Error-Code", "EntryNotFound" if empty else "RepoNotFound")
            self.send_header("Content-Length", "0")
        self.end_headers()
        return found

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def convert(source: str, endpoint: str, cache: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "HF_ENDPOINT": endpoint,
        "HF_HOME": str(cache),
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
    command = [sys.executable, "-c", FIND, "convert", source, "--hop", "3"]
    command += ["-o", str(cache / "face.onnx"), "--wav2vec2-config", str(CONFIG)]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def test_a_hub_name_is_downloaded_and_converted(endpoint: str, tmp_path: Path) -> None:
    found = convert(REPOSITORY, endpoint, tmp_path)
    assert found.returncode == 0, found.stderr
    assert (tmp_path / "face.onnx").exists()


def test_an_unknown_repository(endpoint: str, tmp_path: Path) -> None:
    found = convert("someone/unknown", endpoint, tmp_path)
    assert found.returncode == 1
    assert "neither a file here nor a repository on the hub" in found.stderr
    assert "Traceback" not in found.stderr


def test_a_repository_without_the_file(endpoint: str, tmp_path: Path) -> None:
    found = convert("someone/empty", endpoint, tmp_path)
    assert found.returncode == 1
    assert f"someone/empty has no file {FILE}" in found.stderr


def test_a_connection_that_drops(endpoint: str, tmp_path: Path) -> None:
    found = convert("someone/dropping", endpoint, tmp_path)
    assert found.returncode == 1
    assert "the hub" in found.stderr
    assert "Traceback" not in found.stderr


def test_offline(tmp_path: Path) -> None:
    found = convert(REPOSITORY, "http://127.0.0.1:9", tmp_path)
    assert found.returncode == 1
    assert "the hub can't be reached and 3DAIGC/LAM_audio2exp has not been" in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize(
    "source",
    ["gone.pth", "weights/gone.tar", "weights/gone.ckpt", "a/b/c", "./gone", "../gone", "a--b/c"],
)
def test_paths_are_not_asked_for(source: str) -> None:
    with pytest.raises(CheckpointError, match=f"there is no checkpoint at {source}"):
        find_checkpoint(source)
