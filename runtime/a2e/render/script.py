"""JavaScript modules as one script, for an engine that knows no modules.

Each module becomes a function that is called once, after those that it imports. It takes what
biome's formatter writes: ``import { name } from "./module.js";`` and ``export`` before a function,
a class or a constant. Whatever else begins with ``import`` or ``export`` is refused.
"""

from __future__ import annotations

import re
from pathlib import Path

IMPORT = re.compile(r'^import \{([^{}]*)\} from "(\.{1,2}/[^"]+)";$', re.MULTILINE)
EXPORT = re.compile(r"^export ((?:async )?(?:function\*?|class|const) (\w+))", re.MULTILINE)
OTHER = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
RENAMED = re.compile(r"(\w+) as (\w+)")


def link(entry: Path, root: Path) -> str:
    """A script that leaves the exports of ``entry``, and of all that it imports, in ``modules``.

    ``modules`` is an object by paths from ``root``, such as ``face/pen.js``. Raises ``ValueError``
    for a module that it can't take.
    """
    parts: dict[str, str] = {}
    _add(entry.resolve(), root.resolve(), parts, ())
    return "\n".join(["const modules = {};", *parts.values()])


def _add(path: Path, root: Path, parts: dict[str, str], above: tuple[Path, ...]) -> str:
    """Adds a module and what it imports; its name."""
    name = path.relative_to(root).as_posix()
    if path in above:
        raise ValueError(f"{name} imports itself, by way of others")
    if name not in parts:
        source = path.read_text(encoding="utf-8")

        def imported(match: re.Match[str]) -> str:
            module = _add((path.parent / match[2]).resolve(), root, parts, (*above, path))
            names = RENAMED.sub(r"\1: \2", match[1])
            return f'const {{{names}}} = modules["{module}"];'

        body = EXPORT.sub(r"\1", IMPORT.sub(imported, source))
        other = OTHER.search(body)
        if other:
            raise ValueError(f"{name} has a form of import or export that is not taken: {other[0]}")
        names = ", ".join(match[2] for match in EXPORT.finditer(source))
        parts[name] = (
            f'modules["{name}"] = (() => {{\n"use strict";\n{body}\nreturn {{ {names} }};\n}})();'
        )
    return name
