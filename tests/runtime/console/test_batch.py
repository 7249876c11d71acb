"""``a2e animate`` of many files: processes beside it, interruptions, folders that can't take it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from a2e.console import main
from tests.runtime.console.conftest import A2E

RATE = 16_000
SMALL_DISK = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
PROCESSES = Path("/proc")

needs_processes = pytest.mark.skipif(
    not (PROCESSES / "self/task").exists(), reason="Linux tells a process's children"
)


@pytest.fixture
def long_voices(tmp_path: Path) -> list[str]:
    """Names of three files of twenty minutes."""
    folder = tmp_path / "in"
    folder.mkdir()
    soundfile.write(folder / "a.wav", np.zeros(RATE * 1_200, np.int16), RATE)
    for name in ("b.wav", "c.wav"):
        os.link(folder / "a.wav", folder / name)
    return [str(folder / name) for name in ("a.wav", "b.wav", "c.wav")]


def children(process: subprocess.Popen[str]) -> list[int]:
    tasks = (PROCESSES / f"{process.pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def waited(condition, seconds: float = 30) -> Iterator[None]:
    """Waits until ``condition()`` holds, with a limit that only a fault reaches."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        return (PROCESSES / f"{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@needs_processes
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_batch_leaves_nothing(model_path, long_voices, tmp_path, sent) -> None:
    out = tmp_path / "out"
    command = [*A2E, "animate", *long_voices, "--model", model_path, "--jobs", "2", "-o", str(out)]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        waited(lambda: out.exists() and len(list(out.iterdir())) == 2)  # both drafts
        workers = children(process)
        os.killpg(process.pid, sent)  # as a terminal does for Ctrl-C
        told = process.stderr.read()
    assert process.returncode == 130
    assert "Traceback" not in told
    assert "error" not in told
    assert list(out.iterdir()) == []
    assert len(workers) == 1
    assert not any(map(is_alive, workers))


@needs_processes
def test_a_worker_that_is_killed_is_told(model_path, long_voices, tmp_path) -> None:
    out = tmp_path / "out"
    for name in long_voices:
        os.unlink(name)
        soundfile.write(name, np.zeros(RATE * 120, np.int16), RATE)
    command = [*A2E, "animate", *long_voices, "--model", model_path, "--jobs", "2", "-o", str(out)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        waited(lambda: out.exists() and len(list(out.iterdir())) == 2)
        os.kill(children(process)[0], signal.SIGKILL)
        told = process.stderr.read()
    assert process.returncode == 1
    assert "its process ended (status -9)" in told
    assert "1 of 3 inputs failed" in told
    assert len(list(out.glob("[!.]*.json"))) == 2


def test_workers_go_when_who_started_them_is_killed(model_path) -> None:
    command = [sys.executable, "-m", "a2e.console.workers"]
    worker = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert (worker.returncode, worker.stdout, worker.stderr) == (0, b"", b"")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_warnings_and_failures_of_all_processes_are_told(
    model_path, speech, tmp_path: Path, capfd, jobs: str
) -> None:
    for name in ("a.wav", "b.wav", "c.wav"):
        soundfile.write(tmp_path / name, speech[:RATE], RATE)
    whole = (tmp_path / "a.wav").read_bytes()
    (tmp_path / "b.wav").write_bytes(whole[:-5_000])
    (tmp_path / "c.wav").write_bytes(b"text")
    inputs = [str(tmp_path / name) for name in ("a.wav", "b.wav", "c.wav", "gone.wav")]
    out = tmp_path / "out"
    options = ["--model", model_path, "--jobs", jobs, "--gain", "jawOpen=1.2", "--seed", "1"]
    assert main(["animate", *inputs, *options, "-o", str(out)]) == 1
    told = capfd.readouterr().err
    assert "a2e: warning: " in told
    assert "2 of 4 inputs failed" in told
    assert "there is no audio file at " in told
    assert sorted(path.name for path in out.iterdir()) == ["a.json", "b.json"]


def test_a_folder_that_cannot_be(model_path, wav, tmp_path: Path, capfd) -> None:
    (tmp_path / "file").touch()
    options = ["--model", model_path, "-o", str(tmp_path / "file" / "out") + "/"]
    assert main(["animate", str(wav), *options]) == 1
    assert capfd.readouterr().err.strip() == (
        f"a2e: error: {tmp_path}/file/out can't be a folder: Not a directory"
    )


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a folder that root can't write to")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_folder_that_takes_no_files(model_path, wav, tmp_path: Path, capfd, jobs: str) -> None:
    other = tmp_path / "other.wav"
    shutil.copy(wav, other)
    options = ["--model", model_path, "--jobs", jobs, "-o", "/proc/self"]
    assert main(["animate", str(wav), str(other), *options]) == 1
    told = capfd.readouterr().err
    assert "2 of 2 inputs failed" in told
    assert told.count("can't write to /proc/self/") == 2
    assert "Traceback" not in told


def test_a_small_disk(model_path, wav, tmp_path: Path) -> None:
    """A disk that has no room for both files: of what did not fit nothing is there."""
    if subprocess.run([*SMALL_DISK, "true"], capture_output=True).returncode:
        pytest.skip("no disks can be made here")
    other = tmp_path / "other.wav"
    shutil.copy(wav, other)
    out = tmp_path / "out"
    out.mkdir()
    script = 'mount -t tmpfs -o size=150k tmpfs "$1"; shift; "$@"; s=$?; ls -A "$OUT" >&2; exit $s'
    options = ["--model", model_path, "--jobs", "2", "-o", str(out)]
    command = [*A2E, "animate", str(wav), str(other), *options]
    run = subprocess.run(
        [*SMALL_DISK, script, "sh", str(out), *command],
        env=os.environ | {"OUT": str(out)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert "No space left on device" in run.stderr
    assert "Traceback" not in run.stderr
    files = run.stderr.strip().splitlines()[-1:]
    assert not any(name.startswith(".") for name in files)


def test_a_limit_on_file_sizes(model_path, wav, tmp_path: Path) -> None:
    other = tmp_path / "other.wav"
    shutil.copy(wav, other)
    options = ["--model", model_path, "--jobs", "2", "-o", str(tmp_path / "out")]
    command = [*A2E, "animate", str(wav), str(other), *options]
    script = 'ulimit -f 20; exec "$@"'
    run = subprocess.run(["sh", "-c", script, "sh", *command], capture_output=True, text=True)
    assert run.returncode == 1
    assert run.stderr.count("can't write to") == 2
    assert "File too large" in run.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_the_host_keeps_its_termination_handler(model_path, wav, tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    for name in ("gone.wav", str(wav)):
        main(["animate", name, "--model", model_path, "-o", str(tmp_path / "face.json")])
        assert signal.getsignal(signal.SIGTERM) is before
