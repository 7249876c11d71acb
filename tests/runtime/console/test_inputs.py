"""Files, pipes, batches and raw samples, as people give them to the commands."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

import a2e
from a2e.audio.decode import source
from a2e.console import main
from tests.runtime.audio.media import wav as wav_file
from tests.runtime.console.conftest import A2E

INPUTS = Path(__file__).parents[2] / "data" / "inputs"
EXPECTED = [line.split("\t") for line in (INPUTS / "expected.tsv").read_text().splitlines()]
SECOND = 16_000


def frames(path: Path) -> int:
    return json.loads(path.read_text())["metadata"]["frame_count"]


@pytest.fixture
def short(tmp_path: Path, speech) -> Path:
    path = tmp_path / "in" / "short.wav"
    path.parent.mkdir()
    path.write_bytes(wav_file(speech[:SECOND], SECOND))
    return path


def test_the_inputs_in_a_batch(model_path, tmp_path: Path, capsys) -> None:
    pytest.importorskip("av")
    names = [row[0] for row in EXPECTED]
    arguments = [str(INPUTS / name) for name in names]
    status = main(["animate", *arguments, "--model", model_path, "-o", str(tmp_path / "out")])
    told = capsys.readouterr().err
    assert status == 1, "headerless samples are among them"
    assert "1 of 11 inputs failed" in told
    assert "ulaw_8000.raw can't be read as audio" in told
    assert "a2e: warning: " in told
    for name, low, high in ((row[0], row[1], row[-1]) for row in EXPECTED if row[1] != "refuse"):
        assert int(low) <= frames(tmp_path / "out" / f"{Path(name).stem}.json") <= int(high)
    assert len(list((tmp_path / "out").iterdir())) == len(names) - 1


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_a_batch_equals_single_runs(model_path, short, tmp_path: Path, jobs: str) -> None:
    for name in ("a.wav", "b.wav"):
        (short.parent / name).write_bytes(short.read_bytes())
    inputs = [str(short.parent / name) for name in ("a.wav", "b.wav", "short.wav")]
    options = ["--model", model_path, "--seed", "1"]
    assert main(["animate", *inputs, *options, "--jobs", jobs, "-o", str(tmp_path / "out")]) == 0
    assert main(["animate", str(short), *options, "-o", str(tmp_path / "single.json")]) == 0
    single = (tmp_path / "single.json").read_bytes()
    for name in ("a", "b", "short"):
        assert (tmp_path / "out" / f"{name}.json").read_bytes() == single


def test_two_inputs_of_one_name(model_path, short, tmp_path: Path, capsys) -> None:
    other = tmp_path / "short.flac"
    other.write_bytes(b"")
    out = tmp_path / "out"
    for inputs in ([short, other], [short, short]):
        assert main(["animate", *map(str, inputs), "--model", "gone.onnx", "-o", str(out)]) == 1
        assert "would both become" in capsys.readouterr().err
    assert not out.exists()


def test_strict(model_path, tmp_path: Path, capsys) -> None:
    pytest.importorskip("av")
    cut, out = str(INPUTS / "cut-in-half.mp3"), tmp_path / "face.json"
    assert main(["animate", cut, "--model", model_path, "--strict", "-o", str(out)]) == 1
    assert "is broken off" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
    assert main(["animate", cut, "--model", model_path, "--strict", "-o", "-"]) == 1
    assert capsys.readouterr().out == ""
    assert main(["animate", cut, "--model", model_path, "-o", str(out)]) == 0
    assert "a2e: warning: " in capsys.readouterr().err


def test_an_existing_file_keeps_its_mode(model_path, short, tmp_path: Path) -> None:
    out = tmp_path / "face.json"
    out.touch()
    out.chmod(0o600)
    assert main(["animate", str(short), "--model", model_path, "-o", str(out)]) == 0
    assert out.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("none/face.json", "can't write to .*No such file"),
        ("x" * 300 + ".json", "can't write to .*File name too long"),
        ("/dev/full", "can't write to /dev/full: No space left"),
    ],
)
def test_outputs_that_cannot_be(model_path, short, tmp_path, capsys, output, message) -> None:
    out = os.path.join(tmp_path, output)
    options = ["--format", "bsdata", "--model", model_path]
    assert main(["animate", str(short), *options, "-o", out]) == 1
    told = capsys.readouterr().err.strip().splitlines()[-1]
    import re

    assert re.search(message, told)
    assert told.startswith("a2e: error: ")


def test_a_long_name_that_fits(model_path, short, tmp_path: Path) -> None:
    out = tmp_path / ("x" * 250 + ".json")
    assert main(["animate", str(short), "--model", model_path, "-o", str(out)]) == 0
    assert frames(out) == 30


def test_names_in_latin_1(model_path, short, tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/stra\xdfe.wav"
    Path(os.fsdecode(name)).write_bytes(short.read_bytes())
    command = [*map(os.fsencode, A2E), b"animate", name, b"--model", model_path.encode()]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True)
    assert run.returncode == 0, run.stderr
    assert frames(Path(os.fsdecode(name)).with_suffix(".json")) == 30


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_stdin(model_path, short, tmp_path: Path, name: str) -> None:
    command = [*A2E, "animate", name, "--model", model_path]
    data = short.read_bytes()
    lines = subprocess.run(command, input=data, capture_output=True, check=True).stdout
    assert len(lines.splitlines()) == 31
    subprocess.run([*command, "-o", "face.json"], input=data, cwd=tmp_path, check=True)
    assert frames(tmp_path / "face.json") == 30


@pytest.mark.parametrize("closed", ["stdin", "stdout", "stderr"])
def test_closed_standard_streams(model_path, short, closed: str) -> None:
    number = {"stdin": "0<&-", "stdout": "1>&-", "stderr": "2>&-"}[closed]
    audio = "-" if closed == "stdin" else str(short)
    command = f'exec "$@" {number}'
    arguments = [*A2E, "animate", audio, "--model", model_path, "-o", "-"]
    run = subprocess.run(["sh", "-c", command, "sh", *arguments], capture_output=True, text=True)
    assert run.returncode == (0 if closed == "stderr" else 1)
    assert "Traceback" not in run.stderr
    assert len(run.stdout.splitlines()) == (31 if closed == "stderr" else 0)


@pytest.mark.parametrize("encoding", ["mulaw", "alaw", "s16le"])
@pytest.mark.parametrize("option", ["--encoding", "--format"])
def test_stream_encodings(model_path, encoding: str, option: str) -> None:
    data = (INPUTS / "ulaw_8000.raw").read_bytes()
    command = [*A2E, "stream", "--rate", "8000", option, encoding, "--model", model_path]
    run = subprocess.run(command, input=data, capture_output=True, check=True)
    assert len(run.stdout.splitlines()) == 1 + (75 if encoding != "s16le" else 38)


@pytest.mark.parametrize("sizes", [None, (0, 0), (0xFFFFFFFF, 0xFFFFFFFF)])
def test_stream_passes_over_a_wav_header_that_agrees(model_path, speech, sizes) -> None:
    data = wav_file(speech[:SECOND], SECOND, sizes=sizes)
    command = [*A2E, "stream", "--rate", "16000", "--model", model_path, "--seed", "1"]
    outputs = [
        subprocess.run(command, input=samples, capture_output=True, check=True).stdout
        for samples in (data, data[44:])
    ]
    assert outputs[0] == outputs[1]


def test_stream_refuses_other_containers(model_path, speech) -> None:
    wrong = wav_file(speech[:SECOND], 24_000)
    mp3 = (INPUTS / "two-joined.mp3").read_bytes()
    for data, message in ((wrong, "--rate 24000 --encoding s16le"), (mp3, "is MP3, not raw")):
        command = [*A2E, "stream", "--rate", "16000", "--model", model_path]
        run = subprocess.run(command, input=data, capture_output=True, text=False)
        assert run.returncode == 1
        assert message in run.stderr.decode()
        assert "a2e animate -" in run.stderr.decode()
        assert run.stderr.count(b"\n") == 1


def test_animate_file_equals_animate(model_path, short, speech) -> None:
    model = a2e.load(model_path)
    samples = (speech[:SECOND] * 32_767).astype(np.int16)
    clip = model.animate_file(short, seed=1)
    np.testing.assert_allclose(
        clip.weights, model.animate(samples, SECOND, seed=1).weights, atol=1e-6
    )
    with a2e.open_audio(short) as file:
        assert (file.rate, file.channels, file.length) == (SECOND, 1, SECOND)


M4A = INPUTS / "phone.m4a"


def test_a_pipe_that_is_too_long_to_keep(monkeypatch) -> None:
    pytest.importorskip("av")
    monkeypatch.setattr(source, "MAX_SPOOL_BYTES", 1 << 20)
    script = f"head -c 1000 {M4A}; head -c 9000000 /dev/zero"
    with (
        subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE) as writer,
        pytest.raises(a2e.AudioError, match=r"temporary file.* longer than 1 MiB.*save it"),
        a2e.open_audio(writer.stdout),
    ):
        pass


def test_a_temporary_folder_that_is_full(model_path) -> None:
    pytest.importorskip("av")
    data = M4A.read_bytes()[:1_000] + bytes(9_000_000)
    command = [*A2E, "animate", "-", "--model", model_path]
    script = ["sh", "-c", 'ulimit -f 100; exec "$@"', "sh"]
    run = subprocess.run([*script, *command], input=data, capture_output=True)
    assert run.returncode == 1
    assert run.stdout == b""
    assert b"can't be kept in a temporary file" in run.stderr
    assert b"File too large" in run.stderr
    assert run.stderr.count(b"\n") == 1
