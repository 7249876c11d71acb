"""Synthetic speech: phones that fit the sound, voices held out, the same from the same seed."""

from __future__ import annotations

from itertools import islice, pairwise

import numpy as np
import pytest

from training.labels.articulation import ANY, read
from training.speech import corpus, espeak, festival, flite, voices
from training.speech.utterance import SAMPLE_RATE, Utterance
from training.speech.voices import HELD_OUT_LANGUAGES, LANGUAGES

TEXT = "My mother bought a big apple pie."
RECORDED = [*(f"flite:{v}" for v in flite.voices()), *(f"festival:{v}" for v in festival.voices())]
ENGLISH = [v for v in RECORDED if v in voices.recorded_voices("en")]


def said_by(voice: str) -> Utterance:
    return voices.synthesise(TEXT, voice, "en")


def assert_phones_fit(utterance: Utterance) -> None:
    phones = utterance.phones
    assert phones[0].start == 0
    assert phones[-1].end == pytest.approx(len(utterance.audio) / SAMPLE_RATE)
    assert all(a.end == pytest.approx(b.start) for a, b in pairwise(phones))
    assert all(phone.end > phone.start for phone in phones)
    assert np.abs(utterance.audio).max() <= 1


def power(utterance: Utterance, symbols: str) -> float:
    """Mean square of the phones whose symbols begin with one of these letters; "" is silence."""
    parts = [
        utterance.audio[int(p.start * SAMPLE_RATE) : int(p.end * SAMPLE_RATE)]
        for p in utterance.phones
        if (p.symbol[:1] in symbols if symbols else not p.symbol) and p.end - p.start > 0.01
    ]
    return float(np.concatenate(parts).astype(np.float64).__pow__(2).mean())


@pytest.mark.parametrize("voice", ["espeak:en-us", "espeak:en-gb-x-rp+f2", "espeak:en-us+klatt4"])
def test_phones_lie_where_the_sound_is(voice: str) -> None:
    utterance = said_by(voice)
    assert_phones_fit(utterance)
    spoken = "".join(p.symbol for p in utterance.phones)
    assert spoken.count("m") == 2
    assert spoken.count("p") == 2
    assert power(utterance, "p") < 0.2 * power(utterance, "aæɑʌɔ")


@pytest.mark.parametrize("voice", ENGLISH or [pytest.param("", marks=pytest.mark.skip("none"))])
def test_recorded_voices_tell_the_same_of_the_same_text(voice: str) -> None:
    utterance = said_by(voice)
    assert_phones_fit(utterance)
    labials = [p.symbol for p in utterance.phones if p.symbol[:1] in tuple("pbm")]
    assert labials == ["m", "m", "b", "b", "p", "p"]
    assert power(utterance, "") < 0.05 * power(utterance, "aæɑʌɔ")


@pytest.mark.parametrize("voice", [v for v in RECORDED if v not in ENGLISH])
def test_recorded_voices_of_other_languages_speak_in_ipa(voice: str) -> None:
    language = festival.VOICES[voice.split(":")[1]].language
    text = corpus.random_text(np.random.default_rng(0), "festival", language)
    utterance = voices.synthesise(text, voice, language)
    assert_phones_fit(utterance)
    assert all(read(p.symbol) != (ANY,) for p in utterance.phones if p.symbol not in "hɦʔ")


@pytest.mark.parametrize("language", [*LANGUAGES, *HELD_OUT_LANGUAGES])
def test_every_language_speaks_in_letters_that_have_a_pose(language: str) -> None:
    accents, _ = (LANGUAGES | HELD_OUT_LANGUAGES)[language]
    text = corpus.random_text(np.random.default_rng(1), "espeak", language)
    utterance = voices.synthesise(text, f"espeak:{accents[0]}", language)
    assert_phones_fit(utterance)
    spoken = [p.symbol for p in utterance.phones if p.symbol]
    assert spoken
    assert all(read(symbol) != (ANY,) for symbol in spoken if symbol[0] not in "hɦʔ")


@pytest.mark.parametrize("voice", ["espeak:en-us", *ENGLISH[:1]])
def test_a_higher_rate_is_sooner_over(voice: str) -> None:
    slow, fast = (len(voices.synthesise(TEXT, voice, "en", rate=r).audio) for r in (120, 220))
    assert fast < 0.8 * slow


def test_the_same_seed_says_the_same() -> None:
    first, again, other = (
        [[p.symbol for p in u.phones] for u in islice(corpus.utterances(seed, "train"), 3)]
        for seed in (5, 5, 6)
    )
    assert first == again
    assert first != other


def test_no_voice_of_validation_is_heard_in_training() -> None:
    rng = np.random.default_rng(0)
    trained, held_out = (
        {voices.random_voice(rng, split) for _ in range(2_000)} for split in ("train", "validation")
    )
    assert not {language for language, _ in trained} & set(HELD_OUT_LANGUAGES)
    old = [(lang, voice) for lang, voice in held_out if lang not in HELD_OUT_LANGUAGES]
    assert old
    variants = {voice.rpartition("+")[2] for _, voice in trained}
    assert not {voice.rpartition("+")[2] for _, voice in old} & variants
    assert not {voice for _, voice in held_out} & {voice for _, voice in trained}


def test_what_no_voice_can_say_is_an_error() -> None:
    with pytest.raises(ValueError, match="no voice"):
        voices.synthesise(TEXT, "espeak:nobody", "en")


def test_joined_silences_become_one() -> None:
    word = said_by("espeak:en-us")
    joined = corpus.join([corpus.silence(0.2), corpus.silence(0.3), word], "v", "en")
    assert_phones_fit(joined)
    assert joined.phones[0].symbol == ""
    assert joined.phones[1].symbol != ""
    assert len(joined.audio) == 0.5 * SAMPLE_RATE + len(word.audio)


@pytest.mark.parametrize(
    ("name", "phone"),
    [("ˈaɪ", ("aɪ", 2)), ("ˌuː", ("uː", 1)), ("t", ("t", 0)), ("th", ("tʰ", 0)), ("(en)", None)],
)
def test_espeaks_names_become_ipa(name: str, phone: tuple[str, int] | None) -> None:
    assert espeak.parse(name) == phone
