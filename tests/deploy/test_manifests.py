"""The manifests of deploy/ against a service that runs with their environment."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from a2e.serve import Limits
from a2e.serve.server import stop_seconds
from a2e.serve.service import FLUSH_SECONDS
from tests.harness.server import Process, server

pytestmark = pytest.mark.slow
DEPLOY = Path(__file__).parents[2] / "deploy"
KUBERNETES, CLOUD_RUN = DEPLOY / "kubernetes", DEPLOY / "cloud-run"
KEY = "a-key-of-the-tests"
KILL_SECONDS = 10
"""From Cloud Run's SIGTERM to its SIGKILL."""


def manifest(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text())


def pod(path: Path) -> dict[str, Any]:
    return manifest(path)["spec"]["template"]["spec"]


def environment(path: Path) -> dict[str, str]:
    """The environment of the manifest's container; what a secret holds is the tests' key."""
    (container,) = pod(path)["containers"]
    return {entry["name"]: entry.get("value", KEY) for entry in container["env"]}


@contextmanager
def running(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Process]:
    """``a2e serve`` with the environment that a manifest gives it."""
    for name, value in environment(path).items():
        monkeypatch.setenv(name, value)
    with server() as served:
        yield served


def metrics(served: Process) -> str:
    answer = httpx.get(served.url + "/metrics", headers={"X-API-Key": KEY})
    assert answer.status_code == 200
    return answer.text


def value(served: Process, name: str) -> float:
    found = re.search(rf"^{name} (\S+)$", metrics(served), re.MULTILINE)
    assert found, f"/metrics has no {name}"
    return float(found[1])


@pytest.mark.parametrize(
    "path", [KUBERNETES / "deployment.yaml", CLOUD_RUN / "service.yaml"], ids=["k8s", "cloud-run"]
)
def test_the_service_does_what_the_manifest_says(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streams, probes, key and drain, as one service of that environment has them."""
    told = environment(path)
    (container,) = pod(path)["containers"]
    probes = [probe["httpGet"]["path"] for name, probe in container.items() if "Probe" in name]
    assert {"/ready", "/health"} <= set(probes)
    with running(path, monkeypatch) as served:
        assert [httpx.get(served.url + probe).status_code for probe in probes] == [200] * len(
            probes
        )
        assert httpx.get(served.url + "/metrics").status_code == 401
        assert value(served, "a2e_streams_limit") == float(told["A2E_MAX_STREAMS"])
        with connect(served.live, additional_headers={"X-API-Key": KEY}) as speaker:
            speaker.send('{"type": "start", "rate": 16000}')
            speaker.recv(timeout=20)
            speaker.send(bytes(3_200))
            served.process.send_signal(signal.SIGTERM)
            speaker.send('{"type": "end"}')
            with pytest.raises(ConnectionClosed):
                while True:
                    speaker.recv(timeout=20)
            assert speaker.close_code == 1012
        assert served.wait() == 0
    drain = float(told["A2E_DRAIN_SECONDS"])
    assert any(f"speeches have {drain:g} s to end" in line for line in served.log)


def test_the_autoscaler_reads_a_gauge_of_live_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    (metric,) = manifest(KUBERNETES / "autoscaler.yaml")["spec"]["metrics"]
    name, target = metric["pods"]["metric"]["name"], metric["pods"]["target"]
    path = KUBERNETES / "deployment.yaml"
    assert 0 < float(target["averageValue"]) < float(environment(path)["A2E_MAX_STREAMS"])
    (rule,) = manifest(KUBERNETES / "monitoring/adapter-values.yaml")["rules"]["custom"]
    assert rule["name"]["matches"] == name
    with running(path, monkeypatch) as served:
        assert f"# TYPE {name} gauge" in metrics(served)
        assert value(served, name) == 0
        with connect(served.live, additional_headers={"X-API-Key": KEY}) as speaker:
            speaker.send('{"type": "start", "rate": 16000}')
            speaker.recv(timeout=20)
            assert value(served, name) == 1


def test_kubernetes_waits_for_the_drain() -> None:
    """And the drain for the longest speech that REST takes, the only one that has a bound."""
    found = pod(KUBERNETES / "deployment.yaml")
    drain = float(environment(KUBERNETES / "deployment.yaml")["A2E_DRAIN_SECONDS"])
    (container,) = found["containers"]
    before = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    longest = before + stop_seconds(Limits(drain_seconds=drain))
    assert drain >= Limits().max_seconds
    assert found["terminationGracePeriodSeconds"] > longest


def test_cloud_run_does_not_cut_the_last_frames() -> None:
    path = CLOUD_RUN / "service.yaml"
    told = environment(path)
    assert float(told["A2E_DRAIN_SECONDS"]) + FLUSH_SECONDS < KILL_SECONDS
    assert pod(path)["containerConcurrency"] > float(told["A2E_MAX_STREAMS"])
