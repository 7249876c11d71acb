"""``a2e serve``: a web page, WebSockets and REST."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Annotated

from a2e.console.groups import Group, grouped
from a2e.console.options import FaceOptions
from a2e.errors import OptionError
from a2e.serve.settings import Limits, Settings

ACCESS = {"rich_help_panel": "Access"}
PREFIX = "A2E_"
LINK = "tcp://"
"""The beginning of what Kubernetes puts into A2E_PORT beside a service that is called a2e."""
PORTS = [name for name in ("A2E_PORT", "PORT") if not os.environ.get(name, "").startswith(LINK)]
SERVICE = Group(
    "Service",
    {
        "port": {"envvar": PORTS},
        "api_key": ACCESS,
        "no_auth": ACCESS,
        "cors_origins": {**ACCESS, "metavar": "ORIGIN"},
        "allow_hosts": {**ACCESS, "metavar": "NAME"},
        "proxies": {**ACCESS, "metavar": "ADDRESS"},
        "outputs": {"metavar": "NAME=ADDRESS"},
        "root_path": {**ACCESS, "metavar": "PATH"},
    },
    PREFIX,
)


@grouped
def serve(
    settings: Annotated[Settings, SERVICE],
    limits: Annotated[Limits, Group("Limits", variables=PREFIX)],
    face: Annotated[FaceOptions, Group("Face", variables=PREFIX)],
) -> None:
    """A web page, WebSockets and REST; needs the extra 'serve'.

    Options may stand in the environment, too; flags overrule them.
    """
    try:
        from a2e.serve import server
    except ImportError as error:
        raise OptionError(
            f"the service needs {error.name}; install a2e with its extra 'serve'"
        ) from error
    server.serve(replace(settings, limits=limits, face=face.face()))
