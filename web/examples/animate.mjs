#!/usr/bin/env node
/**
 * A WAV file's speech as JSON: {"names": [52], "frame_rate": 30, "frames": [[52], ...]}.
 *
 *     node examples/animate.mjs FILE.wav [--post live|upstream|raw] [--seed N] [--model FILE.onnx]
 */

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

import { A2EError, Live, load, OptionError, rowsOf, Upstream } from "a2e";
import { readWav } from "./wav.js";

const USAGE = "animate.mjs FILE.wav [--post live|upstream|raw] [--seed N] [--model FILE.onnx]";
const POSTS = { live: new Live(), upstream: new Upstream(), raw: null };
const MISTAKE = 2; // exit status

try {
  const { file, post, seed, model: path } = asked(process.argv.slice(2));
  const { samples, rate, channels } = soundOf(file);
  const model = await load(path);
  const clip = await model.animate(samples, rate, { channels, post, seed });
  const frames = rowsOf(clip).map((row) => Array.from(row));
  await print(JSON.stringify({ names: clip.names, frame_rate: clip.fps, frames }));
} catch (error) {
  if (!(error instanceof A2EError)) throw error;
  console.error(`animate: error: ${error.message}`);
  process.exitCode = MISTAKE;
}

/** What the command line says. @param {string[]} args */
function asked(args) {
  const { values, positionals } = parsed(args);
  const [file, ...others] = positionals;
  if (file === undefined || others.length) {
    throw new OptionError(`expected one WAV file; got ${positionals.length}. ${USAGE}`);
  }
  const { post = "live", seed, model } = values;
  if (!Object.hasOwn(POSTS, post)) {
    throw new OptionError(`--post must be live, upstream or raw; got '${post}'`);
  }
  if (seed !== undefined && !/^\d+$/.test(seed)) {
    throw new OptionError(`--seed must be a whole number from 0 up; got '${seed}'`);
  }
  const chosen = POSTS[/** @type {keyof typeof POSTS} */ (post)];
  return { file, post: chosen, seed: seed === undefined ? null : BigInt(seed), model };
}

/** @param {string[]} args */
function parsed(args) {
  const option = { type: /** @type {const} */ ("string") };
  try {
    const options = { post: option, seed: option, model: option };
    return parseArgs({ args, allowPositionals: true, options });
  } catch (error) {
    throw new OptionError(`${/** @type {Error} */ (error).message.split("\n")[0]}. ${USAGE}`);
  }
}

/** @param {string} file */
function soundOf(file) {
  try {
    return readWav(readFileSync(file));
  } catch (error) {
    throw new OptionError(`${file} can't be read: ${/** @type {Error} */ (error).message}`);
  }
}

/** @param {string} text @returns {Promise<void>} */
function print(text) {
  return new Promise((resolve) => process.stdout.write(`${text}\n`, () => resolve()));
}
