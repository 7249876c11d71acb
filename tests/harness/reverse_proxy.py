"""A small reverse proxy, which tells what nginx, Caddy, Traefik, Apache and others tell."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

HEAD_END = b"\r\n\r\n"
PUBLIC = "a2e.example"


@dataclass
class Request:
    """A request's head on its way, and the address that it came from."""

    client: str
    line: str
    headers: dict[str, str]
    """By their names in lower case."""

    def set(self, **headers: str) -> None:
        """Sets headers, whose names have underscores for hyphens."""
        self.headers |= {name.replace("_", "-"): value for name, value in headers.items()}

    def append(self, name: str, value: str) -> None:
        """Adds to a list that other proxies have begun."""
        before = self.headers.get(name)
        self.headers[name] = f"{before}, {value}" if before else value

    def strip(self, prefix: str) -> None:
        """Takes a prefix from the path."""
        method, path, version = self.line.split(" ")
        rest = path.removeprefix(prefix)
        self.line = f"{method} {rest if rest.startswith('/') else '/' + rest} {version}"


Rules = Callable[[Request], None]
"""What a proxy changes of a request."""


def nginx(request: Request) -> None:
    """``proxy_set_header`` as most people have it; the Host is the one that was asked for."""
    request.append("x-forwarded-for", request.client)
    request.set(x_forwarded_proto="https", x_real_ip=request.client)


def nginx_to_backend_host(request: Request) -> None:
    """nginx without a word on Host, which is the backend's then."""
    asked = request.headers["host"]
    request.append("x-forwarded-for", request.client)
    request.set(host="127.0.0.1:8000", x_forwarded_host=asked, x_forwarded_proto="https")


def caddy(request: Request) -> None:
    """Caddy believes nobody before it, and passes the Host on."""
    asked = request.headers["host"]
    request.set(x_forwarded_for=request.client, x_forwarded_proto="https", x_forwarded_host=asked)


def traefik(request: Request) -> None:
    """Traefik with StripPrefix."""
    asked = request.headers["host"]
    socket = "upgrade" in request.headers
    request.append("x-forwarded-for", request.client)
    request.append("x-forwarded-prefix", "/a2e")
    request.set(x_forwarded_proto="wss" if socket else "https", x_forwarded_host=asked)
    request.set(x_forwarded_port="443", x_real_ip=request.client)
    request.strip("/a2e")


def apache(request: Request) -> None:
    """mod_proxy_http: each header is a list, and the Host is the backend's."""
    asked = request.headers["host"]
    request.append("x-forwarded-for", request.client)
    request.append("x-forwarded-host", asked)
    request.append("x-forwarded-server", "inner.local")
    request.set(host="127.0.0.1:8000")


def standard(request: Request) -> None:
    """RFC 7239."""
    asked = request.headers["host"]
    request.append("forwarded", f'for={request.client};host="{asked}";proto=https')
    request.set(host="backend")


def load_balancer(request: Request) -> None:
    """A cloud's balancer, which ends TLS and passes the Host on."""
    request.append("x-forwarded-for", request.client)
    request.set(x_forwarded_proto="https", x_forwarded_port="443")


def stripping(rules: Rules, prefix: str = "/a2e") -> Rules:
    """The same, and the prefix is taken away."""

    def strip_too(request: Request) -> None:
        rules(request)
        request.strip(prefix)

    return strip_too


@dataclass
class Proxy:
    """A proxy that runs."""

    port: int = 0
    requests: list[Request] = field(default_factory=list)
    """What was passed on."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def proxying(backend: str, rules: Rules) -> Iterator[Proxy]:
    """A proxy in front of ``backend``, an URL, in a thread of its own."""
    host, port = backend.removeprefix("http://").split(":")
    proxy = Proxy()
    loop = asyncio.new_event_loop()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            request = read_head(await reader.readuntil(HEAD_END), writer)
            rules(request)
            if "upgrade" not in request.headers:
                request.set(connection="close")
            proxy.requests.append(request)
            up_reader, up_writer = await asyncio.open_connection(host, int(port))
            up_writer.write(written(request))
            await asyncio.gather(pump(reader, up_writer), pump(up_reader, writer))

    async def begin() -> asyncio.Server:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        proxy.port = server.sockets[0].getsockname()[1]
        return server

    server = loop.run_until_complete(begin())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


def read_head(head: bytes, writer: asyncio.StreamWriter) -> Request:
    line, *lines = head.decode("latin-1").strip().split("\r\n")
    pairs = (text.partition(":") for text in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    return Request(writer.get_extra_info("peername")[0], line, headers)


def written(request: Request) -> bytes:
    lines = [request.line, *(f"{name}: {value}" for name, value in request.headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copies one direction until it ends."""
    with suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    with suppress(OSError):
        writer.close()
