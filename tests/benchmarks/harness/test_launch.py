"""The clock of many voices, and a measured process."""

from __future__ import annotations

import pytest

from benchmarks.harness.launch import Worker
from benchmarks.harness.models import EAGER, NAIVE, Variant, shipped
from benchmarks.harness.peak import Peak
from benchmarks.harness.system import BenchmarkError, last_cores, memory_of
from benchmarks.harness.voices import Schedule


def test_every_voice_has_a_turn_for_each_hop() -> None:
    schedule = Schedule(voices=4, hop_seconds=0.02, seconds=0.1)
    voices = []
    while taken := schedule.take(most=2):
        voices += [voice for _, voice in taken]
        schedule.done(taken)
    assert {voice: voices.count(voice) for voice in range(4)} == dict.fromkeys(range(4), 5)
    assert len(schedule.latencies) == 20
    assert min(schedule.latencies) >= 0


def test_a_worker_measures_itself() -> None:
    with Worker(shipped()) as worker:
        assert 0 < worker.load_s < worker.first_frames_s
        assert len(worker.ask("steps", least=4)) == 4
        assert len(worker.ask("talk", streams=3, hops=2)) == 6
        assert worker.memory()["rss"] > worker.start["base_rss"] > 0


def test_a_failing_worker_is_one_line() -> None:
    with Worker(shipped()) as worker, pytest.raises(BenchmarkError, match="failed: ") as caught:
        worker.ask("steps", least="many")
    assert "\n" not in str(caught.value)


def test_more_cores_than_there_are_are_refused() -> None:
    with pytest.raises(BenchmarkError, match="got a wish for 100000"):
        last_cores(100_000)


def test_memory_counts_what_is_held() -> None:
    before = memory_of()["anonymous"]
    held = bytearray(b"1") * 50_000_000
    assert memory_of()["anonymous"] - before == pytest.approx(len(held) / 1e6, abs=5)


def test_the_limit_is_the_slower_of_computing_and_reading() -> None:
    peak = Peak(cores=1, sgemm_gflops=200, int8_gops=800, read_gbs=40, by_library={})
    assert peak.limit_ms(1.0, 40.0, int8=False) == pytest.approx(10)  # 2 GFLOP
    assert peak.limit_ms(1.0, 40.0, int8=True) == pytest.approx(2.5)
    assert peak.limit_ms(0.01, 400.0, int8=True) == pytest.approx(10)  # 0.4 GB


def test_variants_name_themselves() -> None:
    assert str(Variant("lam", kind="cached", hop=3, lookahead=6)) == "lam cached float32, hop 3+6"
    assert str(Variant("lam", EAGER)) == f"lam {EAGER}, hop 30"
    assert Variant("lam", NAIVE, hop=9).hop_ms == pytest.approx(300)
