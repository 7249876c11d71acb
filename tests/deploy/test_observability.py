"""The rules and the dashboard ask for nothing that the service, or a rule, does not give."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from a2e.serve.refusals import ENDINGS
from tests.runtime.serve.conftest import serving, talking

FOLDER = Path(__file__).parents[2] / "deploy" / "observability"
NAME = re.compile(r"\ba2e[_:][a-z0-9_:]+")
LABEL = re.compile(r'(a2e_\w+)\{(\w+)="([^"]+)"\}')


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((FOLDER / "rules.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def questions() -> list[str]:
    """Every expression of the rules and of the dashboard."""
    board = json.loads((FOLDER / "dashboard.json").read_text())
    targets = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    return [rule["expr"] for rule in rules()] + targets


@pytest.fixture(scope="module")
def exported() -> str:
    """The metrics of a service that has spoken."""
    with serving() as served, talking(served) as talk:
        talk.connection.send(bytes(48_000))
        talk.finish()
        return served.metrics()


def test_every_name_is_exported_or_recorded(exported: str) -> None:
    names = set(re.findall(r"^(?:# TYPE )?(a2e_\w+)", exported, re.MULTILINE))
    names |= {rule["record"] for rule in rules() if "record" in rule}
    asked = {name for expression in questions() for name in NAME.findall(expression)}
    assert len(asked) > 12
    assert asked <= names, sorted(asked - names)


def test_labels_and_buckets_are_there(exported: str) -> None:
    pairs = {found for expression in questions() for found in LABEL.findall(expression)}
    assert pairs
    for name, label, value in pairs:
        is_code = (name, label) == ("a2e_errors_total", "code")
        assert value in ENDINGS if is_code else f'{name}{{{label}="{value}"}}' in exported
