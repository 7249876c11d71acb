"""The face without a page is the page's face."""

from __future__ import annotations

import numpy as np
import pytest

from a2e.data import find_web
from a2e.render.look import Look
from a2e.render.script import link
from a2e.shapes import ARKIT, HEAD
from tests.runtime.render.conftest import Draw, over_white

POSES = {
    "rest": {},
    "ah": {"jawOpen": 0.7, "mouthLowerDownLeft": 0.4, "mouthUpperUpRight": 0.3},
    "oo": {"jawOpen": 0.2, "mouthPucker": 0.7, "mouthFunnel": 0.4, "browInnerUp": 0.7},
    "smile": {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.6, "eyeBlinkLeft": 1.0},
    "tongue": {"jawOpen": 0.5, "tongueOut": 0.9, "noseSneerLeft": 0.8, "mouthShrugLower": 0.5},
}
SIZE = (300, 340)
MEAN, MOST = 1.5, 0.002
"""Allowed: mean difference in levels of 255, and share of pixels that differ by 12 or more.
Measured: 1.0 (Chromium dithers gradients, and rounds translucent hairs otherwise) and 0.0005."""


def paint(weights: dict[str, float], size: tuple[int, int] = SIZE) -> np.ndarray:
    from a2e.render.painter import Painter

    names = [*ARKIT, *(name for name in HEAD if name in weights)]
    painter = Painter(names, Look(*size, 0))
    row = np.array([weights.get(name, 0) for name in names], np.float32)
    pixels = painter.paint(row)
    painter.close()
    return pixels


def differences(ours: np.ndarray, theirs: np.ndarray) -> tuple[float, float]:
    apart = np.abs(over_white(ours) - over_white(theirs))
    return float(apart.mean()), float((apart.max(axis=-1) >= 12).mean())


@pytest.mark.parametrize("pose", POSES)
def test_as_chromium_draws_it(browser: Draw, pose: str) -> None:
    mean, most = differences(paint(POSES[pose]), browser(POSES[pose], *SIZE))
    assert mean < MEAN
    assert most < MOST


def test_a_wide_picture_and_a_held_head(browser: Draw) -> None:
    size = (420, 236)
    pose = {"jawOpen": 0.3, "headYaw": 0.06, "headPitch": -0.03, "headRoll": 0.02}
    held = browser(pose, *size, sway=(0.6, -0.3, -0.02))
    mean, most = differences(paint(pose, size), held)
    assert mean < MEAN
    assert most < MOST


def test_another_pose_is_told_apart(browser: Draw) -> None:
    _, most = differences(paint({"jawOpen": 0.05}), browser({}, *SIZE))
    assert most > MOST


def test_frames_do_not_remember_each_other() -> None:
    from a2e.render.painter import Painter

    painter = Painter(ARKIT, Look(64, 64, 0))
    rest, open_ = np.zeros((2, len(ARKIT)), np.float32)
    open_[ARKIT.index("jawOpen")] = 1
    first = painter.paint(rest)
    assert not np.array_equal(painter.paint(open_), first)
    assert np.array_equal(painter.paint(rest), first)
    painter.close()


def test_what_no_pen_can_do_is_an_error() -> None:
    from py_mini_racer import JSEvalException, MiniRacer

    web = find_web()
    engine = MiniRacer()
    engine.eval(link(web / "film" / "film.js", web))
    engine.eval('const { Pen } = modules["film/pen.js"]; const pen = new Pen({ select() {} }, {})')
    for deed in ('"use strict"; pen.lineJoin = "round"', "pen.fillText('a', 0, 0)"):
        with pytest.raises(JSEvalException):
            engine.eval(deed)


def test_modules_become_one_script(tmp_path) -> None:
    from py_mini_racer import MiniRacer

    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.js").write_text(
        'import {\n  two as deux,\n} from "../b.js";\n\nexport const four = 2 * deux;\n'
    )
    (tmp_path / "b.js").write_text("export const two = 2;\nexport class Two {}\n")
    engine = MiniRacer()
    engine.eval(link(tmp_path / "deep" / "a.js", tmp_path))
    assert engine.eval('modules["deep/a.js"].four') == 4
    (tmp_path / "b.js").write_text("export default 2;\n")
    with pytest.raises(ValueError, match=r"b.js has a form .*export default 2"):
        link(tmp_path / "deep" / "a.js", tmp_path)
    (tmp_path / "b.js").write_text('import { four } from "./deep/a.js";\n')
    with pytest.raises(ValueError, match="imports itself"):
        link(tmp_path / "deep" / "a.js", tmp_path)
