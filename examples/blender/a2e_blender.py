"""a2e for Blender (4.2 or newer): a face's animation as keys of shape keys.

Install: Edit > Preferences > Add-ons > Install from Disk, this file. In the 3D view's sidebar, tab
"a2e": *Key from file* takes any of a2e's files (.json, .npz, .csv of Live Link Face, .ndjson);
*Key from speech* calls ``a2e animate`` at the scene's exact frame rate. Keys go onto the active
object and onto the other selected ones, from the current frame on, in an action of their own.
"""

from __future__ import annotations

import csv
import json
import re
import shlex
import subprocess
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import bpy
import numpy as np

bl_info = {
    "name": "a2e: speech to shape keys",
    "author": "a2e",
    "version": (1, 0, 0),
    "blender": (4, 2, 0),
    "location": "View3D > Sidebar > a2e",
    "description": "Keys shape keys from a2e's files, or straight from speech",
    "category": "Animation",
}

NOT_SHAPES = {
    *("headYaw", "headPitch", "headRoll", "HeadYaw", "HeadPitch", "HeadRoll"),
    *("headRotateX", "headRotateY", "headRotateZ"),
}
ROTATION = re.compile("(Left|Right)Eye(Yaw|Pitch|Roll)")
TICKS = 60
"""The last part of a Live Link timecode counts 60 a second."""
SHOWN = 12


class Frames(NamedTuple):
    """An animation: weights [n, names] at ``times`` [n], seconds."""

    names: list[str]
    weights: np.ndarray
    times: np.ndarray


class FaceError(Exception):
    """What can't be done, in a line."""


# Files


def read_frames(path: str | Path) -> Frames:
    """Any of a2e's files of weights; raises FaceError for another."""
    path = Path(path)
    readers = {".npz": _npz, ".csv": _live_link, ".ndjson": _lines, ".jsonl": _lines}
    try:
        found = readers.get(path.suffix.lower(), _json)(path)
    except OSError as error:
        raise FaceError(f"{path.name} can't be read: {error.strerror}") from error
    except (KeyError, IndexError, TypeError, ValueError, StopIteration) as error:
        raise FaceError(
            f"{path.name} is no file of a2e's weights (.json, .npz, .csv or .ndjson): {error}"
        ) from error
    if found.weights.shape != (len(found.times), len(found.names)) or not len(found.times):
        raise FaceError(f"{path.name} has no whole frames")
    return found


def _rate(facts: dict[str, Any], key: str = "fps") -> Fraction:
    exact = facts.get("fps_exact")
    return Fraction(*map(int, exact)) if exact is not None else Fraction(float(facts[key]))


def _rate_of_period(period: float) -> Fraction:
    """The rate that milliseconds with three decimals mean."""
    near = Fraction(1000) / Fraction(str(period))
    for slowed in (Fraction(1), Fraction(1000, 1001)):
        rate = round(near / slowed) * slowed
        if round(float(1000 / rate), 3) == period:
            return rate
    return near


def _frames(names: Any, weights: Any, fps: Fraction) -> Frames:
    table = np.array(weights, np.float32)
    times = np.array([float(k / fps) for k in range(len(table))])
    return Frames([str(name) for name in names], table, times)


def _npz(path: Path) -> Frames:
    with np.load(path) as file:
        facts = {name: file[name] for name in file.files}
    return _frames(facts["names"], facts["weights"], _rate(facts))


def _lines(path: Path) -> Frames:
    first, *rest = (json.loads(line) for line in path.read_text("utf-8").splitlines() if line)
    return _frames(first["names"], [one["weights"] for one in rest], _rate(first))


def _json(path: Path) -> Frames:
    face = json.loads(path.read_text("utf-8"))
    if "weightMat" in face:
        return _frames(face["facsNames"], face["weightMat"], _rate(face, "exportFps"))
    if "vs" in face:
        names = list(face["vs"])
        weights = np.array([face["vs"][name] for name in names]).T
        return _frames(names, weights, _rate_of_period(face["dt"][0]))
    weights = [frame["weights"] for frame in face["frames"]]
    return _frames(face["names"], weights, _rate(face["metadata"]))


def _live_link(path: Path) -> Frames:
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    columns = range(header.index("BlendshapeCount") + 1, len(header))
    times = []
    for row in rows:
        hours, minutes, seconds, ticks = row[0].split(":")
        whole = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
        times.append(whole + float(ticks) / TICKS)
    weights = np.array([[float(row[i]) for i in columns] for row in rows], np.float32)
    return Frames([header[i] for i in columns], weights, np.array(times) - times[0])


# Names, as a2e.spelling has them

SIDES = {"l": "left", "r": "right", "left": "left", "right": "right"}
HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def _words(name: str) -> list[str]:
    spaced = HUMPS.sub(" ", name)
    parts = [part.lower() for part in re.split(r"[^A-Za-z0-9]+", spaced) if part]
    while len(parts) > 1 and re.fullmatch("[0-9]+", parts[-1]):
        parts.pop()
    return parts


def _readings(name: str) -> list[tuple[str, int]]:
    parts, found = _words(name), []
    for rest in range(len(parts)):
        own = parts[rest:]
        found.append(("".join(own), rest))
        if len(own) > 1 and own[-1] in SIDES:
            found.append(("".join([*own[:-1], SIDES[own[-1]]]), rest))
        if len(own) > 1 and own[0] in SIDES:
            found.append(("".join([*own[1:], SIDES[own[0]]]), rest))
        if len(own) > 1 and own[-1] in SIDES:
            found.append(("".join(own[:-1]), rest))
    return found


def match_shapes(targets: list[str], names: list[str]) -> list[list[int]]:
    """For each of ``names`` the places in ``targets`` that stand for it, spelled plainest."""
    places = {"".join(_words(name)): i for i, name in enumerate(names)}
    found: list[list[tuple[int, int]]] = [[] for _ in names]
    for target, name in enumerate(targets):
        for key, rest in _readings(name):
            if key in places:
                found[places[key]].append((rest, target))
                break
    return [[t for rest, t in all if rest == min(all)[0]] for all in found]


# Keys


def key_object(thing: Any, frames: Frames, start: float, fps: Fraction, name: str) -> list[str]:
    """Keys an object's shape keys from the scene's frame ``start`` on, in a new action ``name``.

    Returns the names of shapes that it has not; raises FaceError where it has none of them.
    """
    keys = getattr(thing.data, "shape_keys", None)
    blocks = [] if keys is None else [b for b in keys.key_blocks if b != keys.reference_key]
    wanted = [n for n in frames.names if n not in NOT_SHAPES and not ROTATION.fullmatch(n)]
    matched = match_shapes([block.name for block in blocks], wanted)
    if not any(matched):
        there = ", ".join(block.name for block in blocks[:SHOWN]) or "it has none"
        more = f" and {len(blocks) - SHOWN} more" if len(blocks) > SHOWN else ""
        raise FaceError(
            f"no shape key of {thing.name} is named as in the file, such as {wanted[0]}: "
            f"{there}{more}"
        )
    scene_frames = start + frames.times * float(fps)
    keys.animation_data_create()
    keys.animation_data.action = bpy.data.actions.new(name)
    for shape, places in zip(wanted, matched, strict=True):
        values = frames.weights[:, frames.names.index(shape)]
        for place in places:
            _key_block(keys, blocks[place], scene_frames, values)
    return [shape for shape, places in zip(wanted, matched, strict=True) if not places]


def _key_block(keys: Any, block: Any, frames: np.ndarray, values: np.ndarray) -> None:
    block.slider_min = min(block.slider_min, float(values.min()))
    block.slider_max = max(block.slider_max, float(values.max()))
    block.value = float(values[0])
    block.keyframe_insert("value", frame=float(frames[0]))  # makes the curve in any version
    path = block.path_from_id("value")
    curve = next(c for c in _curves(keys.animation_data) if c.data_path == path)
    points = curve.keyframe_points
    points.add(len(frames) - len(points))
    points.foreach_set("co", np.column_stack([frames, values]).astype(np.float32).ravel())
    for point in points:
        point.interpolation = "LINEAR"
    curve.update()


def _curves(data: Any) -> Any:
    """The curves of an action: Blender 4.4 and newer keep them in a slot's bag."""
    action = data.action
    slot = getattr(data, "action_slot", None)
    if slot is None:
        return action.fcurves
    return action.layers[0].strips[0].channelbag(slot).fcurves


def key_selected(context: Any, frames: Frames, name: str) -> str:
    """Keys the active object, and those selected ones that have the shapes; what was done."""
    active = context.view_layer.objects.active
    if active is None:
        raise FaceError("no object is active: select the head")
    start, fps = context.scene.frame_current, scene_rate(context.scene)
    missing = set(key_object(active, frames, start, fps, name))
    done = 1
    for thing in context.view_layer.objects.selected:
        if thing != active:
            try:
                missing &= set(key_object(thing, frames, start, fps, name))
                done += 1
            except FaceError:
                pass  # an eye or a hat without shapes
    last = start + float(frames.times[-1]) * float(fps)
    context.scene.frame_end = max(context.scene.frame_end, int(np.ceil(last)))
    named = ", ".join(sorted(missing)[:SHOWN])
    more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
    lacking = f"; not shown: {named}{more}" if missing else ""
    return f"{len(frames.times)} frames on {done} object{'s' if done > 1 else ''}{lacking}"


# Speech


def scene_rate(scene: Any) -> Fraction:
    """The scene's frame rate, exact: 24 over the base 1.001 is 24000/1001."""
    base = Fraction(scene.render.fps_base).limit_denominator(10_000)
    return Fraction(scene.render.fps) / base


def speak(command: str, speech: str, fps: Fraction, options: str = "") -> Frames:
    """The frames that ``a2e animate`` makes of a speech; raises FaceError with a2e's own line."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "face.npz"
        call = [*shlex.split(command), "animate", speech, "-o", str(out), "--fps", str(fps)]
        try:
            run = subprocess.run([*call, *shlex.split(options)], capture_output=True, text=True)
        except OSError as error:
            raise FaceError(
                f"{command!r} can't be run ({error.strerror}): set its path in the add-on's "
                "preferences"
            ) from error
        if run.returncode:
            said = run.stderr.strip().splitlines() or [f"a2e ended with {run.returncode}"]
            raise FaceError(said[-1])
        return read_frames(out)


# Blender's own


class A2EPreferences(bpy.types.AddonPreferences):
    bl_idname = __name__

    command: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="a2e", default="a2e", description="the command, or its whole path"
    )

    def draw(self, context: Any) -> None:
        self.layout.prop(self, "command")


def _command(context: Any) -> str:
    addon = context.preferences.addons.get(__name__)
    return addon.preferences.command if addon else "a2e"


class _Key:
    bl_options: ClassVar = {"REGISTER", "UNDO"}
    filepath: bpy.props.StringProperty(subtype="FILE_PATH")  # type: ignore[valid-type]

    def invoke(self, context: Any, event: Any) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Any) -> set[str]:
        path = bpy.path.abspath(self.filepath)
        try:
            said = key_selected(context, self.frames(context, path), Path(path).stem)
        except FaceError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, said)
        return {"FINISHED"}


class A2E_OT_key_file(_Key, bpy.types.Operator):
    """Key shape keys from one of a2e's files"""

    bl_idname = "a2e.key_file"
    bl_label = "Key from file"
    filter_glob: bpy.props.StringProperty(  # type: ignore[valid-type]
        default="*.json;*.npz;*.csv;*.ndjson;*.jsonl", options={"HIDDEN"}
    )

    def frames(self, context: Any, path: str) -> Frames:
        return read_frames(path)


class A2E_OT_key_speech(_Key, bpy.types.Operator):
    """Key shape keys from speech; a2e animates it"""

    bl_idname = "a2e.key_speech"
    bl_label = "Key from speech"
    options: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Options", description="of a2e animate, for example --mood joy:0.3 --seed 1"
    )
    command: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Command", description="instead of the preferences'", options={"HIDDEN"}
    )

    def frames(self, context: Any, path: str) -> Frames:
        command = self.command or _command(context)
        return speak(command, path, scene_rate(context.scene), self.options)


class A2E_PT_panel(bpy.types.Panel):
    bl_label = "a2e"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "a2e"

    def draw(self, context: Any) -> None:
        self.layout.operator(A2E_OT_key_speech.bl_idname, icon="PLAY_SOUND")
        self.layout.operator(A2E_OT_key_file.bl_idname, icon="FILE")


CLASSES = (A2EPreferences, A2E_OT_key_file, A2E_OT_key_speech, A2E_PT_panel)


def register() -> None:
    for one in CLASSES:
        bpy.utils.register_class(one)


def unregister() -> None:
    for one in reversed(CLASSES):
        bpy.utils.unregister_class(one)
