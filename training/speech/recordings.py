"""Real speech with transcripts, for evaluation only; none of it is part of the project.

- a folder given by the caller, with the clips that are named here and there;
- Debian's ``alsa-utils`` (speaker names), ``pocketsphinx-testdata`` (LibriVox, public domain) and
  ``asterisk-core-sounds-{en,es,fr,it,ru}-g722`` (prompts, read through ``ffmpeg``).

What is not installed is left out.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from training.speech.utterance import SAMPLE_RATE

ALSA = Path("/usr/share/sounds/alsa")
LIBRIVOX = Path("/usr/share/pocketsphinx/test/data/librivox")
ASTERISK = Path("/usr/share/asterisk/sounds")

FOLDER_CLIPS = {
    "jfk.flac": (
        "And so my fellow Americans, ask not, what your country can do for you, "
        "ask what you can do for your country."
    ),
    "arctic_a0024.wav": "It was my reports from the north which chiefly induced people to buy.",
    "new-home-in-the-stars-16k.wav": "We must find a new home in the stars.",
    "ru.wav": "",  # Russian, no transcript
}
SPEAKER_NAMES = (
    "Front_Center", "Front_Left", "Front_Right", "Rear_Center", "Rear_Left", "Rear_Right",
    "Side_Left", "Side_Right",
)  # fmt: skip
LIBRIVOX_CLIPS = {
    "0870": (
        "And Mister John Dashwood had then at leisure, to consider how much there might be "
        "prudently in his power to do for them."
    ),
    "0880": "He was not an ill disposed young man.",
    "0890": "Unless to be rather cold hearted, and rather selfish, is to be ill disposed.",
    "0920": (
        "Had he married a more, a amiable woman, "
        "he might have been made still more respectable than he was."
    ),
    "0930": "He might even have been made amiable himself.",
}
PROMPTS = {
    "conf-onlyperson": "You are currently the only person in this conference.",
    "confbridge-pin-bad": "You have entered too many in valid personal identification numbers.",
    "confbridge-lock-no-join": "The conference is currently locked, and cannot be joined.",
    "demo-nogo": (
        "I am afraid I was unable to create a connection to the Digium demonstration Asterisk "
        "server. You may find some helpful debugging information on the Asterisk console."
    ),
    "agent-user": ("Agent login. Please enter your agent number, followed by the pound key."),
    "confbridge-remove-last-in": (
        "To remove the participant who most recently joined the conference."
    ),
}
"""Of en_US_f_Allison; spelled so that the engines stress the words as she does ("in valid")."""
MONTHS = {
    "es_MX_f_Allison": (
        "es",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    ),
    "fr_CA_f_June": (
        "fr",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    ),
    "it_IT_m_Carlo": (
        "it",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre "
        "dicembre",
    ),
    "en_US_f_Allison": (
        "en",
        "January February March April May June July August September October November December",
    ),
}


@dataclass(frozen=True)
class Recording:
    name: str
    language: str
    text: str
    """The words; "" where nobody wrote it down."""
    audio: NDArray[np.float32]
    """[n] mono 16 kHz."""


def recordings(folder: Path | None) -> Iterator[Recording]:
    """All that is there, the caller's ``folder`` first."""
    for name, text in FOLDER_CLIPS.items():
        if folder is not None and (path := folder / name).exists():
            yield Recording(path.stem, "en" if text else "ru", text, read(path))
    for code, text in LIBRIVOX_CLIPS.items():
        if (path := LIBRIVOX / f"sense_and_sensibility_01_austen_64kb-{code}.wav").exists():
            yield Recording(f"librivox-{code}", "en", text, read(path))
    for name, text in PROMPTS.items():
        yield from together(name, "en", text, [ASTERISK / "en_US_f_Allison" / f"{name}.g722"])
    for voice, (language, months) in MONTHS.items():
        paths = [ASTERISK / voice / "digits" / f"mon-{i}.g722" for i in range(12)]
        text = ", ".join(months.split()) + "."
        yield from together(f"months-{language}", language, text, paths)
    names = [ALSA / f"{name}.wav" for name in SPEAKER_NAMES]
    text = ", ".join(SPEAKER_NAMES).replace("_", ", ") + "."
    yield from together("speaker-names", "en", text, names)


def together(name: str, language: str, text: str, paths: list[Path]) -> Iterator[Recording]:
    """One recording of several files, if all are there and can be read."""
    readable = shutil.which("ffmpeg") is not None or all(p.suffix != ".g722" for p in paths)
    if readable and all(path.exists() for path in paths):
        audio = np.concatenate([read(path) for path in paths])
        yield Recording(name, language, text, audio)


def read(path: Path) -> NDArray[np.float32]:
    """A file as float32 [n] mono 16 kHz."""
    if path.suffix == ".g722":
        return read_g722(path)
    audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
    resampled: NDArray[np.float32] = soxr.resample(audio.mean(axis=1), rate, SAMPLE_RATE)
    return resampled


def read_g722(path: Path) -> NDArray[np.float32]:
    """A raw ITU-T G.722 file, 16 kHz, through ffmpeg."""
    command = ["ffmpeg", "-loglevel", "error", "-f", "g722", "-i", str(path), "-f", "f32le", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.float32)
