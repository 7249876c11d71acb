"""All targets by name."""

from __future__ import annotations

from tests.fuzz import audio, checkpoints, http, metadata, models, protocols
from tests.fuzz.target import Target

TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        *(audio.TARGET, models.TARGET, checkpoints.TARGET, metadata.TARGET),
        *(protocols.LIVE, protocols.REST, protocols.MOTION, http.TARGET),
    )
}
