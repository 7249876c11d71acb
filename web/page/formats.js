/** Frames as files: LAM's bsData.json, and Live Link Face's CSV. */

/** @typedef {ArrayLike<number>[]} Rows Frames, each with a weight 0..1 for each name. */

const DECIMALS = 1e6;
const SIDED = (/** @type {string} */ name) => [`${name}Left`, `${name}Right`];
const EYE = ["Blink", "LookDown", "LookIn", "LookOut", "LookUp", "Squint", "Wide"];
const ROTATED = ["Head", "LeftEye", "RightEye"];
/** The app's own order: right before left where it has it so. */
export const LIVE_LINK_COLUMNS = [
  ...["Left", "Right"].flatMap((side) => EYE.map((part) => `Eye${part}${side}`)),
  ...["JawForward", "JawRight", "JawLeft", "JawOpen"],
  ...["MouthClose", "MouthFunnel", "MouthPucker", "MouthRight", "MouthLeft"],
  ...["MouthSmile", "MouthFrown", "MouthDimple", "MouthStretch"].flatMap(SIDED),
  ...["MouthRollLower", "MouthRollUpper", "MouthShrugLower", "MouthShrugUpper"],
  ...["MouthPress", "MouthLowerDown", "MouthUpperUp"].flatMap(SIDED),
  ...["BrowDownLeft", "BrowDownRight", "BrowInnerUp", "BrowOuterUpLeft", "BrowOuterUpRight"],
  ...["CheekPuff", "CheekSquintLeft", "CheekSquintRight"],
  ...["NoseSneerLeft", "NoseSneerRight", "TongueOut"],
  ...ROTATED.flatMap((part) => [`${part}Yaw`, `${part}Pitch`, `${part}Roll`]),
];

/** LAM's bsData.json. @param {Rows} rows @param {string[]} names @param {number} fps */
export function bsData(rows, names, fps) {
  const frames = rows.map((row, k) => ({
    weights: Array.from(row, rounded),
    time: rounded(k / fps),
    rotation: [],
  }));
  const metadata = { fps, frame_count: rows.length, blendshape_names: names };
  return `${JSON.stringify({ names, metadata, frames })}\n`;
}

/** Live Link Face's CSV. @param {Rows} rows @param {string[]} names @param {number} fps */
export function liveLinkCsv(rows, names, fps) {
  const lowered = names.map((name) => name.toLowerCase());
  const source = LIVE_LINK_COLUMNS.map((column) => lowered.indexOf(column.toLowerCase()));
  const lines = rows.map((row, k) =>
    [
      timecode(k, fps),
      LIVE_LINK_COLUMNS.length,
      ...source.map((i) => (i < 0 ? 0 : rounded(row[i])).toFixed(10)),
    ].join(","),
  );
  const head = ["Timecode", "BlendshapeCount", ...LIVE_LINK_COLUMNS].join(",");
  return `${[head, ...lines].join("\n")}\n`;
}

/** To six decimals. @param {number} value */
function rounded(value) {
  return Math.round(value * DECIMALS) / DECIMALS;
}

/** HH:MM:SS:FF.mmm of a whole frame. @param {number} frame @param {number} fps */
function timecode(frame, fps) {
  const seconds = Math.floor(frame / fps);
  const parts = [
    Math.floor(seconds / 3600),
    Math.floor(seconds / 60) % 60,
    seconds % 60,
    frame % fps,
  ];
  return `${parts.map((part) => String(part).padStart(2, "0")).join(":")}.000`;
}
