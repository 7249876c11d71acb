"""``python -m a2e`` is the command ``a2e``."""

from __future__ import annotations

import sys

from a2e.console import main

if __name__ == "__main__":
    sys.exit(main())
