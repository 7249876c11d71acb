"""Makes the environments and runs the tests in them: ``python -m tests.integration [NAME …]``."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent.parent
ENVIRONMENTS = ROOT / "build" / "integration"
REQUIREMENTS = "requirements.txt"


def main(names: Sequence[str]) -> int:
    """Tests these integrations, or all; the status is 1 where one fails."""
    known = sorted(path.parent.name for path in FOLDER.glob(f"*/{REQUIREMENTS}"))
    unknown = sorted(set(names) - set(known))
    if unknown:
        print(f"expected of {', '.join(known)}; got {', '.join(unknown)}", file=sys.stderr)
        return 2
    failed = [name for name in names or known if not passes(name)]
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def passes(name: str) -> bool:
    """Whether an integration's tests pass, or say why they can't run."""
    print(f"== {name}", flush=True)
    try:
        python = environment(name)
    except subprocess.CalledProcessError as error:
        print(f"{name}: its packages can't be installed (pip: {error.returncode})", file=sys.stderr)
        return False
    folder = FOLDER / name
    options = ["-rs", "--import-mode=importlib", f"--confcutdir={folder}", "-p", "no:cacheprovider"]
    run = subprocess.run(
        [python, "-m", "pytest", *options, folder],
        cwd=ROOT,
        env=os.environ | {"A2E": sys.executable},
    )
    return run.returncode == 0


def environment(name: str) -> Path:
    """The Python of an integration's environment, made anew where its requirements changed."""
    place = ENVIRONMENTS / name
    python, stamp = place / "bin" / "python", place / REQUIREMENTS
    wanted = (FOLDER / name / REQUIREMENTS).read_text()
    if not stamp.exists() or stamp.read_text() != wanted:
        venv.create(place, with_pip=True, clear=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", FOLDER / name / REQUIREMENTS, "pytest"], cwd=ROOT, check=True)
        stamp.write_text(wanted)
    return python


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
