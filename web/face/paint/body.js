/** Paints neck and clothes. They do not move by weights: a face paints them once for each size. */

import { CLOTHES, SKIN } from "../colours.js";
import { blend, glow } from "../pen.js";

/** @typedef {import("../pen.js").Pen} Pen */

/** Neck and shoulders. @param {Pen} pen */
export function paintBody(pen) {
  const neck = new Path2D();
  neck.moveTo(-104, 190);
  neck.bezierCurveTo(-100, 300, -104, 400, -150, 440);
  neck.bezierCurveTo(-60, 520, 60, 520, 150, 440);
  neck.bezierCurveTo(104, 400, 100, 300, 104, 190);
  neck.closePath();
  pen.fillStyle = blend(pen, [0, 250], [0, 470], [SKIN.shade, "#dfa183"]);
  pen.fill(neck);
  pen.save();
  pen.clip(neck);
  glow(pen, [0, 300], [170, 90], SKIN.deep, 0.55);
  glow(pen, [-36, 430], [60, 60], SKIN.light, 0.4);
  glow(pen, [110, 380], [50, 120], SKIN.deep, 0.35);
  pen.restore();
  paintClothes(pen);
}

/** @param {Pen} pen */
function paintClothes(pen) {
  const body = new Path2D();
  body.moveTo(-150, 418);
  body.bezierCurveTo(-250, 462, -400, 470, -450, 640);
  body.lineTo(-460, 760);
  body.lineTo(460, 760);
  body.lineTo(450, 640);
  body.bezierCurveTo(400, 470, 250, 462, 150, 418);
  body.bezierCurveTo(110, 500, -110, 500, -150, 418);
  pen.fillStyle = blend(pen, [-300, 420], [300, 760], [CLOTHES.light, CLOTHES.base, CLOTHES.shade]);
  pen.fill(body);
  pen.save();
  pen.clip(body);
  glow(pen, [0, 470], [260, 90], "#0e2d33", 0.35);
  pen.restore();
  pen.lineWidth = 17;
  pen.lineCap = "round";
  pen.strokeStyle = blend(pen, [-160, 0], [160, 0], [CLOTHES.light, CLOTHES.base, CLOTHES.shade]);
  pen.beginPath();
  pen.moveTo(-154, 420);
  pen.bezierCurveTo(-112, 508, 112, 508, 154, 420);
  pen.stroke();
}
