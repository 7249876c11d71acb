"""Every fault of ``tests/harness/faults``, against a server in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.harness.faults import FAULTS, KEY, LIMITS, Target
from tests.runtime.serve.conftest import serving

pytestmark = pytest.mark.slow
AT_ONCE = 4
ALONE = {
    "one stream too many",
    "3,000 commands at once",
    "a client that does not read",
    "a client that vanishes in mid-speech",
    "a half-open socket: no answer to pings",
    "a renderer that does not read",
    "a renderer that sends no JSON",
    "REST: more requests than may wait",
    "REST: a client that vanishes while it waits",
}
"""They count streams or fill the service."""


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with serving(api_key=KEY, **LIMITS) as served:
        yield Target(served.url)


def test_faults_that_come_together(target: Target) -> None:
    async def all_of_them() -> None:
        place = asyncio.Semaphore(AT_ONCE)

        async def one(name: str) -> None:
            async with place:
                await FAULTS[name](target)

        async with asyncio.TaskGroup() as group:
            for name in FAULTS.keys() - ALONE:
                group.create_task(one(name))

    asyncio.run(all_of_them())


@pytest.mark.parametrize("name", sorted(ALONE))
def test_fault(target: Target, name: str) -> None:
    asyncio.run(FAULTS[name](target))
