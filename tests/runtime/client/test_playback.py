"""The clock of somebody else's playback."""

from __future__ import annotations

from a2e.client.playback import Playback


def heard_at(playback: Playback, position: float) -> float | None:
    """When a position is due, to a tenth of a second; None while nobody knows."""
    return next((n / 10 for n in range(300) if playback.is_due(position, n / 10 + 1e-6)), None)


def test_nobody_knows_before_it_starts() -> None:
    playback = Playback()
    playback.hand_over(1.0, 5.0)
    assert heard_at(playback, 0.5) is None
    assert heard_at(playback, 0.0) == 0
    playback.start(5.2)
    playback.start(9.0)
    assert heard_at(playback, 0.5) == 5.7


def test_audio_that_comes_late_is_heard_late() -> None:
    playback = Playback()
    playback.start(10.0)
    playback.hand_over(1.0, 10.0)
    playback.hand_over(1.0, 10.5)
    assert heard_at(playback, 1.5) == 11.5
    playback.hand_over(1.0, 13.0)  # it ran dry at 12
    assert heard_at(playback, 2.5) == 13.5


def test_a_pause_moves_what_follows() -> None:
    playback = Playback()
    playback.start(10.0)
    playback.hand_over(5.0, 10.0)
    playback.pause(11.0)
    playback.pause(11.5)
    assert heard_at(playback, 2.0) is None
    playback.resume(14.0)
    playback.resume(15.0)
    assert heard_at(playback, 2.0) == 15.0


def test_a_pause_before_the_start() -> None:
    playback = Playback()
    playback.pause(1.0)
    playback.resume(2.0)
    playback.start(3.0)
    assert heard_at(playback, 0.1) == 3.1
