/** Frames as files, equal to those that the Python package writes. */

import { HEAD } from "./gains.js";

/** @typedef {ArrayLike<number>[]} Rows Frames [n, names]: weights 0..1, the head's angles. */

const DECIMALS = 1e6;
const TICKS = 60_000; // parts of a second in a timecode: frames at 60 a second, three decimals
const ROTATION = ["headPitch", "headYaw", "headRoll"]; // about x, y, z
/** TalkingHead's own names of the head's angles. @type {Record<string, string>} */
const TALKING_HEAD = {
  headPitch: "headRotateX",
  headYaw: "headRotateY",
  headRoll: "headRotateZ",
};
const SIDED = (/** @type {string} */ name) => [`${name}Left`, `${name}Right`];
const EYE = ["Blink", "LookDown", "LookIn", "LookOut", "LookUp", "Squint", "Wide"];
const ROTATED = ["Head", "LeftEye", "RightEye"];
/** Columns of shapes and rotations, 61, in the app's order: right before left where it is so.
 * @type {string[]} */
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

/** LAM's bsData.json; `rotation` is the head's about x, y and z, in radians. @param {Rows} rows @param {string[]} names [shapes]
 * @param {number} fps frames a second @returns {string} JSON */
export function bsData(rows, names, fps) {
  const shapes = names.filter((name) => !HEAD.includes(name));
  const [weights, rotation] = [shapes, ROTATION].map((chosen) =>
    chosen.map((name) => names.indexOf(name)).filter((column) => column >= 0),
  );
  const frames = rows.map((row, k) => ({
    weights: weights.map((column) => rounded(row[column])),
    time: rounded(k / fps),
    rotation: rotation.map((column) => rounded(row[column])),
  }));
  const metadata = { fps, frame_count: rows.length, blendshape_names: shapes };
  return `${JSON.stringify({ names: shapes, metadata, frames })}\n`;
}

/** Live Link Face's CSV, 63 columns. @param {Rows} rows @param {string[]} names [shapes]
 * @param {number} fps frames a second @returns {string} */
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

/** NVIDIA Audio2Face's exported animation. @param {Rows} rows @param {string[]} names [shapes]
 * @param {number} fps frames a second @param {string} audio name of its file @returns {string} JSON */
export function audio2Face(rows, names, fps, audio) {
  const facsNames = names.filter((name) => !HEAD.includes(name));
  const columns = facsNames.map((name) => names.indexOf(name));
  const unmoved = rows.map(() => []);
  const animation = {
    exportFps: fps,
    trackPath: audio,
    numPoses: facsNames.length,
    facsNames,
    weightMat: rows.map((row) => columns.map((column) => rounded(row[column]))),
    numFrames: rows.length,
    joints: [],
    rotations: unmoved,
    translations: unmoved,
  };
  return `${JSON.stringify(animation)}\n`;
}

/** A TalkingHead animation: one list for each shape. @param {Rows} rows @param {string[]} names [shapes]
 * @param {number} fps frames a second @param {string} audio name of its file @returns {string} JSON */
export function talkingHead(rows, names, fps, audio) {
  const lists = names.map((name, column) => [
    TALKING_HEAD[name] ?? name,
    rows.map((row) => rounded(row[column])),
  ]);
  const dt = Math.round(DECIMALS / fps) / 1000; // ms
  const animation = { name: audio, dt: rows.map(() => dt), vs: Object.fromEntries(lists) };
  return `${JSON.stringify(animation)}\n`;
}

/** A line of facts, then a line for each frame. @param {Rows} rows @param {string[]} names [shapes]
 * @param {number} fps frames a second @returns {string} */
export function ndjson(rows, names, fps) {
  const lines = rows.map((row, index) => ({
    index,
    time: rounded(index / fps),
    weights: Array.from(row, rounded),
  }));
  return [{ names, fps }, ...lines].map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** To six decimals, halves to the even one; throws a RangeError for what no file can hold.
 * @param {number} value */
function rounded(value) {
  if (!Number.isFinite(value)) throw new RangeError(`weights must be finite; got ${value}`);
  const scaled = value * DECIMALS;
  const near = Math.round(scaled);
  const half = near - scaled === 0.5 && near % 2 !== 0;
  return (half ? near - 1 : near) / DECIMALS;
}

/** HH:MM:SS:FF.fff of a frame's start: FF.fff is 60 times the time within the second, whatever the
 * rate of the recording, as in the app's own files. @param {number} frame @param {number} fps */
function timecode(frame, fps) {
  const time = Math.floor((frame * TICKS) / fps + 0.5);
  const seconds = Math.floor(time / TICKS);
  const ticks = time % TICKS;
  const parts = [
    Math.floor(seconds / 3600),
    Math.floor(seconds / 60) % 60,
    seconds % 60,
    Math.floor(ticks / 1000),
  ];
  const clock = parts.map((part) => String(part).padStart(2, "0")).join(":");
  return `${clock}.${String(ticks % 1000).padStart(3, "0")}`;
}
