"""Audio files and samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

import a2e
from a2e.audio.decode import open_audio
from a2e.audio.samples import downmix


def test_dtypes_and_channels_mean_the_same() -> None:
    mono = np.array([0.0, 0.5, -1.0, 0.25], np.float32)
    np.testing.assert_array_equal(downmix(mono), mono)
    np.testing.assert_array_equal(downmix(mono.astype(np.float64)), mono)
    np.testing.assert_array_equal(downmix((mono * 32_768).astype(np.int16)), mono)
    np.testing.assert_array_equal(downmix(np.stack([mono, mono * 0], axis=1)), mono / 2)
    assert downmix(np.zeros((0, 2), np.int16)).shape == (0,)


@pytest.mark.parametrize(
    ("extension", "options", "tolerance"),
    [
        ("wav", {}, 1e-4),
        ("flac", {}, 1e-4),
        ("ogg", {"subtype": "VORBIS"}, 0.2),
        ("mp3", {"subtype": "MPEG_LAYER_III"}, 0.2),
    ],
)
def test_files_are_read_at_their_own_rate(
    tmp_path: Path, speech, extension: str, options: dict[str, str], tolerance: float
) -> None:
    path = tmp_path / f"voice.{extension}"
    soundfile.write(path, np.stack([speech, speech], axis=1), 44_100, **options)
    with open_audio(path) as audio:
        assert audio.rate == 44_100
        blocks = list(audio.blocks())
    found = downmix(np.concatenate(blocks))
    assert abs(len(found) - len(speech)) < 3_000
    assert blocks[0].shape == (44_100, 2)
    if extension in ("wav", "flac"):
        np.testing.assert_allclose(found, speech, atol=tolerance)
    else:
        assert np.corrcoef(found[: len(speech)], speech[: len(found)])[0, 1] > 0.9


def test_missing_file(tmp_path: Path) -> None:
    with (
        pytest.raises(a2e.AudioError, match=r"there is no audio file at .*gone\.wav"),
        open_audio(tmp_path / "gone.wav"),
    ):
        pass


def test_a_text_file_is_no_audio(tmp_path: Path) -> None:
    path = tmp_path / "voice.wav"
    path.write_text("RIFF? no.")
    with (
        pytest.raises(a2e.AudioError, match="can't be read as audio.* wav, flac, mp3, ogg"),
        open_audio(path),
    ):
        pass


def test_a_damaged_file(tmp_path: Path, speech) -> None:
    path = tmp_path / "voice.flac"
    soundfile.write(path, speech, 16_000)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 :] = b"\x55" * (len(data) - len(data) // 2)
    path.write_bytes(data)
    with open_audio(path) as audio:
        heard = downmix(np.concatenate(list(audio.blocks())))
    assert {warning.code for warning in audio.warnings} <= {"damaged", "truncated"}
    assert audio.warnings
    assert 0.3 * len(speech) < len(heard) < len(speech)
    np.testing.assert_allclose(heard[:16_000], speech[:16_000], atol=1e-4)
