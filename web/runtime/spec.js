/**
 * What a model file says about itself: the facts in its `metadata_props`.
 *
 * Counterpart of runtime/a2e/spec.py: each field is stored under `a2e.<field>` as JSON, beside
 * `a2e.schema`, and nothing about a model is known from elsewhere. Messages call the fields as the
 * file does.
 *
 * @module spec
 */

import { ModelError, OptionError } from "./errors.js";
import { PREFIX, STRUCTURE_CRC, WEIGHTS_CRC } from "./model-file.js";

/** The newest version of the metadata and of the graph's contract that is read. */
export const SCHEMA = 2;
/** Schema 1 has no checksums. */
export const FIRST_SCHEMA = 1;
const GRID = 3; // frames in 100 ms
const SAMPLE_RATES = [8_000, 192_000]; // Hz
const FRAME_RATES = [1, 240];
const MAX_WINDOW = 60; // seconds that a network may see at once
const MAX_NAMES = 1024; // styles, or shapes, of a model
const SHOWN = 60; // characters of a wrong value that a message repeats
const WORD = /^[A-Za-z0-9_.+-]{1,32}$/;
const SHA256 = /^[0-9a-f]{64}$/;

/**
 * @typedef {object} Spec The facts of one model file.
 * @property {string} kind how context is carried (`recompute`, `hybrid`, `cached`)
 * @property {number} sampleRate rate of the graph's audio, Hz
 * @property {number} fps frames a second
 * @property {number} hop frames that one graph call computes
 * @property {number} lookahead frames held back so that each has that much audio to its right
 * @property {number} window frames that the network sees at once
 * @property {string[]} styles names, in the order of the `style` input
 * @property {number} defaultStyle index of the style used where none is asked for
 * @property {string[]} shapes names, in the order of the weights
 * @property {string} precision how the weights are stored and computed (`float32`, …)
 * @property {string} sourceSha256 SHA-256 of the checkpoint it was converted from
 * @property {Record<string, string>} tools versions of what made the file
 */

/** A spec's fields, and what the metadata calls them. */
const FIELDS = /** @type {const} */ ({
  kind: "kind",
  sampleRate: "sample_rate",
  fps: "fps",
  hop: "hop",
  lookahead: "lookahead",
  window: "window",
  styles: "styles",
  defaultStyle: "default_style",
  shapes: "shapes",
  precision: "precision",
  sourceSha256: "source_sha256",
  tools: "tools",
});

/** Samples in the first `frames` frames, rounded down (exact for multiples of 3).
 * @param {Spec} spec @param {number} frames */
export const samplesOf = ({ sampleRate, fps }, frames) => Math.floor((frames * sampleRate) / fps);

/** Reads the spec of the file called `source`; throws {@link ModelError}.
 * @param {ReadonlyMap<string, string>} metadata @param {string} source
 * @returns {{spec: Spec, schema: number}} */
export function readSpec(metadata, source) {
  if (!metadata.has(`${PREFIX}schema`)) {
    throw new ModelError(
      `${source} is an ONNX file, but not an a2e model: it has no a2e metadata. ` +
        "Make one from a LAM checkpoint with `a2e-export convert`",
    );
  }
  try {
    const { schema, ...facts } = factsOf(metadata);
    if (typeof schema !== "number" || !Number.isSafeInteger(schema) || schema < FIRST_SCHEMA) {
      throw new OptionError(`schema must be a number from 1 up; got ${shown(schema)}`);
    }
    if (schema > SCHEMA) {
      throw new ModelError(
        `${source} has model schema ${schema}; this a2e reads up to ${SCHEMA}. Update a2e, or ` +
          "convert the checkpoint again with this version",
      );
    }
    if (schema > FIRST_SCHEMA) {
      delete facts[WEIGHTS_CRC];
      delete facts[STRUCTURE_CRC];
    }
    return { spec: specOf(facts), schema };
  } catch (error) {
    if (error instanceof ModelError) throw error;
    const reason = error instanceof RangeError ? "nested too deeply" : messageOf(error);
    throw new ModelError(
      `${source} has damaged a2e metadata (${reason}); convert the checkpoint again`,
    );
  }
}

/** @param {ReadonlyMap<string, string>} metadata */
function factsOf(metadata) {
  /** @type {Record<string, unknown>} */
  const facts = {};
  for (const [name, value] of metadata) {
    if (name.startsWith(PREFIX)) facts[name.slice(PREFIX.length)] = JSON.parse(value);
  }
  return facts;
}

/** The spec of these facts; throws {@link OptionError} for facts that can't be.
 * @param {Record<string, unknown>} facts @returns {Spec} */
function specOf(facts) {
  const names = Object.values(FIELDS).map(String);
  const missing = names.filter((name) => !(name in facts)).sort();
  const others = Object.keys(facts)
    .filter((name) => !names.includes(name))
    .sort();
  const problems = [];
  if (missing.length) problems.push(`no ${missing.join(", ")}`);
  if (others.length) problems.push(`an unknown ${short(others.join(", "))}`);
  if (problems.length) throw new OptionError(problems.join(" and "));
  const pairs = Object.entries(FIELDS).map(([field, name]) => [field, facts[name]]);
  const spec = Object.fromEntries(pairs);
  checkTypes(spec);
  checkClock(spec);
  checkNames(spec);
  return Object.freeze(spec);
}

/** @param {Record<keyof Spec, unknown>} spec */
function checkTypes(spec) {
  for (const field of WHOLE) {
    check(Number.isInteger(spec[field]), `${FIELDS[field]} must be a whole number`, spec[field]);
  }
  for (const field of /** @type {const} */ (["kind", "precision"])) {
    check(isMatch(WORD, spec[field]), `${FIELDS[field]} must be a short word`, spec[field]);
  }
  const sha = spec.sourceSha256;
  check(isMatch(SHA256, sha), "source_sha256 must be 64 hexadecimal digits", sha);
  for (const field of /** @type {const} */ (["styles", "shapes"])) {
    check(areTexts(spec[field]), `${field} must be a list of names`, spec[field]);
  }
  const tools = spec.tools;
  const named = typeof tools === "object" && tools !== null && !Array.isArray(tools);
  check(
    named && areTexts(Object.entries(tools).flat()),
    "tools must be names with versions",
    tools,
  );
}

const WHOLE = /** @type {const} */ ([
  "sampleRate",
  "fps",
  "hop",
  "lookahead",
  "window",
  "defaultStyle",
]);

/** @param {Spec} spec */
function checkClock(spec) {
  const { sampleRate, fps, hop, lookahead, window } = spec;
  checkRange("sample_rate", sampleRate, SAMPLE_RATES);
  checkRange("fps", fps, FRAME_RATES);
  if (hop < GRID || hop % GRID || lookahead < 0 || lookahead % GRID) {
    throw new OptionError(
      `hop and lookahead must be multiples of ${GRID} frames (100 ms), the hop at least ${GRID}; ` +
        `got a hop of ${shown(hop)} and a lookahead of ${shown(lookahead)}`,
    );
  }
  if (hop + lookahead >= window) {
    throw new OptionError(
      `hop + lookahead must be less than the window of ${shown(window)} frames; got ` +
        `${shown(hop)} + ${shown(lookahead)}`,
    );
  }
  if (window > MAX_WINDOW * fps) {
    throw new OptionError(
      `the window must be at most ${MAX_WINDOW} s; got ${shown(window)} frames`,
    );
  }
  for (const [name, frames] of Object.entries({ hop, lookahead })) {
    if ((frames * sampleRate) % fps) {
      throw new OptionError(
        `${name} must be a whole number of samples; got ${frames} frames at ${fps} a second of ` +
          `${sampleRate} Hz`,
      );
    }
  }
}

/** @param {Spec} spec */
function checkNames({ styles, shapes, defaultStyle }) {
  for (const [kind, names] of Object.entries({ styles, shapes })) {
    if (names.length < 1 || names.length > MAX_NAMES) {
      throw new OptionError(`a model has 1 to ${MAX_NAMES} ${kind}; got ${names.length}`);
    }
    if (new Set(names).size < names.length) {
      throw new OptionError(`${kind} must have different names; got ${short(names.join(", "))}`);
    }
  }
  if (defaultStyle < 0 || defaultStyle >= styles.length) {
    throw new OptionError(
      `the default style must be one of ${styles.length}; got ${shown(defaultStyle)}`,
    );
  }
}

/** @param {string} name @param {number} value @param {number[]} limits */
function checkRange(name, value, [low, high]) {
  check(low <= value && value <= high, `${name} must be from ${low} to ${high}`, value);
}

/** @param {boolean} holds @param {string} expected @param {unknown} value */
function check(holds, expected, value) {
  if (!holds) throw new OptionError(`${expected}; got ${shown(value)}`);
}

/** @param {RegExp} pattern @param {unknown} value */
const isMatch = (pattern, value) => typeof value === "string" && pattern.test(value);

/** Whether these are strings, without lone surrogates, which nobody can write.
 * @param {unknown} values */
function areTexts(values) {
  const isText = (/** @type {unknown} */ value) => typeof value === "string" && isWellFormed(value);
  return Array.isArray(values) && values.every(isText);
}

/** @param {string} text */
const isWellFormed = (text) => !/\p{Surrogate}/u.test(text);

/** A value for messages. @param {unknown} value */
const shown = (value) => short(JSON.stringify(value) ?? String(value));

/** @param {string} text */
const short = (text) => (text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`);

/** @param {unknown} error */
const messageOf = (error) => (error instanceof Error ? error.message : String(error));
