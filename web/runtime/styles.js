/**
 * Styles: how a caller names one, and what the graph is given.
 *
 * @module styles
 */

import { OptionError } from "./errors.js";

/** @typedef {import("./spec.js").Spec} Spec */
/**
 * @typedef {number | string | ArrayLike<number> | Record<string | number, number>} Style A style's
 *   index or name, or a blend that sums to 1: one share per style, or {style: share}.
 */

const SUM_TOLERANCE = 1e-3;

/** Shares of the model's styles, [styles]; null is its default style. Throws {@link OptionError} for
 * a style that does not exist. @param {Style | null | undefined} style
 * @param {Spec} spec @returns {Float32Array} */
export function sharesOf(style, { styles, defaultStyle }) {
  const asked = style ?? defaultStyle;
  if (typeof asked === "number" || typeof asked === "string") return blend([[asked, 1]], styles);
  const shares = isList(asked) ? Float32Array.from(asked) : blend(Object.entries(asked), styles);
  const sum = shares.reduce((total, share) => total + share, 0);
  const sums = Math.abs(sum - 1) <= SUM_TOLERANCE && shares.every((share) => share >= 0);
  if (shares.length === styles.length && sums) return shares;
  throw new OptionError(
    `a style is an index, a name, or a blend: ${styles.length} shares from 0 up that sum to 1, or ` +
      `{style: share}; got ${JSON.stringify(isList(asked) ? Array.from(asked) : asked)}`,
  );
}

/** @param {object} style @returns {style is ArrayLike<number>} */
const isList = (style) => Array.isArray(style) || ArrayBuffer.isView(style);

/** @param {[string | number, number][]} parts @param {string[]} names */
function blend(parts, names) {
  const shares = new Float32Array(names.length);
  for (const [style, share] of parts) {
    shares[indexOf(style, names)] += typeof share === "number" ? share : Number.NaN;
  }
  return shares;
}

/** @param {string | number} style @param {string[]} names */
function indexOf(style, names) {
  const named = names.indexOf(String(style));
  if (typeof style === "string" && named >= 0) return named;
  const index = typeof style === "string" && !/^\d+$/.test(style) ? Number.NaN : Number(style);
  if (Number.isNaN(index)) {
    throw new OptionError(`style must be one of ${names.join(", ")}; got '${style}'`);
  }
  if (!Number.isInteger(index) || index < 0 || index >= names.length) {
    throw new OptionError(`style must be 0 to ${names.length - 1}; got ${style}`);
  }
  return index;
}
