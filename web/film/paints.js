/** A pen's paints as numbers. */

/** @type {Map<string, number>} */
const known = new Map();

/** A colour as 0xAARRGGBB. @param {string} text #rrggbb, rgb() or rgba() */
export function parseColour(text) {
  let colour = known.get(text);
  if (colour === undefined) {
    colour = parse(text);
    if (known.size > 4096) known.clear(); // opacities that go with weights are many
    known.set(text, colour);
  }
  return colour;
}

/** @param {string} text @returns {number} */
function parse(text) {
  const hex = /^#([\da-f]{6})$/i.exec(text);
  if (hex) return 0xff000000 + parseInt(hex[1], 16);
  const parts = /^rgba?\(([^)]*)\)$/.exec(text)?.[1].split(",").map(Number) ?? [];
  const [red, green, blue, alpha = 1] = parts;
  if (parts.length < 3 || parts.length > 4 || parts.some(Number.isNaN))
    throw new Error(`no colour: ${text}`);
  return Math.round(alpha * 255) * 2 ** 24 + red * 2 ** 16 + green * 2 ** 8 + blue;
}

/** A linear or radial gradient. */
export class Gradient {
  /** The paint's numbers. @type {number[]} */
  numbers;

  /** @param {number} kind 1 linear, 2 radial @param {number[]} places */
  constructor(kind, ...places) {
    this.numbers = [kind, ...places];
  }

  /** @param {number} offset 0..1, not below the one before @param {string} colour */
  addColorStop(offset, colour) {
    this.numbers.push(offset, parseColour(colour));
  }
}

/** A paint's numbers. @param {string | Gradient} style */
export function paintNumbers(style) {
  return typeof style === "string" ? [0, parseColour(style)] : style.numbers;
}
