/** Curves of some shapes that scroll with the voice; the voice itself runs above them. */

const LANES = [
  ["Jaw", ["jawOpen"]],
  [
    "Lips open",
    ["mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight"],
  ],
  ["Funnel", ["mouthFunnel"]],
  ["Pucker", ["mouthPucker"]],
  ["Stretch", ["mouthStretchLeft", "mouthStretchRight"]],
  ["Smile", ["mouthSmileLeft", "mouthSmileRight"]],
  ["Press", ["mouthPressLeft", "mouthPressRight"]],
  ["Blink", ["eyeBlinkLeft", "eyeBlinkRight"]],
];
const SECONDS_PER_PIXEL = 1 / 150;
const PLAYHEAD = 0.74; // of the width: what was heard lies left of it, what is known ahead right
const LABEL = 76;
const SMALLEST_TOP = 0.25; // lanes are not scaled up beyond this weight
const TOP_PACE = 0.06; // of the way to a lane's new scale, a drawing

/**
 * @typedef {object} Track
 * @property {number} time s, at the playhead
 * @property {ArrayLike<number>[]} rows weights 0..1, frame by frame
 * @property {number[]} volumes loudness (RMS), frame by frame
 * @property {number} fps
 */

/**
 * @typedef {{label: string, columns: number[], top: number}} Lane `top`: weight at its upper edge
 */

/** Curves of eight groups of shapes, and of the voice's loudness. */
export class Curves {
  #pen;
  /** @type {Lane[]} */
  #lanes = [];
  #width = 0;
  #height = 0;
  /** @type {Record<string, string>} */
  #colours = {};

  /** @param {HTMLCanvasElement} canvas @param {string[]} names
   * @param {(column: number) => number} [gain] factor of a column of the rows */
  constructor(canvas, names, gain = () => 1) {
    this.canvas = canvas;
    this.#pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    /** @type {string[]} */
    this.shapeNames = [];
    this.names = names;
    this.gain = gain;
    this.resize();
  }

  /** The weights' names, in their order. @param {string[]} names */
  set names(names) {
    this.shapeNames = names;
    this.#lanes = LANES.map(([label, shapes]) => ({
      label: String(label),
      columns: /** @type {string[]} */ (shapes)
        .map((shape) => names.indexOf(shape))
        .filter((i) => i >= 0),
      top: SMALLEST_TOP,
    }));
  }

  /** Fits to the canvas's size on the page and takes its colours from the style sheet. */
  resize() {
    const density = Math.min(devicePixelRatio || 1, 2);
    this.#width = this.canvas.clientWidth;
    this.#height = this.canvas.clientHeight;
    Object.assign(this.canvas, { width: this.#width * density, height: this.#height * density });
    this.#pen.setTransform(density, 0, 0, density, 0, 0);
    const style = getComputedStyle(this.canvas);
    for (const name of ["ink", "faint", "voice", "first", "middle", "last", "font"]) {
      this.#colours[name] = style.getPropertyValue(`--curve-${name}`).trim();
    }
  }

  /** Draws what lies about the track's time. @param {Track} track */
  draw(track) {
    const pen = this.#pen;
    pen.clearRect(0, 0, this.#width, this.#height);
    const high = this.#height / (this.#lanes.length + 1.25);
    const head = LABEL + (this.#width - LABEL) * PLAYHEAD;
    pen.font = this.#colours.font;
    pen.textBaseline = "middle";
    this.#ruler(track.time, head);
    this.#voice(track, head, high * 1.25);
    this.#lanes.forEach((lane, i) => this.#lane(lane, track, head, (i + 2.25) * high, high, i));
    pen.fillStyle = this.#colours.ink;
    pen.globalAlpha = 0.75;
    pen.fillRect(Math.round(head), 0, 1, this.#height);
    pen.globalAlpha = 1;
  }

  /**
   * Frames that can be seen.
   * @param {number} time
   * @param {number} head
   * @param {number} count
   * @param {number} fps
   */
  #range(time, head, count, fps) {
    const first = Math.floor((time - (head - LABEL) * SECONDS_PER_PIXEL) * fps);
    const last = Math.ceil((time + (this.#width - head) * SECONDS_PER_PIXEL) * fps);
    return [Math.max(0, first), Math.min(count - 1, last)];
  }

  /** A line a second. @param {number} time @param {number} head */
  #ruler(time, head) {
    const pen = this.#pen;
    pen.fillStyle = this.#colours.faint;
    const first = Math.max(0, Math.ceil(time - (head - LABEL) * SECONDS_PER_PIXEL));
    for (let second = first; ; second += 1) {
      const x = head + (second - time) / SECONDS_PER_PIXEL;
      if (x > this.#width) break;
      pen.fillRect(Math.round(x), 0, 1, this.#height);
    }
  }

  /** @param {Track} track @param {number} head @param {number} high */
  #voice({ time, volumes, fps }, head, high) {
    const pen = this.#pen;
    const [first, last] = this.#range(time, head, volumes.length, fps);
    this.#label("Voice", high / 2);
    pen.fillStyle = this.#colours.voice;
    const bar = 1 / fps / SECONDS_PER_PIXEL;
    for (let k = first; k <= last; k += 1) {
      const x = head + (k / fps - time) / SECONDS_PER_PIXEL;
      if (x < LABEL) continue;
      const size = Math.max(1, Math.min(1, Math.sqrt(volumes[k]) * 1.5) * (high - 6));
      pen.globalAlpha = x < head ? 1 : 0.4;
      pen.fillRect(x, (high - size) / 2, Math.max(1, bar - 1.5), size);
    }
    pen.globalAlpha = 1;
  }

  /** @param {Lane} lane @param {Track} track
   * @param {number} head @param {number} floor @param {number} high @param {number} number */
  #lane(lane, { time, rows, fps }, head, floor, high, number) {
    const pen = this.#pen;
    const share = number / (this.#lanes.length - 1);
    const colour = this.#colour(share);
    pen.fillStyle = this.#colours.faint;
    pen.fillRect(LABEL, Math.round(floor) - 1, this.#width - LABEL, 1);
    this.#label(lane.label, floor - high / 2);
    const [first, last] = this.#range(time, head, rows.length, fps);
    if (last <= first) return;
    const values = Array.from({ length: last - first + 1 }, (_, i) =>
      this.#value(rows[first + i], lane),
    );
    lane.top += (Math.max(SMALLEST_TOP, ...values) - lane.top) * TOP_PACE;
    const line = new Path2D();
    for (let k = first; k <= last; k += 1) {
      const x = head + (k / fps - time) / SECONDS_PER_PIXEL;
      const y = floor - 1 - Math.min(1, values[k - first] / lane.top) * (high - 7);
      if (k === first) line.moveTo(x, y);
      else line.lineTo(x, y);
    }
    const area = new Path2D(line);
    area.lineTo(head + (last / fps - time) / SECONDS_PER_PIXEL, floor - 1);
    area.lineTo(head + (first / fps - time) / SECONDS_PER_PIXEL, floor - 1);
    area.closePath();
    for (const [from, to, strength] of [
      [LABEL, head, 1],
      [head, this.#width, 0.38],
    ]) {
      pen.save();
      pen.beginPath();
      pen.rect(from, floor - high, to - from, high + 1);
      pen.clip();
      pen.fillStyle = pen.strokeStyle = colour;
      pen.globalAlpha = 0.2 * strength;
      pen.fill(area);
      pen.globalAlpha = strength;
      pen.lineWidth = 1.75;
      pen.lineJoin = "round";
      pen.stroke(line);
      pen.restore();
    }
  }

  /** From the first lane's colour over the middle one to the last. @param {number} share */
  #colour(share) {
    const { first, middle, last } = this.#colours;
    return share < 0.5 ? mix(first, middle, share * 2) : mix(middle, last, share * 2 - 1);
  }

  /** @param {ArrayLike<number> | undefined} row @param {Lane} lane */
  #value(row, { columns }) {
    if (!row || columns.length === 0) return 0;
    const sum = columns.reduce(
      (total, column) => total + Math.min(1, row[column] * this.gain(column)),
      0,
    );
    return sum / columns.length;
  }

  /** @param {string} text @param {number} y */
  #label(text, y) {
    this.#pen.fillStyle = this.#colours.ink;
    this.#pen.globalAlpha = 0.72;
    this.#pen.fillText(text, 0, y);
    this.#pen.globalAlpha = 1;
  }
}

/**
 * A colour between two.
 * @param {string} first #rrggbb
 * @param {string} last
 * @param {number} share of `last`
 */
function mix(first, last, share) {
  const [from, to] = [first, last].map((hex) =>
    [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)),
  );
  return `rgb(${from.map((value, i) => Math.round(value + (to[i] - value) * share)).join(" ")})`;
}
