"""``a2e serve``: a web page, WebSockets and REST."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from a2e.console.groups import Group, grouped
from a2e.console.options import FaceGroup
from a2e.errors import OptionError
from a2e.serve.settings import Limits, Settings

ACCESS = {"rich_help_panel": "Access"}
SERVICE = Group(
    "Service",
    {
        "api_key": {**ACCESS, "envvar": "A2E_API_KEY", "show_envvar": True},
        "no_auth": ACCESS,
        "cors_origins": {**ACCESS, "metavar": "ORIGIN"},
    },
)


@grouped
def serve(
    settings: Annotated[Settings, SERVICE],
    limits: Annotated[Limits, Group("Limits")],
    face: FaceGroup,
) -> None:
    """A web page, WebSockets and REST; needs the extra 'serve'."""
    try:
        from a2e.serve import server
    except ImportError as error:
        raise OptionError(
            f"the service needs {error.name}; install a2e with its extra 'serve'"
        ) from error
    server.serve(replace(settings, limits=limits, face=face.face()))
