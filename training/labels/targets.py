"""Phones to ARKit curves, as an animator would key them for the phones that a synthesiser spoke.

Each letter of a phone asks for a `Pose` (see `articulation`). Poses are joined in time in two ways:

- Jaw and lip shape are blended by dominance functions (Cohen & Massaro 1993, "Modeling
  coarticulation in synthetic visual speech"): a phone pulls an articulator as strongly as it cares
  about it, so that rounding is anticipated over consonants that leave the lips free.
- Contacts are events that are always reached, however fast the speech, and held for long enough to
  be seen (the conventions of JALI, Edwards, Landreth, Fiume & Singh 2016: bilabials must close the
  lips, labiodentals must touch the teeth).

How the articulators move the shapes follows Apple's description of each
`ARFaceAnchor.BlendShapeLocation`. `mouthClose` shuts the lips of an open jaw: they meet where it
equals `jawOpen`. Both sides of the face are equal; shapes that speech does not move are exactly 0.

Shapes: P poses in time, S subframes of 1/120 s, T frames of 1/30 s, A articulators.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from a2e.shapes import ARKIT
from training.labels.articulation import CONTACTS, REST, Mouth, Pose, read
from training.labels.curves import FPS, Floats, columns
from training.speech.utterance import SAMPLE_RATE, Phone

SUBFRAMES = 4  # per frame: curves are drawn at 120 Hz, then averaged over each frame

ANTICIPATION = Mouth(0.045, 0.080, 0.105, 0.100, 0.070, 0.070)  # s, before a pose's core
CARRY_OVER = Mouth(0.050, 0.070, 0.085, 0.085, 0.070, 0.070)  # s, after it
CORE = 0.5  # part of a pose's time in which its pull is full
INERTIA = Mouth(0.020, 0.022, 0.022, 0.022, 0.022, 0.022)  # s, sigma of the final smoothing

CONTACT_HOLD = 2 / FPS  # s, so that one frame at least lies inside a contact
CONTACT_RAMP = 0.055  # s, to reach and to leave a contact
JAW_AT_CLOSURE = 0.35  # part of its opening that the jaw gives up for closed lips

EFFORT_WINDOW = 0.045  # s, sigma of the loudness curve's smoothing
LOUD = 80  # percentile of amplitude at which opening is as the poses say
EFFORT_EXPONENT = 0.3  # opening grows with amplitude to this power
EFFORT_RANGE = (0.55, 1.15)
STRESS = (0.88, 0.96, 1.06)  # opening of vowels without, with secondary, with primary stress
STRESS_PULL = (1.0, 1.15, 1.4)  # how much more a stressed vowel insists on its opening


@dataclass(frozen=True)
class Style:
    """A way of speaking: multiples of the neutral opening and lip movement."""

    name: str
    opening: float
    lips: float


STYLES = (Style("neutral", 1.0, 1.0), Style("wide", 1.35, 1.3), Style("subtle", 0.6, 0.65))


@dataclass(frozen=True)
class Spoken:
    """A pose from ``start`` to ``end`` (s)."""

    pose: Pose
    start: float
    end: float
    stress: int


def targets(phones: Sequence[Phone], audio: Floats, style: int) -> Floats:
    """The curves of an utterance: [ceil(n * 30 / 16000), 52] in 0..1.

    ``audio`` is the clean speech [n] at 16 kHz, for its loudness; ``style`` an index of `STYLES`.
    Frame k shows [k/30, (k+1)/30) s.
    """
    frames = -(-len(audio) * FPS // SAMPLE_RATE)
    times = subframe_times(frames)
    poses = [spoken for phone in phones for spoken in parts(phone)] or [
        Spoken(REST, 0.0, len(audio) / SAMPLE_RATE, 0)
    ]
    curves = face(
        blend(poses, times), contacts(poses, times), effort(audio, len(times)), STYLES[style]
    )
    return of_frames(curves).astype(np.float32)


def subframe_times(frames: int) -> NDArray[np.float64]:
    """The middle of each subframe in s: [frames] -> [S]."""
    return (np.arange(frames * SUBFRAMES) + 0.5) / (FPS * SUBFRAMES)


def of_frames(curves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means over each frame's subframes: [S, …] -> [T, …]."""
    means: NDArray[np.float64] = curves.reshape(-1, SUBFRAMES, *curves.shape[1:]).mean(axis=1)
    return means


def parts(phone: Phone) -> list[Spoken]:
    """A phone's poses, each for an equal part of its time."""
    poses = read(phone.symbol)
    edges = np.linspace(phone.start, phone.end, len(poses) + 1)
    return [
        Spoken(pose, float(start), float(end), phone.stress)
        for pose, start, end in zip(poses, edges[:-1], edges[1:], strict=True)
    ]


def blend(poses: Sequence[Spoken], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Dominance blending of the poses' mouths: [S, A]."""
    start = np.array([p.start for p in poses])[:, None]
    length = np.array([p.end - p.start for p in poses])[:, None]
    before = start + length * (1 - CORE) / 2 - times  # s, [P, S]
    after = times - (start + length * (1 + CORE) / 2)
    mouths = np.array([stressed(p) for p in poses])
    curves = np.empty((len(times), len(Mouth._fields)))
    for a, (lead, lag) in enumerate(zip(ANTICIPATION, CARRY_OVER, strict=True)):
        distance = np.maximum(np.maximum(before / lead, after / lag), 0)
        pull = np.array([p.pose.lip_pull if a else jaw_pull(p) for p in poses])[:, None]
        dominance = pull * np.exp(-np.minimum(distance**2, 80.0))
        blended = (dominance * mouths[:, a, None]).sum(axis=0) / dominance.sum(axis=0)
        curves[:, a] = smooth(blended, INERTIA[a])
    return curves


def jaw_pull(spoken: Spoken) -> float:
    """The pull of a pose on the jaw, a stressed vowel's stronger."""
    return spoken.pose.jaw_pull * (STRESS_PULL[spoken.stress] if spoken.pose.vowel else 1.0)


def stressed(spoken: Spoken) -> Mouth:
    """The mouth of a pose, a vowel's more open the more it is stressed."""
    mouth = spoken.pose.mouth
    if not spoken.pose.vowel:
        return mouth
    factor = STRESS[spoken.stress]
    return mouth._replace(
        jaw=mouth.jaw * factor, lower=mouth.lower * factor, upper=mouth.upper * factor
    )


def contacts(poses: Sequence[Spoken], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """The depth reached of each of `CONTACTS`, 0..1: [S, 3]; the deepest wins where two overlap."""
    reached = np.zeros((len(times), len(CONTACTS)))
    for spoken in poses:
        if spoken.pose.contact is None:
            continue
        held = max((spoken.end - spoken.start) * spoken.pose.hold, CONTACT_HOLD)
        middle = spoken.start + (spoken.end - spoken.start) * spoken.pose.hold / 2
        outside = np.abs(times - middle) - held / 2  # s, negative while held
        ramp = np.clip(outside / CONTACT_RAMP, 0, 1)
        track = reached[:, CONTACTS.index(spoken.pose.contact)]
        np.maximum(track, spoken.pose.depth * (0.5 + 0.5 * np.cos(np.pi * ramp)), out=track)
    return reached


def effort(audio: Floats, steps: int) -> NDArray[np.float64]:
    """The opening that the voice's loudness gives, about 1: [S].

    Loudness is relative to the utterance's own loud parts (their `LOUD`th percentile).
    """
    hop = SAMPLE_RATE / (FPS * SUBFRAMES)
    edges = np.minimum((np.arange(steps) * hop).astype(np.int64), max(len(audio) - 1, 0))
    if not len(audio):
        return np.ones(steps)
    energy = np.add.reduceat(audio.astype(np.float64) ** 2, edges) / hop
    amplitude = np.sqrt(np.maximum(smooth(energy, EFFORT_WINDOW), 0))
    loud = np.percentile(amplitude, LOUD)
    relative = amplitude / loud if loud > 0 else np.ones(steps)
    return np.clip(relative**EFFORT_EXPONENT, *EFFORT_RANGE)


def smooth(curve: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """Gaussian smoothing of a 120 Hz curve [S], its edges held; ``sigma`` in seconds."""
    reach = int(np.ceil(3 * sigma * FPS * SUBFRAMES))
    offsets = np.arange(-reach, reach + 1) / (FPS * SUBFRAMES)
    kernel = np.exp(-0.5 * (offsets / sigma) ** 2)
    return np.convolve(np.pad(curve, reach, mode="edge"), kernel / kernel.sum(), mode="valid")


def soften(curve: NDArray[np.float64], knee: float = 0.6) -> NDArray[np.float64]:
    """Leave values under ``knee`` as they are and bend the others towards 1."""
    room = 1 - knee
    return np.where(curve < knee, curve, knee + room * np.tanh((curve - knee) / room))


def face(
    mouth: NDArray[np.float64],
    contact: NDArray[np.float64],
    effort: NDArray[np.float64],
    style: Style,
) -> NDArray[np.float64]:
    """Articulators [S, A], contacts [S, 3] and effort [S] to shapes [S, 52]."""
    jaw, spread, rounding, flare, lower, upper = mouth.T
    lips, teeth, tongue = contact.T
    apart = 1 - lips
    opening = effort * style.opening
    jaw = soften(jaw * opening) * (1 - JAW_AT_CLOSURE * lips)
    moved = {
        "jawOpen": jaw,
        "jawForward": 0.12 * flare * style.lips,
        "mouthClose": lips * jaw,
        "mouthFunnel": soften(flare * style.lips) * apart * (1 - 0.6 * teeth),
        "mouthPucker": soften(rounding * style.lips) * (1 - 0.4 * teeth),
        "mouthStretch": 0.55 * spread * style.lips * (1 - 0.4 * lips),
        "mouthSmile": 0.35 * spread * style.lips,
        "mouthDimple": 0.25 * spread * style.lips,
        "mouthLowerDown": lower * opening * apart * (1 - teeth),
        "mouthUpperUp": (upper * opening + 0.14 * teeth) * apart,
        "mouthPress": 0.35 * lips,
        "mouthRollLower": np.maximum(0.25 * lips, 0.40 * teeth),
        "mouthRollUpper": 0.20 * lips,
        "mouthShrugLower": np.maximum(0.12 * lips, 0.10 * teeth),
        "mouthShrugUpper": 0.12 * flare * style.lips * apart,
        "cheekSquint": 0.15 * spread * style.lips,
        "tongueOut": 0.20 * tongue,
    }
    curves = np.zeros((len(mouth), len(ARKIT)))
    for name, curve in moved.items():
        for column in columns(name):
            curves[:, column] = curve
    return np.clip(curves, 0, 1)
