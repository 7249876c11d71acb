/** Where the eyes look, as an angle. */

/** Degrees of a turn that weighs 1; that of the package's own gaze (`runtime/a2e/post/gaze.py`). */
const FULL = 30;

/** The shapes that turn the eyes: to the face's own left, up. */
const [LEFT, RIGHT, UP, DOWN] = [
  ["eyeLookOutLeft", "eyeLookInRight"],
  ["eyeLookInLeft", "eyeLookOutRight"],
  ["eyeLookUpLeft", "eyeLookUpRight"],
  ["eyeLookDownLeft", "eyeLookDownRight"],
];

/** How to read both eyes' direction. @param {readonly string[]} names the weights' names
 * @returns {((weights: ArrayLike<number>) => {yaw: number, pitch: number}) | null} degrees, to the
 * face's own left and up; null where the weights tell none */
export function gazeReader(names) {
  const places = [LEFT, RIGHT, UP, DOWN].map((pair) => pair.map((name) => names.indexOf(name)));
  if (places.flat().includes(-1)) return null;
  return (weights) => {
    const [left, right, up, down] = places.map(([a, b]) => (weights[a] + weights[b]) / 2);
    return { yaw: FULL * (left - right), pitch: FULL * (up - down) };
  };
}
