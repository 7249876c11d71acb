/** A path as numbers. */

const [MOVE, LINE, QUADRATIC, CUBIC, CLOSE] = [0, 1, 2, 3, 4];
const TURN = 2 * Math.PI;

/** What the face uses of `Path2D`. */
export class Path {
  /** Segments with their points. @type {number[]} */
  numbers = [];

  /** @param {number} x @param {number} y */
  moveTo(x, y) {
    this.numbers.push(MOVE, x, y);
  }

  /** @param {number} x @param {number} y */
  lineTo(x, y) {
    this.numbers.push(LINE, x, y);
  }

  /** @param {number} ax @param {number} ay @param {number} x @param {number} y */
  quadraticCurveTo(ax, ay, x, y) {
    this.numbers.push(QUADRATIC, ax, ay, x, y);
  }

  /** @param {number} ax @param {number} ay @param {number} bx @param {number} by
   * @param {number} x @param {number} y */
  bezierCurveTo(ax, ay, bx, by, x, y) {
    this.numbers.push(CUBIC, ax, ay, bx, by, x, y);
  }

  closePath() {
    this.numbers.push(CLOSE);
  }

  /** @param {number} x @param {number} y @param {number} radius @param {number} from
   * @param {number} to radians */
  arc(x, y, radius, from, to) {
    this.ellipse(x, y, radius, radius, 0, from, to);
  }

  /**
   * A part of an ellipse in quarters, each a cubic curve: less than 0.03 % of the radius beside it.
   * @param {number} x @param {number} y @param {number} rx @param {number} ry
   * @param {number} turn radians @param {number} from @param {number} to not before `from`
   */
  ellipse(x, y, rx, ry, turn, from, to) {
    const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
    /** @param {number} u @param {number} v */
    const place = (u, v) => [x + rx * u * cos - ry * v * sin, y + rx * u * sin + ry * v * cos];
    const count = Math.max(1, Math.ceil((Math.min(to - from, TURN) / TURN) * 4 - 1e-9));
    const step = Math.min(to - from, TURN) / count;
    const reach = (4 / 3) * Math.tan(step / 4);
    const start = place(Math.cos(from), Math.sin(from));
    this.numbers.push(this.numbers.length ? LINE : MOVE, ...start);
    for (let i = 0; i < count; i += 1) {
      const [a, b] = [from + i * step, from + (i + 1) * step];
      this.numbers.push(
        CUBIC,
        ...place(Math.cos(a) - reach * Math.sin(a), Math.sin(a) + reach * Math.cos(a)),
        ...place(Math.cos(b) + reach * Math.sin(b), Math.sin(b) - reach * Math.cos(b)),
        ...place(Math.cos(b), Math.sin(b)),
      );
    }
  }
}
