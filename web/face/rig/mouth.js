/**
 * Weights to geometry: where lips, lids, brows, nose and jaw are. No drawing here.
 *
 * Units: the head is about 430 wide; x grows to the viewer's right, y down, (0, 0) lies on the
 * bridge of the nose. The face's own left is the viewer's right.
 */

/** @typedef {Record<string, number>} Weights Weight by shape name; a missing one counts as 0. */
/** @typedef {[number, number]} Point */

export const MOUTH_Y = 168;
export const EYE = /** @type {Point} */ ([98, -26]);
const MOUTH_HALF_WIDTH = 84;
const JAW_DROP = 112;
const ACROSS = Array.from({ length: 33 }, (_, i) => -Math.cos((i / 32) * Math.PI));
/** From one mouth corner to the other, denser towards the corners. */

/** @param {number} x @param {number} [low] @param {number} [high] */
export const clamp = (x, low = 0, high = 1) => Math.min(high, Math.max(low, x));

/** @param {number} from @param {number} to @param {number} share */
export const lerp = (from, to, share) => from + (to - from) * share;

/** All 52 shapes, each 0 where the weights do not have it. @param {Weights} weights */
function reader(weights) {
  /** @param {string} name */
  const one = (name) => weights[name] ?? 0;
  /** @param {string} name */
  const both = (name) => (one(`${name}Left`) + one(`${name}Right`)) / 2;
  /**
   * A pair's weight at `u`: the face's right at -1, its left at 1.
   * @param {string} name
   * @param {number} u
   */
  const at = (name, u) => {
    const share = clamp(0.5 + 0.75 * u);
    return lerp(one(`${name}Right`), one(`${name}Left`), share * share * (3 - 2 * share));
  };
  return { one, both, at };
}

/** How far the jaw is down, to the side and forward. @param {Weights} weights */
export function jaw(weights) {
  const { one } = reader(weights);
  return {
    down: JAW_DROP * one("jawOpen") - 6 * one("mouthShrugLower"),
    side: 24 * (one("jawLeft") - one("jawRight")),
    forward: one("jawForward"),
  };
}

/**
 * The mouth's four lines from the viewer's left corner to the right one, around (0, 0).
 * @param {Weights} weights
 */
export function mouth(weights) {
  const { one, both, at } = reader(weights);
  const { down, side, forward } = jaw(weights);
  const [pucker, funnel] = [one("mouthPucker"), one("mouthFunnel")];
  const [tongue, puff] = [one("tongueOut"), one("cheekPuff")];
  const round = clamp(pucker + 0.7 * funnel);
  const shut = clamp(one("mouthClose") / Math.max(one("jawOpen"), 0.02)) * clamp(down / 4);
  const beyond = Math.max(0, one("mouthClose") - one("jawOpen")); // lips pressed
  const shift = 26 * (one("mouthLeft") - one("mouthRight"));
  /** @type {Record<"upperOuter" | "upperInner" | "lowerInner" | "lowerOuter", Point[]>} */
  const lines = { upperOuter: [], upperInner: [], lowerInner: [], lowerOuter: [] };

  for (const u of ACROSS) {
    const edge = Math.abs(u);
    const dome = Math.max(0, 1 - edge ** lerp(2.1, 2.8, round)) ** 0.8;
    const bowl = lerp(Math.max(0, 1 - edge ** lerp(2.2, 3, clamp(down / 60))) ** 0.72, dome, shut);
    const [smile, frown] = [at("mouthSmile", u), at("mouthFrown", u)];
    const [stretch, dimple] = [at("mouthStretch", u), at("mouthDimple", u)];
    const press = at("mouthPress", u);
    const width = 0.17 * stretch + 0.17 * smile + 0.1 * dimple + 0.04 * frown;
    const x =
      u *
      MOUTH_HALF_WIDTH *
      (1 + width - 0.44 * pucker - 0.3 * funnel - 0.05 * puff - 0.1 * one("jawOpen"));

    const corner = 0.34 * down * (1 - shut) + 0.5 * down * shut + 5 * stretch - 3 * dimple;
    const bend = (30 * frown - 32 * smile) * edge ** 2 + 5 * smile - 3 * frown;
    const seam = 4 * Math.exp(-((u / 0.3) ** 2)) - 3 * edge ** 2 + bend;
    const rise = 26 * at("mouthUpperUp", u) + 9 * funnel + 4 * tongue + 0.07 * down * (1 - shut);
    const lifted = 7 * one("mouthShrugUpper") + 5 * one("mouthShrugLower");
    const fall = 28 * at("mouthLowerDown", u) + 13 * funnel + 16 * tongue;
    const open = 1 - press * (1 - shut) * 0.85;
    const upper = (-rise * open + 0.5 * down * shut) * dome - lifted * dome;
    const lower = (down * lerp(1, 0.5, shut) + fall * open) * bowl;
    const raised = 8 * one("mouthShrugLower") * dome;
    const yUpper = seam + upper + corner * (1 - dome);
    const yLower = Math.max(yUpper, seam + lower - raised + corner * (1 - bowl));

    const plump = 1 + 0.3 * pucker + 0.22 * funnel - 0.42 * press - 0.3 * beyond;
    const thin = 0.22 * stretch + 0.2 * smile;
    const bow = 1 - 0.24 * Math.exp(-((u / 0.15) ** 2));
    const thickUpper = clamp(plump - thin - 0.8 * one("mouthRollUpper"), 0.12, 2);
    const thickLower = clamp(plump - thin + 0.08 * forward - 0.8 * one("mouthRollLower"), 0.12, 2);
    const heightUpper = 24 * thickUpper * bow * Math.max(0, 1 - edge ** 1.75) ** 0.95;
    const heightLower = 31 * thickLower * Math.max(0, 1 - edge ** 2.3) ** 0.8;
    const xUpper = x + shift;
    const xLower = xUpper + side * 0.8 * dome;
    lines.upperOuter.push([xUpper, yUpper - heightUpper]);
    lines.upperInner.push([xUpper, yUpper]);
    lines.lowerInner.push([xLower, yLower]);
    lines.lowerOuter.push([xLower, yLower + heightLower]);
  }
  const middle = ACROSS.length >> 1;
  const gap = lines.lowerInner[middle][1] - lines.upperInner[middle][1];
  const reach = (lines.upperInner[ACROSS.length - 1][0] - lines.upperInner[0][0]) / 2;
  return { ...lines, gap, reach, shift, side, down, tongue, round, press: both("mouthPress") };
}

/**
 * One eye in its own system: x outwards from the nose, y down, (0, 0) at its middle.
 * Lids are cubic curves from the inner to the outer corner.
 * @param {Weights} weights @param {"Left" | "Right"} side
 */
export function eye(weights, side) {
  const { one } = reader(weights);
  /** @param {string} name */
  const own = (name) => one(`eye${name}${side}`);
  const lift = 0.7 * one(`cheekSquint${side}`);
  const squint = clamp(own("Squint") + lift);
  const vertical = own("LookUp") - own("LookDown");
  const top = -28 * (1 + 0.3 * own("Wide") - 0.22 * squint) - 7 * vertical;
  const bottom = 21 * (1 - 0.62 * squint) - 3 * vertical;
  const shut = clamp(own("Blink"));
  /** @type {Point[]} */
  const lower = [
    [-47, 8],
    [-24, bottom + 3],
    [26, bottom + 5],
    [48, -5],
  ];
  /** @type {Point[]} */
  const opened = [
    [-47, 8],
    [-30, top - 4],
    [18, top - 9],
    [48, -5],
  ];
  const upper = opened.map(
    ([x, y], i) => /** @type {Point} */ ([lerp(x, lower[i][0], shut), lerp(y, lower[i][1], shut)]),
  );
  /** @type {Point} */
  const iris = [16 * (own("LookOut") - own("LookIn")), -12 * vertical - 1];
  return { lower, opened, upper, iris, shut, squint, wide: own("Wide") };
}

/**
 * A brow's middle line in its eye's system, from the nose outwards, with half thickness.
 * @param {Weights} weights @param {"Left" | "Right"} side @returns {[number, number, number][]}
 */
export function brow(weights, side) {
  const { one } = reader(weights);
  const [down, inner, outer] = [
    one(`browDown${side}`),
    one("browInnerUp"),
    one(`browOuterUp${side}`),
  ];
  const wide = 5 * one(`eyeWide${side}`);
  return Array.from({ length: 9 }, (_, i) => {
    const t = i / 8;
    const arch = 19 * Math.sin(Math.PI * (0.08 + 0.82 * t)) - 4 * t;
    const rise = 27 * inner * (1 - t) ** 1.4 + 25 * outer * t ** 0.8 * (1.15 - 0.3 * t);
    const drop = 17 * down * (1 - 0.55 * t);
    const x = -50 + 108 * t - 9 * down * (1 - t);
    return [
      x,
      -54 - arch - rise - wide + drop,
      lerp(7.4, 1.6, t ** 1.4) * (1 - 0.75 * (1 - t) ** 5),
    ];
  });
}

/**
 * The outline of the face, closed, clockwise from the forehead.
 * @param {Weights} weights @returns {Point[]}
 */
export function outline(weights) {
  const { one } = reader(weights);
  const { down, side, forward } = jaw(weights);
  /**
   * x, y, share of the jaw's way, share of the puffed cheeks.
   * @type {[number, number, number, number][]}
   */
  const half = [
    [0, -306, 0, 0],
    [112, -290, 0, 0],
    [187, -214, 0, 0],
    [214, -100, 0, 0],
    [213, 10, 0.02, 0.2],
    [203, 96, 0.1, 0.8],
    [181, 174, 0.34, 1],
    [139, 244, 0.68, 0.45],
    [76, 293, 0.94, 0.1],
    [0, 308, 1, 0],
  ];
  const low = 0.6 * down + 5 * forward;
  /** @param {number} sign @returns {(row: number[]) => Point} */
  const place =
    (sign) =>
    ([x, y, share, puff]) => [
      sign * (x + 22 * puff * one("cheekPuff") - 0.06 * down * share * (1 - share) * 4) +
        0.7 * side * share,
      y + low * share,
    ];
  return [...half.map(place(1)), ...half.slice(1, -1).reverse().map(place(-1))];
}

/** What else shows: folds, cheeks, nose. Per side, the face's own. @param {Weights} weights */
export function surface(weights) {
  const { one } = reader(weights);
  /** @param {"Left" | "Right"} side */
  const of = (side) => {
    const smile = one(`mouthSmile${side}`);
    const sneer = one(`noseSneer${side}`);
    const squint = one(`cheekSquint${side}`);
    return {
      sneer,
      cheek: clamp(0.7 * smile + squint),
      crease: clamp(squint + 0.5 * one(`eyeSquint${side}`) + 0.3 * smile),
      fold:
        clamp(
          0.75 * smile +
            0.7 * sneer +
            0.2 * one(`mouthUpperUp${side}`) +
            0.1 * one(`mouthStretch${side}`) +
            0.2 * one(`mouthDimple${side}`),
        ) ** 1.3,
      dimple: clamp(one(`mouthDimple${side}`) + 0.25 * smile),
      frown: clamp(one(`mouthFrown${side}`)),
      glare: one(`browDown${side}`),
    };
  };
  return {
    Left: of("Left"),
    Right: of("Right"),
    puff: one("cheekPuff"),
    forehead: clamp(one("browInnerUp") + 0.5 * (one("browOuterUpLeft") + one("browOuterUpRight"))),
    chin: clamp(one("mouthShrugLower") + 0.4 * one("mouthPressLeft") * one("mouthPressRight")),
  };
}
