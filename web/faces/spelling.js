/**
 * Shapes' names, however a rig spells them.
 *
 * `jawOpen`, `JawOpen`, `jaw_open`, `blendShape1.jawOpen`, `Wolf3D_Head.jawOpen`, `ARKit_jawOpen`;
 * `mouthSmileLeft`, `mouthSmile_L`, `MouthSmileL`, `L_mouthSmile`. A shape that is one in ARKit and
 * two in a rig (`browInnerUp_L`, `browInnerUp_R`) is both of them.
 */

/** @type {Record<string, string>} */
const SIDES = { l: "left", r: "right", left: "left", right: "right" };

/** The words of a name, in lower case, without a number that ends it.
 * @param {string} name @returns {string[]} */
function words(name) {
  const parts = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1 $2")
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean)
    .map((part) => part.toLowerCase());
  while (parts.length > 1 && /^\d+$/.test(/** @type {string} */ (parts.at(-1)))) parts.pop();
  return parts;
}

/** What names may stand for, the likeliest first: each a name in lower case with its side spelled
 * out, and the words before it that belong to the rig.
 * @param {string} name @returns {{key: string, rest: number}[]} */
function readings(name) {
  const parts = words(name);
  return parts.flatMap((_, rest) => {
    const own = parts.slice(rest);
    const [first, last] = [own[0], /** @type {string} */ (own.at(-1))];
    const inner = own.slice(0, -1);
    const found = [own.join("")];
    if (own.length > 1 && last in SIDES) found.push([...inner, SIDES[last]].join(""));
    if (own.length > 1 && first in SIDES) found.push([...own.slice(1), SIDES[first]].join(""));
    if (own.length > 1 && last in SIDES) found.push(inner.join(""));
    return found.map((key) => ({ key, rest }));
  });
}

/**
 * Which of a rig's names stand for each of ours. Of several in one rig the plainest spelling
 * counts: where there is a `jawOpen`, `teeth_jawOpen` is another matter.
 *
 * @param {readonly string[]} targets the rig's names
 * @param {readonly string[]} names ours, ARKit's
 * @returns {number[][]} for each of `names` the places in `targets`; none: []
 */
export function matchShapes(targets, names) {
  const places = new Map(names.map((name, i) => [words(name).join(""), i]));
  /** @type {{target: number, rest: number}[][]} */
  const found = names.map(() => []);
  targets.forEach((name, target) => {
    const reading = readings(name).find(({ key }) => places.has(key));
    if (reading) found[places.get(reading.key) ?? 0].push({ target, rest: reading.rest });
  });
  return found.map((all) => {
    const plainest = Math.min(...all.map(({ rest }) => rest));
    return all.filter(({ rest }) => rest === plainest).map(({ target }) => target);
  });
}
