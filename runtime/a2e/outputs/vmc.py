"""The Virtual Motion Capture protocol (https://protocol.vmc.info), as a performer sends it.

VSeeFace, Warudo, VMagicMirror, Unity (EVMC4U) and Unreal (VMC4UE) listen for it on UDP 39539.
Names are case-sensitive there: ARKit's shapes as avatars with "Perfect Sync" have them,
``JawOpen``; VRM's as VRM 0 spells them, ``A`` and ``Blink_L``.
"""

from __future__ import annotations

from a2e.arrays import Floats
from a2e.errors import OptionError
from a2e.outputs.address import Address
from a2e.outputs.encoder import Encoder, FrameFormat, Payload
from a2e.outputs.osc import bundles, message
from a2e.shapes import ARKIT

OK = message("/VMC/Ext/OK", 1)
"""The avatar is there."""
APPLY = message("/VMC/Ext/Blend/Apply")
VRM = {
    "aa": "A",
    "ih": "I",
    "ou": "U",
    "ee": "E",
    "oh": "O",
    "blinkLeft": "Blink_L",
    "blinkRight": "Blink_R",
}
"""VRM 0's names of VRM 1's expressions."""
NAMES = {name: name[0].upper() + name[1:] for name in ARKIT} | VRM


class VmcBundles(Encoder):
    """OK, the time, a value for each shape, and last Apply; a head's pose has no place.

    Raises :class:`a2e.errors.OptionError` for frames of other shapes than ARKit's or VRM's.
    """

    holds_pose = True

    def __init__(self, address: Address, format: FrameFormat, speech: int) -> None:
        self._columns = [i for i, name in enumerate(format.names) if name in NAMES]
        self._names = [NAMES[format.names[i]] for i in self._columns]
        if not self._columns:
            raise OptionError(
                f"VMC holds ARKit's or VRM's shapes; got {', '.join(format.names[:3])}, …: choose "
                "shapes arkit or vrm, or take osc, ws or ndjson"
            )
        self._fps = format.fps

    def frame(self, index: int, weights: Floats) -> list[Payload]:
        values = zip(self._names, weights[self._columns].tolist(), strict=True)
        blends = (message("/VMC/Ext/Blend/Val", name, value) for name, value in values)
        time = message("/VMC/Ext/T", float(index / self._fps))
        return list(bundles((OK, time, *blends, APPLY)))
