"""Neural speech: tokens become contiguous phones at the time of their sound."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from training.labels import kokoro
from training.labels.kokoro import LATENESS, Token, phones_of
from training.speech.utterance import SAMPLE_RATE

TOKENS = (
    Token("", 0.0, 0.3), Token("ʧ", 0.3, 0.4), Token("ˈ", 0.4, 0.45), Token("A", 0.45, 0.6),
    Token(" ", 0.6, 0.65), Token("ʂ", 0.65, 0.7), Token("ʰ", 0.7, 0.75), Token("i", 0.75, 0.8),
    Token("↘", 0.8, 0.85), Token("ː", 0.85, 0.9), Token("ˌ", 0.9, 0.95), Token("o", 0.95, 1.0),
    Token(".", 1.0, 1.1), Token("", 1.1, 1.4),
)  # fmt: skip


def test_tokens_become_phones_with_their_marks() -> None:
    phones = phones_of(TOKENS, 1.4)
    assert [p.symbol for p in phones] == ["", "tʃ", "eɪ", "", "ʂʰ", "iː", "o", ""]
    assert [p.stress for p in phones] == [0, 0, 2, 0, 0, 0, 1, 0]
    starts = np.array([p.start for p in phones[1:]]) + LATENESS
    np.testing.assert_allclose(starts, [0.3, 0.4, 0.6, 0.65, 0.75, 0.9, 1.0])
    assert phones[0].start == 0
    assert phones[-1].end == 1.4
    assert all(a.end == b.start for a, b in pairwise(phones))


def test_a_folder_gives_utterances_without_remarks_on_language(tmp_path: Path) -> None:
    seconds = 1.4
    sound = np.random.default_rng(0).normal(0, 0.1, round(24_000 * seconds)).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", sound, 24_000)
    plain = {"file": "a.wav", "voice": "af_a", "language": "en", "tokens": TOKENS}
    remark = {**plain, "tokens": [["(", 0.0, 0.1], ["e", 0.1, 0.2]]}
    lines = [json.dumps(entry, ensure_ascii=False) for entry in (plain, remark)]
    (tmp_path / "utterances.jsonl").write_text("\n".join(lines) + "\n")
    (line,) = kokoro.lines(tmp_path)
    utterance = kokoro.read(line)
    assert len(utterance.audio) == round(seconds * SAMPLE_RATE)
    assert utterance.phones[-1].end == pytest.approx(seconds)
    assert utterance.voice == "kokoro:af_a"
