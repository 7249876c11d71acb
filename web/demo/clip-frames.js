/** Frames of clips, made by a model in its worker while the first are heard already. */

import { endFrames } from "../page/clip-frames.js";
import { rowsOf } from "../runtime/rows.js";

/** @typedef {import("../page/recording.js").Recording} Recording */
/** @typedef {import("../runtime/index.js").Model} Model */
/** @typedef {import("../runtime/post/controls.js").Asked} Controls */
/** @typedef {import("./clips.js").Clip} Clip */

const PIECE_SECONDS = 0.5; // of audio that a model is given at a time

/**
 * @typedef {object} Progress Functions that are told how it goes.
 * @property {(seconds: number) => void} begun first frame, so long after the first audio was given
 * @property {(rtf: number) => void} completed all frames of a clip; computing time / speech
 */

/** Makes all frames of a clip. @param {Model} model @param {Clip} clip @param {Recording} recording
 * @param {Controls} controls @param {Progress} progress @param {AbortSignal} signal
 * @returns {Promise<boolean>} false if it was called off */
export async function makeFrames(model, clip, recording, controls, progress, signal) {
  const { rate, channels, samples } = clip;
  const stream = model.stream({ rate, controls, seed: recording.seed });
  const piece = Math.round(PIECE_SECONDS * rate) * channels;
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  /** @param {import("../runtime/index.js").Frames} frames */
  const show = (frames) => {
    if (frames.count === 0) return;
    if (frames.first === 0) progress.begun(seconds());
    recording.speech?.addFrames(frames.first, rowsOf(frames));
  };
  try {
    for (let at = 0; at < samples.length && !signal.aborted; at += piece) {
      const frames = await stream.push(samples.subarray(at, at + piece), { channels });
      if (!signal.aborted) show(frames);
    }
    if (signal.aborted) return false;
    const rest = await stream.flush();
    if (signal.aborted) return false;
    show(rest);
  } finally {
    stream.close();
  }
  recording.complete = true;
  endFrames(recording);
  progress.completed(seconds() / recording.seconds);
  return true;
}
