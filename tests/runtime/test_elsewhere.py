"""a2e where it was not installed by pip, and on systems that lack what Linux has."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import a2e

SPEAK = """
import numpy as np, a2e
frames = a2e.load({model}).animate(np.zeros(8_000, np.float32), 16_000).weights
print(a2e.__version__, frames.shape)
"""
PACKAGE = Path(a2e.__file__).parent

MISSING = """
import os, signal, socket, sys, ctypes
for module, names in {
    os: ("fork", "sched_getaffinity", "memfd_create", "getuid", "mkfifo"),
    signal: ("SIGPIPE", "SIGHUP", "SIGUSR1", "SIGALRM", "SIGBUS", "setitimer", "pthread_sigmask"),
    socket: ("TCP_USER_TIMEOUT", "TCP_KEEPIDLE", "TCP_QUICKACK", "SO_REUSEPORT", "AF_UNIX"),
}.items():
    for name in names:
        if hasattr(module, name):
            delattr(module, name)
for name in ("resource", "fcntl", "pwd", "grp", "termios"):
    sys.modules[name] = None
real_open, real_cdll = open, ctypes.CDLL
def no_proc(file, *arguments, **options):
    if str(file).startswith(("/proc", "/sys")):
        raise FileNotFoundError(2, "No such file or directory", file)
    return real_open(file, *arguments, **options)
class NoLibrary(real_cdll):
    def __init__(self, name, *arguments, **options):
        if name is None:
            raise TypeError("LoadLibrary() argument 1 must be str, not None")
        super().__init__(name, *arguments, **options)
import builtins, onnxruntime, numpy
builtins.open, ctypes.CDLL = no_proc, NoLibrary
"""


def run(program: str, folder: Path, *paths: Path) -> subprocess.CompletedProcess[str]:
    """A fresh process that finds a2e in ``paths`` only, and the installed packages but a2e's."""
    (folder / "sitecustomize.py").write_text(
        "import importlib.metadata as metadata\n"
        "found = metadata.version\n"
        "def version(name):\n"
        "    if name == 'a2e': raise metadata.PackageNotFoundError(name)\n"
        "    return found(name)\n"
        "metadata.version = version\n"
    )
    places = os.pathsep.join(map(str, (*paths, folder)))
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": places},
    )


def test_a_copied_tree(tmp_path: Path) -> None:
    """Vendored, or frozen: without the package's metadata."""
    shutil.copytree(PACKAGE, tmp_path / "a2e", ignore=shutil.ignore_patterns("__pycache__"))
    ran = run(SPEAK.format(model=""), tmp_path, tmp_path)
    assert ran.stdout.strip() == "unknown (15, 52)", ran.stderr


def test_a_zip(tmp_path: Path) -> None:
    """Its model is no file there, and is given by its path."""
    archive, model = tmp_path / "app.zip", tmp_path / "face.onnx"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in PACKAGE.rglob("*.py"):
            packed.write(path, Path("a2e") / path.relative_to(PACKAGE))
    shutil.copy(PACKAGE / "data/model.onnx", model)
    ran = run(SPEAK.format(model=repr(str(model))), tmp_path, archive)
    assert ran.stdout.strip() == "unknown (15, 52)", ran.stderr
    ran = run(
        "import a2e\ntry: a2e.load()\nexcept a2e.ModelError as error: print(error)",
        tmp_path,
        archive,
    )
    assert "there is no model file at" in ran.stdout, ran.stderr


def test_what_only_linux_has_is_not_needed(tmp_path: Path) -> None:
    ran = run(MISSING + SPEAK.format(model=""), tmp_path, PACKAGE.parent)
    assert ran.stdout.strip() == "unknown (15, 52)", ran.stderr


def test_the_command_line_needs_no_linux_either(tmp_path: Path) -> None:
    program = MISSING + "import a2e.console, sys; sys.exit(a2e.console.main(['inspect']))"
    ran = run(program, tmp_path, PACKAGE.parent)
    assert "default style" in ran.stdout, ran.stderr
    assert ran.returncode == 0
