/**
 * A canvas's drawing as a list of numbers, for whoever draws it elsewhere.
 *
 * Every command is its number in `COMMANDS`, how many arguments follow, and these. What is needed of
 * a pen's state stands in each command, so that only clips, which `save` and `restore` keep, must be
 * remembered.
 */

/**
 * | command | arguments |
 * |---|---|
 * | `size` | canvas, width, height: a fresh canvas, clear |
 * | `canvas` | canvas: on which the following is drawn |
 * | `save`, `restore` | |
 * | `matrix` | a, b, c, d, e, f of the canvas's transformation |
 * | `path` | segments (see `SEGMENTS`), which the next `clip`, `fill`, `shadow` and `stroke` use |
 * | `clip` | |
 * | `fill` | opacity, paint |
 * | `shadow` | dx, dy, blur in pixels, colour, opacity, paint: a fill and its shadow |
 * | `stroke` | width, cap (0 butt, 1 round), opacity, paint |
 * | `rectangle` | x, y, width, height, opacity, paint |
 * | `clear` | x, y, width, height |
 * | `image` | canvas, x, y, opacity |
 *
 * A paint is 0, colour; or 1, x0, y0, x1, y1, stops; or 2, x0, y0, r0, x1, y1, r1, stops. A stop is an
 * offset and a colour; colours are 0xAARRGGBB.
 */
export const COMMANDS = [
  "size",
  "canvas",
  "save",
  "restore",
  "matrix",
  "path",
  "clip",
  "fill",
  "shadow",
  "stroke",
  "rectangle",
  "clear",
  "image",
];
/** A path's segments by their numbers, each with its points: 1, 1, 2, 3 and none, as x, y. */
export const SEGMENTS = ["move", "line", "quadratic", "cubic", "close"];

/** Takes commands. */
export class Tape {
  /** @type {number[]} */
  numbers = [];
  /** What draws now: another canvas says so first. @type {object | null} */
  canvas = null;
  /** The path that was written last, as it was then. @type {number[] | null} */
  path = null;
  #pathLength = 0;

  /** @param {string} command one of `COMMANDS` @param {number[]} args */
  write(command, ...args) {
    this.numbers.push(COMMANDS.indexOf(command), args.length, ...args);
  }

  /** Writes a path, unless it is the one written last. @param {number[]} path */
  writePath(path) {
    if (path === this.path && path.length === this.#pathLength) return;
    [this.path, this.#pathLength] = [path, path.length];
    const { numbers } = this;
    numbers.push(COMMANDS.indexOf("path"), path.length);
    for (const number of path) numbers.push(number);
  }

  /** Takes all that was written. @returns {number[]} */
  cut() {
    const { numbers } = this;
    this.numbers = [];
    this.canvas = this.path = null;
    return numbers;
  }
}
