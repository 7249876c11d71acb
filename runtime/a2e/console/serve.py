"""``a2e serve``: a web page, WebSockets and REST."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from a2e.console.groups import Group, grouped
from a2e.console.options import FaceGroup
from a2e.errors import OptionError
from a2e.serve.settings import Face, Limits, Settings

ACCESS = {"rich_help_panel": "Access"}
SERVICE = Group(
    "Service",
    {
        "model": {"show_default": "the bundled model"},
        "threads": {"show_default": "the cores here"},
        "api_key": {**ACCESS, "envvar": "A2E_API_KEY", "show_envvar": True},
        "no_auth": ACCESS,
        "cors_origins": {**ACCESS, "flag": "--cors-origin", "metavar": "ORIGIN"},
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
    defaults = Face(face.parsed_style(), face.profile(), face.controls(), face.seed)
    server.serve(replace(settings, limits=limits, face=defaults))
