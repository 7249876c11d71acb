"""The manifests as ``kubectl kustomize`` renders them, against Kubernetes' own schemas."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

FOLDER = Path("deploy/kubernetes")
VERSIONS = ("1.30", "1.34")
"""The oldest that knows ``preStop.sleep`` without a switch, and a newer one."""
KINDS = {
    "Deployment",
    "HorizontalPodAutoscaler",
    "NetworkPolicy",
    "PodDisruptionBudget",
    "Service",
}


@pytest.fixture(scope="module")
def rendered() -> dict[str, Any]:
    """Each manifest by its kind."""
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is missing, which renders the kustomization")
    run = subprocess.run(
        ["kubectl", "kustomize", FOLDER], check=True, capture_output=True, text=True
    )
    found = list(yaml.safe_load_all(run.stdout))
    assert len(found) == len(KINDS)
    return {manifest["kind"]: manifest for manifest in found}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_schemas(rendered: dict[str, Any], kind: str, version: str) -> None:
    kubernetes_validate.validate(rendered[kind], version, strict=True)


def test_a_wrong_field_is_found(rendered: dict[str, Any]) -> None:
    spec = {**rendered["Service"]["spec"], "portz": []}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(rendered["Service"] | {"spec": spec}, "1.30", strict=True)


def test_all_choose_the_pods(rendered: dict[str, Any]) -> None:
    spec = rendered["Deployment"]["spec"]
    labels = spec["template"]["metadata"]["labels"]
    chosen = [
        spec["selector"]["matchLabels"],
        spec["template"]["spec"]["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"],
        rendered["Service"]["spec"]["selector"],
        rendered["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        rendered["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
    ]
    assert all(found == labels for found in chosen)


def test_ports_are_the_containers(rendered: dict[str, Any]) -> None:
    (container,) = rendered["Deployment"]["spec"]["template"]["spec"]["containers"]
    names = {port["name"] for port in container["ports"]}
    used = {port["targetPort"] for port in rendered["Service"]["spec"]["ports"]}
    used |= {port["port"] for port in rendered["NetworkPolicy"]["spec"]["ingress"][0]["ports"]}
    used |= {probe["httpGet"]["port"] for name, probe in container.items() if "Probe" in name}
    assert used == names == {"http"}


def test_the_autoscaler_names_the_deployment(rendered: dict[str, Any]) -> None:
    target = rendered["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    deployment = rendered["Deployment"]
    found = {"name": deployment["metadata"]["name"]}
    found |= {name: deployment[name] for name in ("apiVersion", "kind")}
    assert target == found
