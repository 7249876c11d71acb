"""One audio file to one animation file, as ``a2e animate`` makes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from a2e.console.files import STANDARD, is_stdin, note_warnings, open_input, output_path
from a2e.console.options import AudioOptions

if TYPE_CHECKING:
    from a2e.formats.base import Writer
    from a2e.model import Model
    from a2e.options import Face
    from a2e.rates import Rate

Progress = Callable[[int, int | None], None]
"""Takes the samples that were used since the last call, and the file's length if it is known."""


class Conversion:
    """The model, the face and the format of the animations."""

    def __init__(
        self,
        model: Model,
        face: Face,
        options: AudioOptions,
        format: str | None,
        onto: str | None = None,
    ) -> None:
        self._model = model
        self._face = face
        self._options = options
        self._format = format
        self._onto = onto

    @property
    def fps(self) -> Rate:
        """Frames a second."""
        return self._face.rate(self._model)

    def run(self, audio: str, output: str, progress: Progress) -> int:
        """Animates one input; the number of frames. Raises :class:`a2e.errors.A2EError`."""
        with open_input(audio, self._options.track) as file:
            stream = self._face_for(output).open(self._model, file.rate)
            with self._writer(audio, output, stream.names) as writer:
                for block in file.blocks():
                    writer.write(stream.push(block))
                    progress(len(block), file.length)
                writer.write(stream.flush())
                note_warnings(file, self._options.strict)
            return writer.count

    def _face_for(self, output: str) -> Face:
        """The face in the shapes that the output's format needs, where no others are asked for."""
        from a2e.formats import needed_shapes

        needed = needed_shapes(output, self._format)
        asked = self._face.shapes != "arkit" or not needed
        return self._face if asked else replace(self._face, shapes=needed)

    @contextmanager
    def _writer(self, audio: str, output: str, names: Sequence[str]) -> Iterator[Writer]:
        from a2e.formats import extension_of, open_writer

        voice = "" if is_stdin(audio) else audio
        draft = self._options.strict and output == STANDARD  # nothing of it if there is a warning
        extension = extension_of(self._format) if self._format else ""
        with (
            output_path(output, extension) if draft else nullcontext(output) as target,
            open_writer(target, names, self.fps, self._format, voice, self._onto) as writer,
        ):
            yield writer
