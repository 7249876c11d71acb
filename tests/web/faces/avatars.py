"""The avatars of the tests: one head in every dress that an adapter meets."""

from __future__ import annotations

import re
from collections.abc import Mapping

from a2e.shapes import ARKIT
from tests.web.faces.glb import Glb
from tests.web.faces.heads import head, mixed, renamed
from tests.web.faces.vrms import vrm0, vrm1

SPELLINGS = {
    "Head": "blendShape1.{}",
    "Eyes": "ARKit_{}",
    "Pupils": "{}",
    "Brows": "Wolf3D_Brows.{}",
}
"""How each mesh of the head with odd spellings writes its shapes."""
LACKING = ("tongueOut", "cheekPuff")
"""What the head with odd spellings has not."""

VISEMES: Mapping[str, Mapping[str, float]] = {
    "viseme_sil": {},
    "viseme_PP": {
        "mouthPressLeft": 0.8,
        "mouthPressRight": 0.8,
        "mouthRollLower": 0.6,
        "mouthRollUpper": 0.6,
    },
    "viseme_FF": {
        "mouthRollLower": 0.9,
        "mouthUpperUpLeft": 0.3,
        "mouthUpperUpRight": 0.3,
        "jawOpen": 0.1,
    },
    "viseme_TH": {"jawOpen": 0.2, "tongueOut": 0.5},
    "viseme_DD": {"jawOpen": 0.2, "mouthLowerDownLeft": 0.3, "mouthLowerDownRight": 0.3},
    "viseme_kk": {"jawOpen": 0.25, "mouthLowerDownLeft": 0.2, "mouthLowerDownRight": 0.2},
    "viseme_CH": {"jawOpen": 0.15, "mouthFunnel": 0.7, "mouthPucker": 0.4},
    "viseme_SS": {"jawOpen": 0.1, "mouthLowerDownLeft": 0.5, "mouthLowerDownRight": 0.5},
    "viseme_nn": {"jawOpen": 0.2, "mouthLowerDownLeft": 0.2, "mouthLowerDownRight": 0.2},
    "viseme_RR": {"jawOpen": 0.2, "mouthPucker": 0.5},
    "viseme_aa": {"jawOpen": 0.7},
    "viseme_E": {"jawOpen": 0.45, "mouthStretchLeft": 0.6, "mouthStretchRight": 0.6},
    "viseme_I": {"jawOpen": 0.25, "mouthStretchLeft": 0.8, "mouthStretchRight": 0.8},
    "viseme_O": {"jawOpen": 0.4, "mouthFunnel": 0.5, "mouthPucker": 0.5},
    "viseme_U": {"jawOpen": 0.2, "mouthPucker": 1.0},
}
"""Visemes as an artist might have made them, in Ready Player Me's spelling."""

MOUTHS = {"aa": "viseme_aa", "ih": "viseme_I", "ou": "viseme_U", "ee": "viseme_E", "oh": "viseme_O"}
LIDS = {
    "Fcl_Close": {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0},
    "Fcl_Close_L": {"eyeBlinkLeft": 1.0},
    "Fcl_Close_R": {"eyeBlinkRight": 1.0},
    "Fcl_Up": {"eyeLookUpLeft": 1.0, "eyeLookUpRight": 1.0},
    "Fcl_Left": {"eyeLookOutLeft": 1.0, "eyeLookInRight": 1.0},
}
VROID = {f"Fcl_MTH_{name}": VISEMES[viseme] for name, viseme in MOUTHS.items()} | {
    name: dict(pose) for name, pose in LIDS.items()
}
"""A VRoid's morph targets: five mouths and lids, no ARKit."""
PRESETS = {name: f"Fcl_MTH_{name}" for name in MOUTHS} | {"blink": "Fcl_Close"}
SIDED = PRESETS | {"blinkLeft": "Fcl_Close_L", "blinkRight": "Fcl_Close_R"}
UPPER = [name for name in ARKIT if name.startswith(("eyeBlink", "browInner"))]


def snake(name: str) -> str:
    return re.sub(r"([A-Z])", lambda found: "_" + found[1].lower(), name)


def odd(mesh: str, name: str) -> str:
    """Another spelling for every mesh; sides by a letter on the brows, capitals on the eyes."""
    if mesh == "Eyes":
        name = name[0].upper() + name[1:]
    if mesh == "Pupils":
        name = snake(name)
    if mesh == "Brows":
        name = re.sub("(Left|Right)$", lambda side: "_" + side[1][0], name)
    return SPELLINGS.get(mesh, "{}").format(name)


def all_files() -> dict[str, bytes]:
    """Files by their name."""
    plain = head()
    lacking = mixed(plain, {}, [name for name in ARKIT if name not in LACKING])
    readyplayer = mixed(plain, VISEMES, UPPER)
    vroid = mixed(plain, VROID)
    shapes = {name: name for name in ARKIT}
    return {
        "plain.glb": Glb(plain).to_bytes(),
        "odd.glb": Glb(renamed(lacking, odd)).to_bytes(),
        "visemes.glb": Glb(readyplayer).to_bytes(),
        "foreign.glb": Glb(mixed(plain, {"Smile": {"mouthSmileLeft": 1.0}})).to_bytes(),
        "still.glb": Glb(mixed(plain, {})[-1:]).to_bytes(),
        "perfect.vrm": vrm1(
            plain, {}, {name[0].upper() + name[1:]: name for name in shapes}, "bone"
        ),
        "presets.vrm": vrm1(
            vroid, SIDED | {"lookUp": "Fcl_Up", "lookLeft": "Fcl_Left"}, {}, "expression"
        ),
        "old.vrm": vrm0(vroid, PRESETS, {}),
        "old-perfect.vrm": vrm0(plain, {}, shapes),
    }
