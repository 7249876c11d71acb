/** The face's paints, as #rrggbb; lists are gradients' stops. */

/** Face and neck. */
export const SKIN = {
  base: "#eebd9d",
  light: "#fde3cc",
  warm: "#e39a80",
  shade: "#c9826a",
  deep: "#8f4c40",
  line: "#a4604e",
  blush: "#e5796d",
};
/** Lips, and the line between them. */
export const LIPS = {
  upper: ["#bd6262", "#a94d55"],
  lower: ["#d47d7b", "#c0636a"],
  seam: "#5e1f2a",
  light: "#ffd9d2",
};
/** Inside of the mouth. */
export const MOUTH = {
  depth: ["#3a0d16", "#57161f"],
  teeth: ["#e9e0d6", "#fffaf3"],
  tongue: ["#cb626c", "#a04250"],
};
/** Eyes and lashes. */
export const EYES = {
  white: ["#e9e4e4", "#fdfbf8"],
  iris: ["#274a4a", "#4f8a82", "#9cc4a8"],
  pupil: "#12100f",
  lash: "#2a1a18",
};
/** Hair and brows. */
export const HAIR = {
  deep: "#2b1a1b",
  base: "#4a2d28",
  light: "#8a5a42",
  glint: "#c48c63",
  brow: "#4a2f29",
};
/** The pullover. */
export const CLOTHES = { base: "#2f6f73", shade: "#1f4f55", light: "#4f9590" };
