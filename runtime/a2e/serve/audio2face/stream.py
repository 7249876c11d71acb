"""A clip's stream as its header asks for it, on the threads: audio in, a message a frame out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches

from a2e.arrays import Floats
from a2e.options import Face
from a2e.post import MOODS
from a2e.serve.audio2face.answers import Frame, frame_answer, header_answer, their_name
from a2e.serve.audio2face.emotions import EmotionControls, EmotionTrack
from a2e.serve.audio2face.parts import Header, Weights
from a2e.serve.audio2face.protocol import Piece
from a2e.serve.engine import Engine, check_frames
from a2e.serve.wire import shorten

TONGUE = re.compile("Tongue(?!Out$)[A-Z]")
"""NVIDIA's shapes of the tongue, for which ARKit has none."""
SAMPLE_BYTES = 2
NAMED = 5
"""Unknown names that a warning repeats."""


class ClipStream:
    """The stream of one clip; used by one thread at a time. Raises :class:`a2e.errors.A2EError`."""

    def __init__(self, engine: Engine, header: Header, defaults: Face) -> None:
        model = engine.model
        self._engine = engine
        self._spec = model.spec
        self.rate = header.rate
        """Samples of the client's in a second."""
        self._track = EmotionTrack(header, model.spec.fps)
        self._shapes = {their_name(shape): shape for shape in model.spec.shapes}
        self._unknown: list[str] = []
        self._controls = self._controls_of(header, defaults)
        self._stream = replace(defaults, controls=self._controls).open(model, header.rate)
        self._audio = bytearray()  # of the frames to come
        self.frames = 0
        """Frames given so far."""
        self._given = 0  # samples that went with them
        self.hop_samples = max(1, header.rate * model.spec.hop // model.spec.fps)
        """Samples at the client's rate in a hop."""

    def header(self, epoch: float) -> bytes:
        """The first answer; ``epoch`` is now, in seconds since 1970."""
        return header_answer(self._spec.shapes, self.rate, epoch)

    def warnings(self) -> list[str]:
        """What the client should know of names that it used since the last call."""
        unknown, self._unknown = self._unknown, []
        if not unknown:
            return []
        known = (*self._shapes, *MOODS)
        near = [match for name in unknown for match in get_close_matches(name, known, n=1)]
        hint = f"; did you mean {near[0]}?" if near else ""
        names = ", ".join(map(shorten, unknown[:NAMED]))
        return [f"expected ARKit's shapes and the ten emotions; left out {names}{hint}"]

    def push(self, piece: Piece) -> list[bytes]:
        """The answers of the frames that audio completes."""
        for emotion in piece.emotions:
            self._note(emotion.strengths)
            self._track.add(emotion)
        with self._engine.time_hops(self._stream):
            frames = check_frames(self._stream.push(piece.samples))
        self._audio += piece.samples.astype("<i2").tobytes()
        return list(self._answers(frames, last=False))

    def finish(self) -> list[bytes]:
        """Ends the clip: the answers of its last frames."""
        with self._engine.time_hops(self._stream):
            frames = check_frames(self._stream.flush())
        return list(self._answers(frames, last=True))

    def _answers(self, frames: Floats, *, last: bool) -> Iterator[bytes]:
        """A message a frame, [n, names]; of a clip's last frames the very last has all audio."""
        shown = list(self._controls.shown)
        self._controls.shown.clear()
        fps, rate = self._spec.fps, self.rate
        rows = frames[:, : len(self._spec.shapes)].tolist()  # a head's pose has no place there
        for index, (row, (asked, mood)) in enumerate(zip(rows, shown, strict=True), 1):
            number, start = self.frames, self._given
            audio = self._audio_of(number, whole=last and index == len(rows))
            self.frames += 1
            yield frame_answer(Frame(number, row, start, audio, asked, mood), fps, rate)

    def _audio_of(self, frame: int, *, whole: bool) -> bytes:
        """A frame's own samples, or all that are left."""
        end = (frame + 1) * self.rate // self._spec.fps
        size = len(self._audio) if whole else SAMPLE_BYTES * (end - self._given)
        self._given = end
        audio = bytes(self._audio[:size])
        del self._audio[:size]
        return audio

    def _controls_of(self, header: Header, defaults: Face) -> EmotionControls:
        """The service's own controls, with the client's gains and offsets over them."""
        own = defaults.controls
        self._note(header.beginning)
        return EmotionControls(
            {**own.gain, **self._by_shape(header.multipliers)},
            {**own.offset, **self._by_shape(header.offsets)},
            own.clamp,
            own.mute,
            own.mood,
            track=self._track,
        )

    def _by_shape(self, weights: Weights) -> Weights:
        """The same by the model's names; notes what it doesn't have, but for the tongue's."""
        unknown = [name for name in weights if name not in self._shapes and not TONGUE.match(name)]
        self._unknown += unknown
        return {self._shapes[name]: weights[name] for name in weights if name in self._shapes}

    def _note(self, strengths: Weights) -> None:
        self._unknown += [name for name in strengths if name not in MOODS]
