/**
 * What goes between the page and its worker: a stream's options as messages can carry them.
 *
 *     page to worker   {id, call: "load", opening}
 *                      {id, call: "open", stream, options}
 *                      {id, call: "push" | "flush" | "peek" | "change" | "reset", stream, given}
 *                      {id, call: "close", stream}
 *     worker to page   {id, result} or {id, error}; {progress: {file, loaded, total}}
 *
 * @module wire
 */

import { OptionError } from "./errors.js";
import { Live, Raw, Upstream } from "./post/index.js";

/** @typedef {import("./post/profile.js").Profile} Profile */
/** @typedef {import("./settings.js").AskedControls} AskedControls */
/** @typedef {import("./settings.js").Settings} Settings */
/** @typedef {import("./settings.js").StreamOptions} StreamOptions */
/** @typedef {{profile: string, settings: object}} SentProfile */
/**
 * @typedef {object} SentOptions
 * @property {number} rate
 * @property {Float32Array} style
 * @property {SentProfile} post
 * @property {AskedControls} controls
 * @property {number | bigint | null} seed
 */

/** @type {Record<string, new (settings: any) => Profile>} */
const PROFILES = { live: Live, upstream: Upstream, raw: Raw };

/** A stream's settings as a message. @param {Settings} settings @returns {SentOptions} */
export function sent({ rate, shares, post, controls, seed }) {
  return { rate, style: shares, post: sentProfile(post), controls: { ...controls }, seed };
}

/** The options that were sent. @param {SentOptions} options @returns {StreamOptions} */
export function received({ post: { profile, settings }, ...options }) {
  return { ...options, post: new PROFILES[profile](settings) };
}

/** @param {Profile} post @returns {SentProfile} */
function sentProfile(post) {
  for (const [profile, kind] of Object.entries(PROFILES)) {
    if (post.constructor === kind) return { profile, settings: { ...post } };
  }
  throw new OptionError(
    "post must be Live, Upstream or null where the model runs in a worker; for a profile of your own " +
      "load the model with a2e/runtime in a worker of your own",
  );
}
