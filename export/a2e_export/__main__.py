"""``python -m a2e_export`` is the command ``a2e-export``."""

from __future__ import annotations

import sys

from a2e_export.console import main

if __name__ == "__main__":
    sys.exit(main())
