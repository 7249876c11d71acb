"""docs/service.md says what the service's code says."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from a2e.serve.live.messages import TYPES, Start
from a2e.serve.refusals import ENDINGS
from a2e.serve.rest.protocol import ExpressionRequest
from docs.service_tables import PAGE, TABLES, filled


def test_generated_tables() -> None:
    page = PAGE.read_text()
    assert all(f"<!-- generated {name} -->" in page for name in TABLES)
    assert filled(page) == page, "run python docs/service_tables.py"


@pytest.mark.parametrize("model", [Start, ExpressionRequest])
def test_every_field_is_documented(model: type[BaseModel]) -> None:
    page = PAGE.read_text()
    assert not [name for name in model.model_fields if f"`{name}`" not in page and name != "type"]


def test_every_message_is_documented() -> None:
    page = PAGE.read_text()
    assert not [kind for kind in TYPES if f'{{"type": "{kind}"' not in page]


def test_statuses_and_closes_are_what_protocols_allow() -> None:
    """Close codes of RFC 6455, 7.4.1, and of IANA's registry."""
    for ending in ENDINGS.values():
        assert ending.status is None or 400 <= ending.status <= 503
        assert ending.close in (1003, 1007, 1008, 1009, 1011, 1012, 1013)
