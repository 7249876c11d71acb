"""Places that clients share: whose addresses are one client, and how many each may have."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a2e.serve.clients import Shares, Waiting, client_of
from a2e.serve.refusals import RefusalError


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("somebody", "somebody"),
    ],
)
def test_clients_by_address(address: str, client: str) -> None:
    assert client_of(address) == client


@given(limit=st.integers(1, 100))
def test_nobody_takes_all_but_of_one(limit: int) -> None:
    """One client alone has three quarters, and whoever comes later still finds a place."""
    shares = Shares(limit, "places", "try again")
    taken = 0
    with suppress(RefusalError):
        while True:
            shares.take("greedy")
            taken += 1
    assert taken == -(-limit * 3 // 4)
    if limit >= 4:
        shares.take("modest")


@given(
    limit=st.integers(1, 40),
    deeds=st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=200),
)
def test_places_are_never_more_than_there_are(limit: int, deeds: list[tuple[str, bool]]) -> None:
    shares, counts = Shares(limit, "places", "try again"), dict.fromkeys("abc", 0)
    for client, takes in deeds:
        if takes:
            others = sum(counts.values()) - counts[client]
            with suppress(RefusalError):
                shares.take(client)
                counts[client] += 1
                continue
            assert sum(counts.values()) == limit or counts[client] >= (limit - others) * 3 / 4
        elif counts[client]:
            shares.give_back(client)
            counts[client] -= 1
        assert sum(counts.values()) <= limit


def test_a_place_is_free_again_after_a_failure() -> None:
    shares = Shares(1, "places", "try again")
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), shares.place("a"):
            1 / 0  # noqa: B018


def test_whoever_has_most_that_wait_makes_room() -> None:
    async def scene() -> list[str]:
        waiting, ended = Waiting(4), []

        async def wait(client: str) -> None:
            try:
                async with asyncio.timeout(20) as timeout:
                    with waiting.place(timeout, client):
                        await asyncio.sleep(20)
            except TimeoutError:
                ended.append(client)

        tasks = []
        for client in ["modest", "greedy", "greedy", "greedy", "greedy", "another"]:
            tasks.append(asyncio.create_task(wait(client)))
            await asyncio.sleep(0)
        await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return ended

    assert asyncio.run(scene()) == ["greedy", "greedy"]
