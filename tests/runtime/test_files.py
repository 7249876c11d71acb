"""Files that are whole or not there."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

import a2e
from a2e.files import whole_file


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "face.json"


def test_the_name_appears_with_the_whole(target: Path) -> None:
    with whole_file(target) as file:
        file.write(b"one")
        file.flush()
        assert not target.exists()
        file.write(b"two")
    assert target.read_bytes() == b"onetwo"
    assert os.listdir(target.parent) == [target.name]


@pytest.mark.parametrize("before", [None, b"what was there"])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_error_leaves_what_was_there(
    target: Path, before: bytes | None, error: type[BaseException]
) -> None:
    if before is not None:
        target.write_bytes(before)
    with pytest.raises(error), whole_file(target) as file:
        file.write(b"half")
        raise error
    assert (target.read_bytes() if target.exists() else None) == before
    assert len(os.listdir(target.parent)) == (before is not None)


def test_what_was_there_is_readable_to_the_end(target: Path) -> None:
    target.write_bytes(b"old")
    with target.open("rb") as reader:
        with whole_file(target) as file:
            file.write(b"new")
        assert reader.read() == b"old"
    assert target.read_bytes() == b"new"


def test_a_new_file_has_the_usual_mode(target: Path) -> None:
    with whole_file(target):
        pass
    other = target.with_name("other")
    other.touch(0o666)
    assert target.stat().st_mode == other.stat().st_mode


def test_a_link_is_followed(target: Path) -> None:
    link = target.with_name("link")
    link.symlink_to(target)
    with whole_file(link) as file:
        file.write(b"face")
    assert link.is_symlink()
    assert target.read_bytes() == b"face"


def test_a_pipe_is_written_to_directly(target: Path) -> None:
    os.mkfifo(target)
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(target.read_bytes()))
    reader.start()
    with whole_file(target) as file:
        file.write(b"face")
    reader.join(10)
    assert received == [b"face"]
    assert target.is_fifo()


def test_two_writers_do_not_mix(target: Path) -> None:
    with whole_file(target) as first, whole_file(target) as second:
        first.write(b"first")
        second.write(b"second")
    assert target.read_bytes() == b"first", "the writer that ends last gives the file"
    assert os.listdir(target.parent) == [target.name]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(a2e.OptionError, match="is a folder; give a file's name"):
        whole_file(tmp_path).__enter__()


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(a2e.OptionError, match=r"can't write to .*: No such file or directory"):
        whole_file(tmp_path / "none" / "face.json").__enter__()
