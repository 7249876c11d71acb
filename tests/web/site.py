"""A site of static files, for pages that need no service."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.harness.static_server import static_site

WEB = Path(__file__).parents[2] / "web"


@contextmanager
def site(folders: Mapping[str, Path]) -> Iterator[str]:
    """Serves each folder under its name; gives the site's address, which ends in a slash."""
    with tempfile.TemporaryDirectory() as root:
        for name, folder in folders.items():
            (Path(root) / name).symlink_to(folder)
        with static_site(Path(root)) as served:
            yield served.url
