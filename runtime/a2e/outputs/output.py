"""An output: a voice's frames, each sent at its own time, by a thread that nobody waits for."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Condition, Thread

from a2e.arrays import Floats
from a2e.outputs.address import LINES, Address
from a2e.outputs.carriers import Carrier, Datagrams, Pipe, Tell, WebSocketDial
from a2e.outputs.clock import AudioClock
from a2e.outputs.encoder import Encoder, FrameFormat, Payload
from a2e.outputs.lines import Lines
from a2e.outputs.livelink import LiveLinkPackets
from a2e.outputs.messages import Messages
from a2e.outputs.osc import OscFloats
from a2e.outputs.vmc import VmcBundles

QUEUED_SECONDS = 300
"""Frames that may wait for their time, seconds of face; what comes beyond them is dropped."""
LATE_SECONDS = 1.0
"""How late a frame may be: then a newer one is better."""
EASE_SECONDS = 0.2
"""In which a face that was interrupted goes back to rest."""

Coder = Callable[[Address, FrameFormat, int], Encoder]
KINDS: dict[str, tuple[Coder, Callable[[Address, Tell], Carrier]]] = {
    "livelink": (LiveLinkPackets, Datagrams),
    "vmc": (VmcBundles, Datagrams),
    "osc": (OscFloats, Datagrams),
    "ws": (Messages, WebSocketDial),
    "wss": (Messages, WebSocketDial),
    LINES: (Lines, Pipe),
}
"""How each scheme's frames are encoded and carried."""


@dataclass
class Speech:
    """One speech on its way out."""

    encoder: Encoder
    format: FrameFormat
    clock: AudioClock
    wait: float
    """Seconds from a moment of the audio to its frame."""
    count: int = 0
    """Frames so far."""
    greeting: list[Payload] = field(default_factory=list)

    def due(self, index: int) -> float | None:
        """When a frame is to be sent; None before any audio."""
        start = self.clock.start
        return None if start is None else start + self.wait + float(index / self.format.fps)


@dataclass(frozen=True)
class Frame:
    speech: Speech
    index: int
    weights: Floats
    at: float | None = None
    """When to send it, where that is not by its speech's clock."""


@dataclass(frozen=True)
class Begin:
    speech: Speech


@dataclass(frozen=True)
class End:
    speech: Speech


@dataclass(frozen=True)
class Cut:
    speech: Speech


Step = Frame | Begin | End | Cut


class Output:
    """Sends frames to one address. All methods return at once, but ``close``.

    ``name`` stands in what it tells. Raises :class:`a2e.errors.OptionError` where the address
    can't be used.
    """

    def __init__(self, address: Address, tell: Tell, name: str | None = None) -> None:
        name = address.text if name is None else name
        self._address = address
        self._tell: Tell = lambda line: tell(f"{name}: {line}")
        self._encoder, carrier = KINDS[address.scheme]
        self._carrier = carrier(address, self._tell)
        self._changed = Condition()
        self._steps: deque[Step] = deque()
        self._speech: Speech | None = None  # whose frames are put
        self._shown: Speech | None = None  # that has begun and not ended at the receiver
        self._hears = False  # whether frames tell the clock that they are here
        self._last: Frame | None = None  # sent
        self._free_at = 0.0  # when the speech before has ended
        self._is_closing = False
        self.sent = 0
        """Frames sent."""
        self.dropped = 0
        """Frames that the receiver can't have got."""
        self._thread = Thread(target=self._run, name=f"a2e-output-{name}", daemon=True)
        self._thread.start()

    @property
    def is_dead(self) -> bool:
        """Whether nothing can ever be sent again."""
        return self._carrier.failure is not None

    def check(self, format: FrameFormat) -> None:
        """Raises :class:`a2e.errors.OptionError` for frames that there is no place for."""
        self._encoder(self._address, format, 0)

    def begin(
        self,
        format: FrameFormat,
        *,
        speech: int = 0,
        clock: AudioClock | None = None,
        wait: float = 0.0,
    ) -> None:
        """A speech begins; one that has not ended is cut short.

        ``wait`` seconds after its moment by ``clock`` each frame is sent; without a clock the
        first one at once, and those that come too late make the others wait. Raises
        :class:`a2e.errors.OptionError` for frames that the receiver has no place for.
        """
        encoder = self._encoder(self._address, format, speech)
        if self._speech is not None:
            self.cut()
        self._hears = clock is None
        self._speech = Speech(encoder, format, clock or AudioClock(), wait)
        self._add(Begin(self._speech))

    def put(self, frames: Floats) -> int:
        """The speech's next frames [n, names]; how many of them there was no room for."""
        speech = self._speech
        assert speech is not None
        first, speech.count = speech.count, speech.count + len(frames)
        if self._hears and len(frames):
            speech.clock.hear(float(first / speech.format.fps), time.monotonic())
        room = max(0, int(QUEUED_SECONDS * speech.format.fps) - len(self._steps))
        self._add(*(Frame(speech, first + i, row) for i, row in enumerate(frames[:room])))
        lost = max(0, len(frames) - room)
        self.dropped += lost
        return lost

    def end(self) -> None:
        """The speech has all its frames."""
        if self._speech is not None:
            self._speech.clock.not_before(self._speech.clock.start or time.monotonic())
            self._add(End(self._speech))
            self._speech = None

    def cut(self) -> None:
        """Drops all frames that wait; a receiver that would keep an open mouth is eased to rest."""
        with self._changed:
            self._speech = None
            self._steps.clear()
            if self._shown is not None:
                self._steps.append(Cut(self._shown))
                self._steps.extend(self._easing(self._shown, time.monotonic()))
            self._changed.notify()

    def discard(self) -> None:
        """Ends at once; a file is not kept."""
        self.cut()
        self._join(0.0)
        self._carrier.discard()

    def close(self, seconds: float = 3.0) -> None:
        """Lets the frames that wait go, each at its time, and ``seconds`` more; then ends.

        Raises ``OSError`` or :class:`a2e.errors.OptionError` for a file that is not whole.
        """
        self.end()
        self._join(seconds)
        self._carrier.close()

    def _join(self, seconds: float) -> None:
        """Waits for the thread, ``seconds`` more than the last frame's time."""
        with self._changed:
            self._is_closing = True
            dues = [due for step in self._steps if (due := self._due(step)) is not None]
            self._changed.notify()
        self._thread.join(max([0.0, *(due - time.monotonic() for due in dues)]) + seconds)
        with self._changed:
            self.dropped += sum(isinstance(step, Frame) for step in self._steps)
            self._steps.clear()
        if self._thread.is_alive():
            self._carrier.abandon()

    def _add(self, *steps: Step) -> None:
        with self._changed:
            self._steps.extend(steps)
            self._changed.notify()

    def _easing(self, speech: Speech, now: float) -> list[Frame]:
        """From the last frame to rest."""
        last, format = self._last, speech.format
        if last is None or not (speech.encoder.holds_pose and format.rests_at_zero):
            return []
        count = max(1, round(EASE_SECONDS * format.fps))
        self._free_at = now + EASE_SECONDS
        return [
            Frame(
                speech,
                last.index + i,
                last.weights * last.weights.dtype.type(1 - i / count),
                now + float(i / format.fps),
            )
            for i in range(1, count + 1)
        ]

    def _run(self) -> None:
        try:
            self._carrier.open()
            while (step := self._next()) is not None:
                self._do(step)
        except (OSError, ValueError):  # of what was closed under it
            if not self._is_closing:
                raise

    def _next(self) -> Step | None:
        """The next step, when it is due; None when all is done."""
        with self._changed:
            while True:
                wait = None
                if self._steps:
                    due = self._due(self._steps[0])
                    wait = None if due is None else due - time.monotonic()
                    if wait is not None and wait <= 0:
                        step = self._steps.popleft()
                        self._note(step)
                        return step
                elif self._is_closing:
                    return None
                self._changed.wait(wait)

    def _due(self, step: Step) -> float | None:
        match step:
            case Frame():
                return step.speech.due(step.index) if step.at is None else step.at
            case Begin():
                due = step.speech.due(0)
                return None if due is None else max(due, self._free_at)
            case End():
                return step.speech.due(step.speech.count)
            case Cut():
                return 0.0

    def _note(self, step: Step) -> None:
        """What a step changes, known before anybody can cut in."""
        match step:
            case Begin(speech):
                speech.clock.not_before(self._free_at - speech.wait)
                self._shown = speech
            case End(speech):
                self._free_at = speech.due(speech.count) or 0.0
                self._shown = None
            case Cut():
                self._shown = None
            case Frame():
                self._last = step

    def _do(self, step: Step) -> None:
        speech, encoder = step.speech, step.speech.encoder
        match step:
            case Frame():
                self._send_frame(step)
            case Begin():
                speech.greeting = encoder.begin(time_of_day(datetime.now()))
                self._carrier.send((), speech.greeting)
            case End():
                self._carrier.send(encoder.end(speech.count), speech.greeting)
            case Cut():
                self._carrier.send(encoder.cut(), speech.greeting)

    def _send_frame(self, frame: Frame) -> None:
        due = self._due(frame) or 0.0
        in_time = self._carrier.keeps_all or time.monotonic() - due < LATE_SECONDS
        payloads = frame.speech.encoder.frame(frame.index, frame.weights) if in_time else []
        if payloads and self._carrier.send(payloads, frame.speech.greeting):
            self.sent += 1
        else:
            self.dropped += 1


def time_of_day(now: datetime) -> float:
    """Seconds since midnight."""
    return (now - now.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()
