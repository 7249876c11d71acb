"""VRM files made for tests, of both versions, around a made head."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.web.faces.glb import Glb
from tests.web.faces.heads import Mesh

BONES = {
    "hips": None,
    "spine": "hips",
    "head": "spine",
    "leftEye": "head",
    "rightEye": "head",
    **{
        f"{side}{bone}": (f"{side}{parent}" if parent else root)
        for side in ("left", "right")
        for bone, parent, root in (
            ("UpperLeg", None, "hips"),
            ("LowerLeg", "UpperLeg", ""),
            ("Foot", "LowerLeg", ""),
            ("UpperArm", None, "spine"),
            ("LowerArm", "UpperArm", ""),
            ("Hand", "LowerArm", ""),
        )
    },
}
"""The bones that a VRM must have, and the eyes: each with the bone that it hangs on."""

Expressions = Mapping[str, str]
"""The shape, as the head spells it, that each expression moves to its full."""

RANGE = {"inputMaxValue": 90, "outputScale": 10}
V0_PRESETS = {
    "aa": "a",
    "ih": "i",
    "ou": "u",
    "ee": "e",
    "oh": "o",
    "blink": "blink",
    "blinkLeft": "blink_l",
    "blinkRight": "blink_r",
    "lookUp": "lookup",
    "lookDown": "lookdown",
    "lookLeft": "lookleft",
    "lookRight": "lookright",
}
"""VRM 0's names of VRM 1's presets."""


def vrm1(meshes: Iterable[Mesh], presets: Expressions, custom: Expressions, look: str) -> bytes:
    """A VRM 1.0; ``look``: "bone" or "expression"."""
    glb = Glb(meshes)
    bones = _add_bones(glb)

    def expressions(of: Expressions) -> dict[str, Any]:
        return {
            name: {
                "morphTargetBinds": [
                    {"node": mesh, "index": index, "weight": 1.0}
                    for mesh, index in glb.binds(shape)
                ]
            }
            for name, shape in of.items()
        }

    ranges = ("HorizontalInner", "HorizontalOuter", "VerticalDown", "VerticalUp")
    scale = RANGE if look == "bone" else {"inputMaxValue": 90, "outputScale": 1}
    glb.json["extensionsUsed"] = ["VRMC_vrm"]
    glb.json["extensions"] = {
        "VRMC_vrm": {
            "specVersion": "1.0",
            "meta": {
                "name": "head",
                "version": "1",
                "authors": ["a2e"],
                "licenseUrl": "https://vrm.dev/licenses/1.0/",
            },
            "humanoid": {"humanBones": {name: {"node": node} for name, node in bones.items()}},
            "expressions": {"preset": expressions(presets), "custom": expressions(custom)},
            "lookAt": {
                "offsetFromHeadBone": [0, 0, 0],
                "type": look,
                **{f"rangeMap{way}": scale for way in ranges},
            },
        }
    }
    return glb.to_bytes()


def vrm0(meshes: Iterable[Mesh], presets: Expressions, custom: Expressions) -> bytes:
    """A VRM 0 with eyes of bones."""
    glb = Glb(meshes)
    bones = _add_bones(glb)
    groups = [
        {
            "name": name,
            "presetName": V0_PRESETS.get(name, "unknown"),
            "binds": [
                {"mesh": mesh, "index": index, "weight": 100} for mesh, index in glb.binds(shape)
            ],
        }
        for name, shape in {**presets, **custom}.items()
    ]
    ranges = ("HorizontalInner", "HorizontalOuter", "VerticalDown", "VerticalUp")
    degrees = {"curve": [0, 0, 0, 1, 1, 1, 1, 0], "xRange": 90, "yRange": 10}
    glb.json["extensionsUsed"] = ["VRM"]
    glb.json["extensions"] = {
        "VRM": {
            "specVersion": "0.0",
            "meta": {"title": "head", "version": "1", "author": "a2e"},
            "humanoid": {"humanBones": [{"bone": b, "node": n} for b, n in bones.items()]},
            "blendShapeMaster": {"blendShapeGroups": groups},
            "firstPerson": {
                "firstPersonBone": bones["head"],
                "firstPersonBoneOffset": {"x": 0, "y": 0, "z": 0},
                "lookAtTypeName": "Bone",
                **{f"lookAt{way}": degrees for way in ranges},
            },
            "materialProperties": [],
            "secondaryAnimation": {"boneGroups": [], "colliderGroups": []},
        }
    }
    return glb.to_bytes()


def _add_bones(glb: Glb) -> dict[str, int]:
    nodes: dict[str, int] = {}
    for name, parent in BONES.items():
        node = {"name": name, "translation": [0, 0.1, 0]}
        nodes[name] = glb.add_node(node, root=parent is None)
        if parent:
            glb.json["nodes"][nodes[parent]].setdefault("children", []).append(nodes[name])
    return nodes
