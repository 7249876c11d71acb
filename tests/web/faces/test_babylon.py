"""The same heads in Babylon.js, loaded by its own loader and bundled, in a real browser."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from a2e.shapes import ARKIT
from tests.web.faces import heads
from tests.web.faces.avatars import LACKING

NAMES = list(ARKIT)


@pytest.mark.parametrize(("avatar", "missing"), [("plain.glb", ()), ("odd.glb", LACKING)])
def test_lips_follow_the_weights(
    page: Any, bundled: str, frames: NDArray[np.float32], avatar: str, missing: tuple[str, ...]
) -> None:
    page.evaluate("(all) => load(...all)", [bundled, avatar])
    assert sorted(page.evaluate("(names) => stage.wear(names)", NAMES)) == sorted(missing)
    shown = frames.copy()
    shown[:, [ARKIT.index(name) for name in missing]] = 0
    gaps = page.evaluate("(all) => stage.gaps(...all)", [frames.tolist(), heads.skin().extras])
    np.testing.assert_allclose(gaps, heads.gap(shown), atol=1e-5)


def test_a_mouth_opens_in_the_picture_with_one_shader_for_all(page: Any, bundled: str) -> None:
    page.evaluate("(all) => load(...all)", [bundled, "plain.glb"])
    page.evaluate("(names) => stage.wear(names)", NAMES)
    compiled = set()
    for open_, close, least, most in ((0, 0, 0, 40), (0.8, 0, 400, 9000), (0.8, 0.8, 0, 40)):
        weights = [{"jawOpen": open_, "mouthClose": close}.get(name, 0) for name in NAMES]
        page.evaluate("(weights) => stage.face.show(weights)", weights)
        assert least <= page.evaluate("stage.dark()") <= most
        compiled.add(page.evaluate("stage.compiled()"))
    assert len(compiled) == 1


def test_what_the_meshes_have_is_told_where_they_have_none_of_ours(page: Any, bundled: str) -> None:
    page.evaluate("(all) => load(...all)", [bundled, "foreign.glb"])
    with pytest.raises(Exception, match=r"no shape of the Babylon\.js meshes .*: there are Smile"):
        page.evaluate("(names) => stage.wear(names)", NAMES)
