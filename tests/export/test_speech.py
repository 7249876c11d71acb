"""Audio files to whole hops at a model's rate."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from a2e_export.speech import SECONDS, read_speech, whole_hops
from tests.conftest import GOLDEN


def test_files_are_resampled(speech) -> None:
    audio = read_speech(GOLDEN / "speech24k.wav", 16_000)
    assert audio.dtype == np.float32
    assert abs(len(audio) - len(speech)) <= 1


def test_only_the_start_of_a_long_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    soundfile.write(path, np.zeros((8_000 * (SECONDS + 5), 2), np.float32), 8_000)
    assert len(read_speech(path, 8_000)) == 8_000 * SECONDS


def test_hops_are_padded_with_silence() -> None:
    audio = np.arange(1, 8, dtype=np.float32)
    hops = whole_hops(audio, 3)
    assert hops.tolist() == [[1, 2, 3], [4, 5, 6], [7, 0, 0]]
    assert whole_hops(audio[:6], 3).shape == (2, 3)
    assert whole_hops(audio[:0], 3).tolist() == [[0, 0, 0]]
