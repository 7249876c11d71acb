/** What every entry of the package has beside its own `load`. */

export * from "./errors.js";
export { Controls, Live, MOODS, Upstream } from "./post/index.js";
export { rowsOf } from "./rows.js";
export { ARKIT, HEAD } from "./shapes.js";
