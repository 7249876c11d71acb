"""Commands of a drawing to pixels, by Skia, which draws canvases in Chromium too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import skia
from numpy.typing import NDArray

from a2e.render.drawing import Tape

CAPS = (skia.Paint.Cap.kButt_Cap, skia.Paint.Cap.kRound_Cap)
NEAR = 1e-3
"""Parts of a pixel that nobody sees."""
PLAIN = skia.SamplingOptions()
SMOOTH = skia.SamplingOptions(skia.FilterMode.kLinear)
POINTS = {"move": 1, "line": 1, "quadratic": 2, "cubic": 3, "close": 0}
"""Points of a path's segments."""
VERBS = {
    "move": "moveTo",
    "line": "lineTo",
    "quadratic": "quadTo",
    "cubic": "cubicTo",
    "close": "close",
}
MOST_PAINTS = 1000
"""Paints kept: most of a face's come again in every frame."""


class Raster:
    """Canvases by their numbers, drawn by commands.

    ``commands`` and ``segments`` are the names that the numbers on a tape stand for.
    """

    def __init__(self, commands: Sequence[str], segments: Sequence[str]) -> None:
        self._handlers = [getattr(self, f"_play_{name}") for name in commands]
        self._segments = [(2 * POINTS[name], getattr(skia.Path, VERBS[name])) for name in segments]
        self._pixels: dict[int, NDArray[np.uint8]] = {}
        self._surfaces: dict[int, Any] = {}
        self._images: dict[int, Any] = {}
        self._canvas: Any = None
        self._path = skia.Path()
        self._paints: dict[tuple[float, ...], Any] = {}

    def play(self, tape: Tape) -> None:
        """Draws what a tape says."""
        at, end, handlers = 0, len(tape), self._handlers
        while at < end:
            first = at + 2
            at = first + int(tape[at + 1])
            handlers[int(tape[first - 2])](tape[first:at])

    def pixels(self, number: int) -> NDArray[np.uint8]:
        """A canvas's own pixels, uint8 [height, width, 4]: red, green, blue, all times opacity, and
        opacity. They change with the next drawing."""
        return self._pixels[number]

    def straight(self, number: int) -> NDArray[np.uint8]:
        """A copy of the pixels whose colours are not multiplied by their opacity."""
        surface = self._surfaces[number]
        info = surface.imageInfo().makeAlphaType(skia.kUnpremul_AlphaType)
        pixels = np.empty_like(self._pixels[number])
        surface.readPixels(info, pixels)
        return pixels

    def fill_behind(self, number: int, colour: int) -> None:
        """Puts a colour, 0xAARRGGBB, behind all that is on a canvas."""
        canvas = self._surfaces[number].getCanvas()
        canvas.drawColor(colour, skia.BlendMode.kDstOver)

    def _play_size(self, args: Tape) -> None:
        number, width, height = map(int, args)
        pixels = np.zeros((height, width, 4), np.uint8)
        self._pixels[number] = pixels
        self._surfaces[number] = skia.Surface(
            pixels, skia.kRGBA_8888_ColorType, skia.kPremul_AlphaType
        )

    def _play_canvas(self, args: Tape) -> None:
        number = int(args[0])
        self._canvas = self._surfaces[number].getCanvas()
        self._images.pop(number, None)  # it is drawn on again

    def _play_save(self, args: Tape) -> None:
        self._canvas.save()

    def _play_restore(self, args: Tape) -> None:
        self._canvas.restore()

    def _play_matrix(self, args: Tape) -> None:
        a, b, c, d, e, f = args
        self._canvas.setMatrix(skia.Matrix.MakeAll(a, c, e, b, d, f, 0, 0, 1))

    def _play_path(self, args: Tape) -> None:
        path = skia.Path()
        segments = self._segments
        at, end = 0, len(args)
        while at < end:
            count, verb = segments[int(args[at])]
            at += 1
            verb(path, *args[at : at + count])
            at += count
        self._path = path

    def _play_clip(self, args: Tape) -> None:
        self._canvas.clipPath(self._path, True)

    def _play_fill(self, args: Tape) -> None:
        self._canvas.drawPath(self._path, self._paint(args))

    def _play_shadow(self, args: Tape) -> None:
        dx, dy, blur, colour, *paint = args
        shadow = skia.ImageFilters.DropShadow(dx, dy, blur / 2, blur / 2, int(colour))
        matrix = self._canvas.getTotalMatrix()
        self._canvas.save()
        self._canvas.resetMatrix()  # a shadow's measures are pixels
        self._canvas.saveLayer(None, skia.Paint(ImageFilter=shadow))
        self._canvas.setMatrix(matrix)
        self._canvas.drawPath(self._path, self._paint(paint))
        self._canvas.restore()
        self._canvas.restore()

    def _play_stroke(self, args: Tape) -> None:
        width, cap, *paint = args
        stroke = skia.Paint(self._paint(paint))
        stroke.setStyle(skia.Paint.kStroke_Style)
        stroke.setStrokeWidth(width)
        stroke.setStrokeCap(CAPS[int(cap)])
        stroke.setStrokeMiter(10)
        self._canvas.drawPath(self._path, stroke)

    def _play_rectangle(self, args: Tape) -> None:
        x, y, width, height, *paint = args
        self._canvas.drawRect(skia.Rect.MakeXYWH(x, y, width, height), self._paint(paint))

    def _play_clear(self, args: Tape) -> None:
        clear = skia.Paint(BlendMode=skia.BlendMode.kClear)
        self._canvas.drawRect(skia.Rect.MakeXYWH(*args), clear)

    def _play_image(self, args: Tape) -> None:
        number = int(args[0])
        image = self._images.get(number)
        if image is None:
            image = self._images[number] = self._surfaces[number].makeImageSnapshot()
        x, y, alpha = args[1:]
        matrix = self._canvas.getTotalMatrix()
        dx, dy = x + matrix.getTranslateX(), y + matrix.getTranslateY()
        if not _moves_only(matrix) or max(abs(dx - round(dx)), abs(dy - round(dy))) > NEAR:
            self._canvas.drawImage(image, x, y, SMOOTH, skia.Paint(Alphaf=alpha))
            return
        self._canvas.resetMatrix()  # pixel on pixel: many times as fast
        self._canvas.drawImage(image, round(dx), round(dy), PLAIN, skia.Paint(Alphaf=alpha))
        self._canvas.setMatrix(matrix)

    def _paint(self, args: Tape) -> Any:
        """The paint of an opacity and a paint's numbers."""
        key = tuple(args)
        paint = self._paints.get(key)
        if paint is None:
            if len(self._paints) >= MOST_PAINTS:
                self._paints.clear()
            paint = self._paints[key] = _make_paint(args)
        return paint


def _moves_only(matrix: Any) -> bool:
    """Whether a transformation neither turns nor scales, but for rounding."""
    turned = abs(matrix.getSkewX()) + abs(matrix.getSkewY())
    scaled = abs(matrix.getScaleX() - 1) + abs(matrix.getScaleY() - 1)
    return bool(turned + scaled < 1e-6)


def _make_paint(args: Tape) -> Any:
    alpha, kind, *rest = args
    if kind == 0:
        paint = skia.Paint(AntiAlias=True, Color=int(rest[0]))
        paint.setAlphaf(paint.getAlphaf() * alpha)
        return paint
    shader = _linear(rest) if kind == 1 else _radial(rest)
    return skia.Paint(AntiAlias=True, Alphaf=alpha, Shader=shader)


def _linear(args: Tape) -> Any:
    ends = [skia.Point(*args[0:2]), skia.Point(*args[2:4])]
    return skia.GradientShader.MakeLinear(ends, *_stops(args[4:]))


def _radial(args: Tape) -> Any:
    x0, y0, r0, x1, y1, r1 = args[:6]
    colours, offsets = _stops(args[6:])
    return skia.GradientShader.MakeTwoPointConical(
        skia.Point(x0, y0), r0, skia.Point(x1, y1), r1, colours, offsets
    )


def _stops(args: Tape) -> tuple[list[int], list[float]]:
    return [int(colour) for colour in args[1::2]], args[0::2]
