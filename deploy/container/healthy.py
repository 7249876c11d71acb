"""Whether the service in this container takes speech: the status is 0 or 1."""

import os
import sys
from urllib.request import urlopen

SECONDS = 2


def port() -> str:
    """The port of the service, as ``a2e serve`` reads it from its environment."""
    return os.environ.get("A2E_PORT") or os.environ.get("PORT") or "8000"


def main() -> int:
    try:
        with urlopen(f"http://127.0.0.1:{port()}/ready", timeout=SECONDS):
            return 0
    except OSError as error:  # also of an answer that is not 200
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
