"""Festival through one running process: recorded diphone, unit and HTS voices, with their phones.

Each is a Debian package (``festvox-kdlpc16k``, ``-us-slt-hts``, ``-ru``, ``-italp16k``,
``-itapc16k``, ``-ca-ona-hts``, ``-czech-*``, ``-suopuhe-*``); what is not installed is left out.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
import soxr

from training.speech import flite
from training.speech.utterance import SAMPLE_RATE, Phone, Utterance

NORMAL_RATE = 160  # words a minute, about what Festival says at stretch 1
DONE = "a2e-done"  # printed by the process when an utterance is finished

SAY = """
(begin
  (voice_{voice})
  (Parameter.set 'Duration_Stretch {stretch:.3f})
  (set! a2e_utt (utt.synth (Utterance Text "{text}")))
  (mapcar
    (lambda (s) (format t "%s %f %s\\n" (item.name s) (item.feat s "end")
                        (item.feat s "R:SylStructure.parent.stress")))
    (utt.relation.items a2e_utt 'Segment))
  (utt.save.wave a2e_utt "{path}" 'riff))
(begin (format t "\\n{done}\\n") (fflush nil))
"""
"""Two forms, so that `DONE` is printed after an error too."""


@dataclass(frozen=True)
class Voice:
    language: str
    encoding: str
    ipa: dict[str, str]
    """Its phones' names in IPA; a name that is missing is IPA already."""


def table(pairs: str) -> dict[str, str]:
    """ "a=b c=d e=" -> {"a": "b", "c": "d", "e": ""}."""
    return dict(pair.split("=") for pair in pairs.split())


PAUSES = table("pau= #= ##= _= h#=")
RUSSIAN = PAUSES | table(
    "ii=i yy=ɨ uu=u ee=ɛ oo=o aa=a a=ɐ e=ɪ i=ɪ y=ɨ u=ʊ ae=æ ay=ə ur=ʊ pp=pʲ bb=bʲ tt=tʲ dd=dʲ "
    "kk=kʲ gg=ɡʲ g=ɡ c=ts ch=tɕ ff=fʲ vv=vʲ ss=sʲ zz=zʲ sh=ʂ sch=ɕː zh=ʐ h=x hh=xʲ mm=mʲ nn=nʲ "
    "l=ɫ ll=lʲ rr=rʲ"
)
ITALIAN = PAUSES | table(
    "E=ɛ O=ɔ i1=i e1=e E1=ɛ a1=a o1=o O1=ɔ u1=u g=ɡ S=ʃ Z=ʒ tS=tʃ dZ=dʒ J=ɲ ng=ŋ nf=ɱ L=ʎ"
)
CATALAN = PAUSES | table(
    "ax=ə a1=a e1=e E=ɛ E1=ɛ g=ɡ i1=i J=ɲ L=ʎ o1=o O=ɔ O1=ɔ r=ɾ rr=r S=ʃ u1=u Z=ʒ"
)
CZECH = PAUSES | table(
    "a:=aː c=ts c~=tʃ ch=x d~=ɟ dz~=dʒ e=ɛ e:=ɛː g=ɡ h=ɦ i=ɪ i:=iː n*=ŋ n~=ɲ o:=oː r~=r r~*=r "
    "s~=ʃ t~=c u:=uː z~=ʒ"
)
FINNISH = PAUSES | table(
    "@=æ 7=ø &=ə a:=aː e:=eː i:=iː o:=oː u:=uː y:=yː @:=æː 7:=øː g=ɡ T=θ S=ʃ N=ŋ L=ʎ p:=pː t:=tː "
    "k:=kː b:=bː d:=dː g:=ɡː f:=fː T:=θː D:=ðː s:=sː z:=zː S:=ʃː Z:=ʒː h:=hː v:=vː m:=mː n:=nː "
    "N:=ŋː w:=wː l:=lː L:=ʎː r:=rː j:=jː"
)

VOICES = {
    "ked_diphone": Voice("en", "ascii", flite.IPA),
    "cmu_us_slt_arctic_hts": Voice("en", "ascii", flite.IPA),
    "msu_ru_nsh_clunits": Voice("ru", "utf-8", RUSSIAN),
    "pc_diphone": Voice("it", "latin-1", ITALIAN),
    "lp_diphone": Voice("it", "latin-1", ITALIAN),
    "upc_ca_ona_hts": Voice("ca", "latin-1", CATALAN),
    "czech_machac": Voice("cs", "iso-8859-2", CZECH),
    "czech_dita": Voice("cs", "iso-8859-2", CZECH),
    "czech_ph": Voice("cs", "iso-8859-2", CZECH),
    "suo_fi_lj_diphone": Voice("fi", "latin-1", FINNISH),
    "hy_fi_mv_diphone": Voice("fi", "latin-1", FINNISH),
}


class Process:
    """A running ``festival --pipe``."""

    def __init__(self) -> None:
        self.child = subprocess.Popen(
            ["festival", "--pipe"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def ask(self, scheme: bytes) -> list[str]:
        """Lines printed for ``scheme``, which must print `DONE` at its end."""
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        self.child.stdin.write(scheme)
        self.child.stdin.flush()
        lines: list[str] = []
        while (line := self.child.stdout.readline()) != b"":
            text = line.decode(errors="replace").strip()
            if text == DONE:
                return lines
            lines.append(text)
        raise RuntimeError("festival ended; its last words: " + " ".join(lines[-3:]))


@cache
def process() -> Process:
    return Process()


@cache
def voices() -> tuple[str, ...]:
    """Those of ``VOICES`` that are installed; none where there is no Festival."""
    if shutil.which("festival") is None:
        return ()
    listed = subprocess.run(
        ["festival", "--pipe"], input=b"(print (voice.list))", capture_output=True, check=True
    ).stdout.decode()
    return tuple(v for v in VOICES if v in listed.strip().strip("()").split())


def synthesise(text: str, voice: str, rate: int) -> Utterance:
    """``voice`` as Festival names it, such as "pc_diphone"; ``rate`` in words a minute."""
    details = VOICES[voice]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        scheme = SAY.format(
            voice=voice,
            stretch=NORMAL_RATE / rate,
            text=text.replace("\\", " ").replace('"', " "),
            path=path,
            done=DONE,
        )
        lines = process().ask(scheme.encode(details.encoding, errors="ignore"))
        if not path.exists():
            raise ValueError(f"Festival says nothing for {text!r} as {voice!r}")
        audio, file_rate = soundfile.read(path, dtype="float32")
    audio = np.clip(soxr.resample(audio, file_rate, SAMPLE_RATE), -1, 1)
    phones = phones_of(lines, details.ipa, len(audio) / SAMPLE_RATE)
    return Utterance(audio, tuple(phones), f"festival:{voice}", details.language)


def phones_of(lines: list[str], ipa: dict[str, str], duration: float) -> list[Phone]:
    """Phones from lines of "name end stress", the last stretched to ``duration`` seconds."""
    phones: list[Phone] = []
    start = 0.0
    rows = [parts for line in lines if len(parts := line.split()) == 3]
    for index, (name, printed_end, stress) in enumerate(rows):
        last = index == len(rows) - 1
        end = duration if last else min(float(printed_end), duration)
        if end > start:
            phones.append(Phone(ipa.get(name, name), start, end, 2 if stress == "1" else 0))
            start = end
    return phones
