"""Links to files outside ``docs/`` become their text: the site does not hold those files."""

from __future__ import annotations

import re
from typing import Any

OUTSIDE = re.compile(r"(?<!!)\[([^\]]+)\]\(\.\./[^)]*\)")


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Pages right under ``docs/``: there ``../`` leads out of it."""
    return markdown if "/" in page.file.src_uri else OUTSIDE.sub(r"\1", markdown)
