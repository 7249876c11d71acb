"""Behind reverse proxies: whom they are believed, and what the page, REST and WebSockets see."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Scope
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from a2e.serve.proxies import ASKED, ProxyMiddleware
from tests.harness.reverse_proxy import (
    PUBLIC,
    Proxy,
    Rules,
    apache,
    caddy,
    load_balancer,
    nginx,
    nginx_to_backend_host,
    proxying,
    standard,
    stripping,
    traefik,
)
from tests.runtime.serve.conftest import Served, serving

PROXY, OUTER, CLIENT, OTHER = "10.0.0.1", "10.0.0.2", "203.0.113.7", "198.51.100.9"
TRUSTED = ("10.0.0.0/24", "fd00::/8")


def seen(
    headers: list[tuple[str, str]],
    *,
    peer: str = PROXY,
    path: str = "/health",
    root_path: str = "",
    kind: str = "http",
    proxies: tuple[str, ...] = TRUSTED,
) -> Scope:
    """The scope behind the middleware."""
    scopes: list[Scope] = []

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        scopes.append(scope)

    scope = {
        "type": kind,
        "scheme": "ws" if kind == "websocket" else "http",
        "client": (peer, 1),
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
    }
    asyncio.run(ProxyMiddleware(app, proxies, root_path)(scope, None, None))  # type: ignore[arg-type]
    return scopes[0]


def client(*headers: tuple[str, str], **options: Any) -> str:
    address: str = seen(list(headers), **options)["client"][0]
    return address


class TestClients:
    def test_nobody_is_believed_by_default(self) -> None:
        headers = [("X-Forwarded-For", CLIENT), ("X-Forwarded-Prefix", "/x"), ("Host", "h")]
        for peer, proxies in ((PROXY, ()), (OTHER, TRUSTED), ("testclient", TRUSTED)):
            scope = seen(headers, peer=peer, proxies=proxies)
            assert scope["client"][0] == peer
            assert (scope["path"], scope["root_path"], scope["scheme"]) == ("/health", "", "http")
            assert ASKED not in scope

    @pytest.mark.parametrize(
        ("told", "expected"),
        [
            (CLIENT, CLIENT),
            (f"{CLIENT}:51234", CLIENT),
            ("2001:db8::7", "2001:db8::7"),
            ("[2001:db8::7]:443", "2001:db8::7"),
            (f"{OTHER}, {CLIENT}", CLIENT),  # the first is what the client said itself
            (f"{CLIENT}, {OUTER}", CLIENT),  # two of ours in a row
            (f"{OTHER}, {CLIENT}, {OUTER}", CLIENT),
            (f"{CLIENT},{OTHER},{OUTER}", OTHER),
            ("unknown", PROXY),
            (f"{CLIENT}, unknown", PROXY),
            (f"unknown, {OUTER}", OUTER),
            ("", PROXY),
            (",,,", PROXY),
            (OUTER, OUTER),
            ("1.2.3", PROXY),
        ],
    )
    def test_x_forwarded_for(self, told: str, expected: str) -> None:
        assert client(("X-Forwarded-For", told)) == expected

    @pytest.mark.parametrize("peer", [PROXY, f"::ffff:{PROXY}", "fd00::1"])
    def test_a_proxy_by_any_address(self, peer: str) -> None:
        assert client(("X-Forwarded-For", CLIENT), peer=peer) == CLIENT

    def test_a_list_in_several_headers(self) -> None:
        assert client(("X-Forwarded-For", CLIENT), ("X-Forwarded-For", OUTER)) == CLIENT

    @pytest.mark.parametrize(
        ("told", "expected"),
        [
            (f"for={CLIENT}", CLIENT),
            (f'For="{CLIENT}:4711";Proto=https', CLIENT),
            ('for="[2001:db8:cafe::17]:4711"', "2001:db8:cafe::17"),
            (f"for={CLIENT};by=x, for={OUTER}", CLIENT),
            (f"for={OTHER}, for={CLIENT}", CLIENT),
            (f'for="_hidden", for={OUTER}', OUTER),
            (f'host="a,b;c=d";for={CLIENT}', CLIENT),
            ("for=unknown", PROXY),
            (f"for={CLIENT},", CLIENT),
            ('for="', PROXY),
            ("proto=https", PROXY),
        ],
    )
    def test_forwarded(self, told: str, expected: str) -> None:
        assert client(("Forwarded", told)) == expected

    def test_a_clients_forwarded_does_not_beat_what_its_proxy_says(self) -> None:
        """nginx and most others pass on a ``Forwarded`` that they know nothing of."""
        spoofed = ("Forwarded", f"for={OTHER};host=evil.example")
        for told in (("X-Forwarded-For", CLIENT), ("X-Forwarded-Proto", "https")):
            scope = seen([spoofed, told, ("Host", PUBLIC)])
            assert scope["client"][0] != OTHER
            assert scope[ASKED] == (PUBLIC,)

    @given(st.lists(st.sampled_from([OTHER, CLIENT, OUTER, "unknown", "x" * 9, ""]), max_size=40))
    def test_only_what_a_trusted_proxy_passed_on_is_believed(self, told: list[str]) -> None:
        address = client(("X-Forwarded-For", ", ".join(told)))
        words = [word for word in told if word][::-1]
        chain = next((i for i, word in enumerate(words) if word != OUTER), len(words))
        if chain >= 15:
            return
        expected = [PROXY, *([OUTER] * (chain > 0))][-1]
        last = words[chain] if chain < len(words) else ""
        assert address == (last if last in (OTHER, CLIENT) else expected)

    def test_a_chain_of_any_length_takes_no_time(self) -> None:
        """Headers may be 64 KB long; not all of it is read."""
        for name, text in (
            ("X-Forwarded-For", f"{OUTER}," * 6_000),
            ("Forwarded", "a" * 60_000),
            ("Forwarded", f'for={OUTER};x="' + "\\" * 60_000),
            ("Forwarded", ",;=" * 20_000),
            ("X-Forwarded-Prefix", "/a" * 30_000 + "!"),
        ):
            seen([(name, text)])


class TestSchemesHostsAndPorts:
    @pytest.mark.parametrize(
        ("told", "kind", "scheme"),
        [
            ("https", "http", "https"),
            ("HTTPS", "websocket", "wss"),
            ("wss", "websocket", "wss"),
            ("wss", "http", "https"),
            ("http", "http", "http"),
            ("ws", "websocket", "ws"),
            ("gopher", "http", "http"),
            ("http, https", "http", "https"),
        ],
    )
    def test_schemes(self, told: str, kind: str, scheme: str) -> None:
        assert seen([("X-Forwarded-Proto", told)], kind=kind)["scheme"] == scheme

    @pytest.mark.parametrize(
        ("headers", "expected"),
        [
            ([("X-Forwarded-Host", "a.example")], ("a.example",)),
            ([("X-Forwarded-Host", "evil.example, a.example")], ("a.example",)),
            ([("X-Forwarded-Host", "a.example:8443")], ("a.example:8443",)),
            ([("X-Forwarded-Host", "[2001:db8::1]:8443")], ("[2001:db8::1]:8443",)),
            ([("X-Forwarded-Host", "a b")], ("backend",)),
            ([("X-Forwarded-For", CLIENT)], ("backend",)),
            (
                [("X-Forwarded-Host", "a.example"), ("X-Forwarded-Port", "8443")],
                ("a.example", "a.example:8443"),
            ),
            (
                [("X-Forwarded-Host", "a.example:80"), ("X-Forwarded-Port", "443")],
                ("a.example:80", "a.example:443"),
            ),
            ([("Forwarded", 'host="a.example:8443"')], ("a.example:8443",)),
            (  # two in a row: the outer one knows what was asked for
                [
                    ("X-Forwarded-For", f"{CLIENT}, {OUTER}"),
                    ("X-Forwarded-Host", "a.example, inner.local"),
                ],
                ("a.example",),
            ),
            (
                [("Forwarded", f"for={CLIENT};host=a.example, for={OUTER};host=inner.local")],
                ("a.example",),
            ),
        ],
    )
    def test_hosts(self, headers: list[tuple[str, str]], expected: tuple[str, ...]) -> None:
        assert seen([("Host", "backend"), *headers])[ASKED] == expected


class TestPrefixes:
    @pytest.mark.parametrize(
        ("root_path", "told", "path", "expected"),
        [
            ("", "/a2e", "/health", ("/a2e/health", "/a2e")),
            ("", "/a2e/", "/health", ("/a2e/health", "/a2e")),
            ("", "/", "/health", ("/health", "")),
            ("", "/a, /b", "/health", ("/a/b/health", "/a/b")),
            ("", "javascript:", "/health", ("/health", "")),
            ("/a2e", None, "/health", ("/a2e/health", "/a2e")),
            ("/a2e", None, "/a2e/health", ("/a2e/health", "/a2e")),
            ("/a2e", "/b", "/health", ("/b/health", "/b")),
            ("/a2e", None, "//health", ("/a2e/health", "/a2e")),
            ("", None, "//health", ("/health", "")),
            ("/a2e", None, "/", ("/a2e/", "/a2e")),
            ("/a2e", None, "/a2e/", ("/a2e/", "/a2e")),
            ("/a2e", None, "/a2ebis", ("/a2e/a2ebis", "/a2e")),
            # prefixes that are the beginning of a path of the service's own
            ("/api", None, "/api/audio2expression", ("/api/api/audio2expression", "/api")),
            ("/api", None, "/api/api/audio2expression", ("/api/api/audio2expression", "/api")),
            ("/ws", None, "/ws/a2e", ("/ws/ws/a2e", "/ws")),
            ("/ws", None, "/ws/lam_data_stream/x", ("/ws/ws/lam_data_stream/x", "/ws")),
            ("/health", None, "/health", ("/health/health", "/health")),
        ],
    )
    def test_whether_the_proxy_takes_it_away_or_not(
        self, root_path: str, told: str | None, path: str, expected: tuple[str, str]
    ) -> None:
        headers = [("X-Forwarded-Prefix", told)] if told else []
        scope = seen(headers, root_path=root_path, path=path)
        assert (scope["path"], scope["root_path"]) == expected
        assert scope["raw_path"] == expected[0].encode()

    def test_is_believed_of_trusted_proxies_only(self) -> None:
        assert seen([("X-Forwarded-Prefix", "/a2e")], peer=OTHER)["path"] == "/health"


RULES: dict[str, tuple[Rules, str]] = {
    "nginx": (nginx, ""),
    "nginx that strips": (stripping(nginx), ""),
    "nginx to the backend's host": (stripping(nginx_to_backend_host), ""),
    "Caddy that strips": (stripping(caddy), ""),
    "Caddy": (caddy, ""),
    "Traefik": (traefik, "/a2e"),
    "Apache that strips": (stripping(apache), ""),
    "RFC 7239": (stripping(standard), ""),
    "a balancer": (load_balancer, ""),
}
"""Proxies, and the prefix that they tell."""


@pytest.fixture(scope="module")
def behind() -> Iterator[Served]:
    """A service that trusts this machine's proxies, under a prefix."""
    with serving(proxies=("127.0.0.1",), root_path="/a2e") as served:
        yield served


def get(proxy: Proxy, path: str, **headers: str) -> httpx.Response:
    return httpx.get(proxy.url + path, headers={"Host": PUBLIC} | headers)


def first_message(proxy: Proxy, origin: str, path: str = "/a2e/ws/a2e") -> dict[str, Any]:
    """The answer to a ``start`` of a page with this origin."""
    to_proxy = socket.create_connection(("127.0.0.1", proxy.port))
    with connect(f"ws://{PUBLIC}{path}", sock=to_proxy, origin=origin) as connection:  # type: ignore[arg-type]
        with suppress(ConnectionClosed):  # a refusal comes before anything is said
            connection.send('{"type": "start", "rate": 24000}')
        message: dict[str, Any] = json.loads(connection.recv(timeout=10))
        return message


@pytest.mark.parametrize("name", RULES)
def test_the_page_works_behind(behind: Served, name: str) -> None:
    """Its files, REST and WebSockets with its Origin, but not those of another page."""
    with proxying(behind.url, RULES[name][0]) as proxy:
        page = get(proxy, "/a2e/")
        assert page.status_code == 200
        for link in re.findall(r'(?:src|href)="([^"]+)"', page.text):
            if not link.startswith(("data:", "http", "#")):
                url = urljoin(f"https://{PUBLIC}/a2e/", link)
                assert get(proxy, url.removeprefix(f"https://{PUBLIC}")).status_code == 200, link
        own, other = {"Origin": f"https://{PUBLIC}"}, {"Origin": "https://evil.example"}
        assert get(proxy, "/a2e/metrics", **own).status_code == 200
        assert get(proxy, "/a2e/metrics", **other).status_code == 403
        assert first_message(proxy, own["Origin"])["type"] == "ready"
        assert first_message(proxy, other["Origin"])["code"] == "bad_origin"
        document = get(proxy, "/a2e/openapi.json").json()
        assert document["servers"] == [{"url": "/a2e"}]
        assert '"/a2e/openapi.json"' in get(proxy, "/a2e/docs").text.replace("'", '"')


@pytest.mark.parametrize("name", RULES)
def test_folders_without_their_slash(behind: Served, name: str) -> None:
    """The way leads back through the proxy, whatever it tells of host, scheme and prefix."""
    with proxying(behind.url, RULES[name][0]) as proxy:
        for path in ("/a2e/page", "/a2e/player"):
            answer = get(proxy, path + "?x=1")
            if answer.status_code == 404:  # a folder without an index
                continue
            assert answer.status_code == 307
            url = urljoin(f"https://{PUBLIC}{path}?x=1", answer.headers["location"])
            assert url == f"https://{PUBLIC}{path}/?x=1"


def test_the_prefix_without_its_slash(behind: Served) -> None:
    answer = httpx.get(behind.url + "/a2e?x=1")
    assert (answer.status_code, answer.headers["location"]) == (307, "a2e/?x=1")


def test_two_proxies_in_a_row(behind: Served) -> None:
    with (
        proxying(behind.url, stripping(apache, "/a2e")) as inner,
        proxying(inner.url, stripping(nginx, "/face")) as outer,
    ):
        path = "/face/a2e/ws/a2e"
        assert first_message(outer, f"https://{PUBLIC}", path)["type"] == "ready"
        assert first_message(outer, "https://evil.example", path)["code"] == "bad_origin"


def test_a_port_that_the_proxy_keeps_from_the_host(behind: Served) -> None:
    """nginx's ``$host`` has no port."""

    def without_port(request: Any) -> None:
        request.set(host=PUBLIC)
        nginx(request)

    def with_header(request: Any) -> None:
        without_port(request)
        request.set(x_forwarded_port="8443")

    with proxying(behind.url, with_header) as proxy:
        assert first_message(proxy, f"https://{PUBLIC}:8443")["type"] == "ready"
        assert first_message(proxy, f"https://{PUBLIC}:8444")["code"] == "bad_origin"
    with proxying(behind.url, without_port) as proxy:
        answer = first_message(proxy, f"https://{PUBLIC}:8443")
        assert answer["code"] == "bad_origin"
        assert "--cors-origin" in answer["message"]


def test_a_proxy_that_nobody_named(served: Served) -> None:
    """The service says what to do."""
    with proxying(served.url, stripping(nginx)) as proxy:
        answer = get(proxy, "/a2e/metrics", Origin=f"https://{PUBLIC}")
        assert answer.status_code == 403
        assert "--allow-host" in answer.json()["error"]
        assert "--proxy" in answer.json()["error"]


def test_a_proxy_that_forgets_the_upgrade(behind: Served) -> None:
    def forgetful(request: Any) -> None:
        nginx(request)
        del request.headers["upgrade"]

    with (
        proxying(behind.url, forgetful) as proxy,
        pytest.raises(Exception, match="426"),
    ):
        first_message(proxy, f"https://{PUBLIC}")
    answer = httpx.get(behind.url + "/a2e/ws/a2e")
    assert answer.status_code == 426
    assert "Upgrade and Connection" in answer.json()["error"]


def test_clients_behind_a_proxy_have_shares_of_their_own() -> None:
    """As many sessions as each could have alone, not as many as the proxy."""
    with (
        serving(proxies=("127.0.0.1",), max_sessions=8) as served,
        proxying(served.url, nginx) as proxy,
    ):
        begun = {}
        for address in ("127.0.0.2", "127.0.0.3"):
            transport = httpx.HTTPTransport(local_address=address)
            with httpx.Client(transport=transport, headers={"Host": PUBLIC}) as http:
                statuses = [
                    http.post(
                        proxy.url + "/api/audio2expression",
                        json={
                            "audio_base64": "AAAA",
                            "audio_format": "pcm",
                            "session_id": f"{address}-{number}",
                            "is_final": False,
                        },
                    ).status_code
                    for number in range(8)
                ]
            begun[address] = statuses.count(200)
        assert begun == {"127.0.0.2": 6, "127.0.0.3": 2}
