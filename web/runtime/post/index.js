/** From raw weights to a face: post-processing profiles, moods and per-shape controls. */

import { Controls } from "./controls.js";
import { Live, withLife } from "./live.js";
import { MOODS } from "./moods.js";
import { Profile, profileOf, Raw } from "./profile.js";
import { Upstream } from "./upstream.js";

export { Controls, Live, MOODS, Profile, profileOf, Raw, Upstream, withLife };

/** Profiles by the names that clients use; `none` is another name of `raw`.
 * @type {Record<string, Profile>} */
export const PROFILES = {
  live: new Live(),
  upstream: new Upstream(),
  raw: new Raw(),
  none: new Raw(),
};

/** A profile as it is where latency matters most; only `Live` holds frames back.
 * @param {Profile | null} post @returns {Profile | null} */
export function prompt(post) {
  return post instanceof Live ? new Live({ ...post, lowLatency: true }) : post;
}
