"""Settings: readable without the service, each with its help text, and checked at the start."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import get_type_hints

import pytest

import a2e
from a2e.serve import Face, Limits, Settings
from a2e.serve.addresses import parse_host, parse_network, parse_origin
from a2e.serve.cores import cores_of_groups

HEAVY = ("numpy", "onnxruntime", "fastapi", "pydantic", "a2e.post")


def test_reading_them_loads_nothing_heavy() -> None:
    program = f"import sys, a2e.serve.settings; print([m for m in {HEAVY} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout.strip() == "[]", run.stderr


def test_a_command_line_can_read_their_types() -> None:
    assert get_type_hints(Settings)["face"] is Face


def test_every_limit_has_a_help_text() -> None:
    assert all(field.metadata["help"] for field in fields(Limits))


def test_the_default_face_is_the_librarys() -> None:
    assert Settings().face == Face()
    assert Face().post == a2e.Live()


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("http://localhost:5173/", "http://localhost:5173"),
        ("HTTPS://Page.Example", "https://page.example"),
        ("https://page.example:443/", "https://page.example"),
        ("http://page.example:080", "http://page.example"),
        ("http://page.example:443", "http://page.example:443"),
        ("http://localhost:*", "http://localhost:*"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://[0:0:0:0:0:0:0:1]", "http://[::1]"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("tauri://localhost", "tauri://localhost"),
        ("chrome-extension://abcdef", "chrome-extension://abcdef"),
        ("null", "null"),
        ("*", "*"),
    ],
)
def test_origins_are_brought_to_what_browsers_send(text: str, origin: str) -> None:
    assert parse_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        "localhost:5173",
        "http://",
        "http://x/app",
        "http://x?y",
        "http://user@x",
        "https://*.example",
        "http://x:99999",
        "http://x:port",
        "http://[",
        "http://[::1",
        "http://a b",
        "//x",
    ],
)
def test_origins_that_cannot_be(text: str) -> None:
    with pytest.raises(a2e.OptionError, match="--cors-origin is a page's scheme, host and port"):
        parse_origin(text)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("a2e.example", "a2e.example"),
        ("A2E.Example.:8000", "a2e.example"),
        ("10.0.0.5:80", "10.0.0.5"),
        ("::1", "[::1]"),
        ("[2001:DB8::0]:8000", "[2001:db8::]"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("*", "*"),
    ],
)
def test_hosts(text: str, host: str) -> None:
    assert parse_host(text) == host


@pytest.mark.parametrize("text", ["http://a2e.example", "a b", "a/b", "*.example", "[::", ":80"])
def test_hosts_that_cannot_be(text: str) -> None:
    with pytest.raises(a2e.OptionError, match="--allow-host is a name or address"):
        parse_host(text)


def test_networks() -> None:
    assert str(parse_network("172.16.5.0/12")) == "172.16.0.0/12"
    for text in ("nginx", "10.0.0.0/33", "10.0.0.5:80"):
        with pytest.raises(a2e.OptionError, match="--proxy is an address or a network"):
            parse_network(text)


def test_lists_may_stand_in_one_text() -> None:
    settings = Settings(
        proxies=("10.0.0.1,10.0.0.2 fd00::/8",), cors_origins=("http://a, http://b/",)
    )
    assert settings.proxies == ("10.0.0.1/32", "10.0.0.2/32", "fd00::/8")
    assert settings.cors_origins == ("http://a", "http://b")


@pytest.mark.parametrize(
    ("text", "path"), [("", ""), ("/", ""), ("/a2e", "/a2e"), ("a2e/", "/a2e"), ("/a/b/", "/a/b")]
)
def test_root_paths(text: str, path: str) -> None:
    assert Settings(root_path=text).root_path == path


@pytest.mark.parametrize("text", ["http://x/a2e", "/a b", "/a?b", "/ä"])
def test_root_paths_that_cannot_be(text: str) -> None:
    with pytest.raises(a2e.OptionError, match="root-path must be a path such as /a2e"):
        Settings(root_path=text)


@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_limits_that_cannot_be(value: float) -> None:
    with pytest.raises(a2e.OptionError, match="keep-alive must be more than 0"):
        Limits(keep_alive=value)


class TestQuotas:
    """Control groups as container engines make them, in a folder."""

    def cores(self, folder: Path, own: str, files: dict[str, str]) -> list[int]:
        for name, text in files.items():
            place = folder / "cgroup" / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        (folder / "self").write_text(own)
        return cores_of_groups(folder / "cgroup", folder / "self")

    @pytest.mark.parametrize(
        ("own", "files", "expected"),
        [
            ("0::/\n", {"cpu.max": "200000 100000\n"}, [2]),
            ("0::/\n", {"cpu.max": "150000 100000\n"}, [1]),
            ("0::/\n", {"cpu.max": "10000 100000\n"}, [1]),
            ("0::/\n", {"cpu.max": "max 100000\n"}, []),
            ("0::/\n", {"cpu.max": "rubbish"}, []),
            ("", {}, []),
            (  # the tightest of those above counts
                "0::/pods/pod1/a2e\n",
                {
                    "pods/cpu.max": "400000 100000",
                    "pods/pod1/cpu.max": "300000 100000",
                    "pods/pod1/a2e/cpu.max": "max 100000",
                },
                [3, 4],
            ),
            (  # version 1, with and without a namespace of its own
                "4:cpu,cpuacct:/docker/abc\n2:memory:/docker/abc\n",
                {
                    "cpu,cpuacct/docker/abc/cpu.cfs_quota_us": "250000\n",
                    "cpu,cpuacct/docker/abc/cpu.cfs_period_us": "100000\n",
                },
                [2],
            ),
            (
                "4:cpu,cpuacct:/docker/abc\n",
                {"cpu/cpu.cfs_quota_us": "400000\n", "cpu/cpu.cfs_period_us": "100000\n"},
                [4],
            ),
            (
                "1:cpu:/\n",
                {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"},
                [],
            ),
            ("1:cpu:/\n", {"cpu/cpu.cfs_quota_us": "5\n", "cpu/cpu.cfs_period_us": "0\n"}, []),
        ],
    )
    def test_groups(
        self, tmp_path: Path, own: str, files: dict[str, str], expected: list[int]
    ) -> None:
        assert sorted(self.cores(tmp_path, own, files)) == expected

    def test_none(self, tmp_path: Path) -> None:
        """As on systems without control groups."""
        assert cores_of_groups(tmp_path / "cgroup", tmp_path / "self") == []
