/** Strokes of the pen that the face's parts share. */

/** @typedef {import("./rig/shapes.js").Point} Point */
/** @typedef {CanvasRenderingContext2D} Pen */

/** A colour with its opacity. @param {string} hex #rrggbb @param {number} alpha */
export function tint(hex, alpha) {
  const number = parseInt(hex.slice(1), 16);
  return `rgba(${number >> 16}, ${(number >> 8) & 255}, ${number & 255}, ${alpha})`;
}

/** A smooth line through points, as cubic curves. @param {Pen | Path2D} path
 * @param {Point[]} points @param {boolean} [closed]
 * @param {boolean} [go] go on from the pen's place */
export function through(path, points, closed = false, go = false) {
  const count = points.length;
  /** @param {number} i @returns {Point} */
  const at = (i) =>
    closed ? points[(i + count) % count] : points[Math.min(count - 1, Math.max(0, i))];
  if (go) path.lineTo(...points[0]);
  else path.moveTo(...points[0]);
  for (let i = 0; i < (closed ? count : count - 1); i += 1) {
    const [[ax, ay], [bx, by], [cx, cy], [dx, dy]] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
    path.bezierCurveTo(
      bx + (cx - ax) / 6,
      by + (cy - ay) / 6,
      cx - (dx - bx) / 6,
      cy - (dy - by) / 6,
      cx,
      cy,
    );
  }
  if (closed) path.closePath();
}

/** The area between two lines that run the same way. @param {Point[]} first @param {Point[]} second */
export function between(first, second) {
  const path = new Path2D();
  through(path, first);
  through(path, [...second].reverse(), false, true);
  path.closePath();
  return path;
}

/**
 * A cubic curve from its four points.
 * @param {Pen | Path2D} path
 * @param {Point[]} points
 * @param {boolean} [go]
 */
export function cubic(path, [a, b, c, d], go = false) {
  if (!go) path.moveTo(...a);
  path.bezierCurveTo(...b, ...c, ...d);
}

/**
 * The point at `share` of a cubic curve.
 * @param {Point[]} points
 * @param {number} share
 * @returns {Point}
 */
export function along([a, b, c, d], share) {
  const rest = 1 - share;
  const parts = [rest ** 3, 3 * rest ** 2 * share, 3 * rest * share ** 2, share ** 3];
  const sum = (/** @type {0 | 1} */ axis) =>
    parts[0] * a[axis] + parts[1] * b[axis] + parts[2] * c[axis] + parts[3] * d[axis];
  return [sum(0), sum(1)];
}

/** A soft spot of light or shade. @param {Pen} pen @param {Point} centre @param {Point} radii
 * @param {string} hex @param {number} alpha @param {number} [turn] radians */
export function glow(pen, centre, radii, hex, alpha, turn = 0) {
  if (alpha <= 0.004) return;
  pen.save();
  pen.translate(...centre);
  pen.rotate(turn);
  pen.scale(...radii);
  const shade = pen.createRadialGradient(0, 0, 0, 0, 0, 1);
  shade.addColorStop(0, tint(hex, alpha));
  shade.addColorStop(0.5, tint(hex, alpha * 0.45));
  shade.addColorStop(1, tint(hex, 0));
  pen.fillStyle = shade;
  pen.fillRect(-1, -1, 2, 2);
  pen.restore();
}

/** A gradient along a line. @param {Pen} pen @param {Point} from @param {Point} to
 * @param {string[]} colours */
export function blend(pen, from, to, colours) {
  const gradient = pen.createLinearGradient(...from, ...to);
  colours.forEach((colour, i) => gradient.addColorStop(i / (colours.length - 1), colour));
  return gradient;
}

/** A line that is thick in its middle and ends in points, as a brush draws it. @param {Pen} pen
 * @param {Point[]} points four, of a cubic curve @param {number} thick @param {string} colour */
export function brush(pen, points, thick, colour) {
  const [a, b, c, d] = points;
  const [dx, dy] = [d[0] - a[0], d[1] - a[1]];
  const length = Math.hypot(dx, dy) || 1;
  const [nx, ny] = [(-dy / length) * thick, (dx / length) * thick];
  pen.beginPath();
  cubic(pen, points);
  cubic(pen, [d, [c[0] + nx, c[1] + ny], [b[0] + nx, b[1] + ny], a], true);
  pen.closePath();
  pen.fillStyle = colour;
  pen.fill();
}
