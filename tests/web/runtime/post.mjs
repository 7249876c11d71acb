/** Raw weights and their audio through a profile, in hops and in one; forked states left alone. */

import { PROFILES } from "../../../web/runtime/post/index.js";
import { Live } from "../../../web/runtime/post/live.js";
import { Upstream } from "../../../web/runtime/post/upstream.js";
import { Random } from "../../../web/runtime/random.js";
import { answer, concatenate } from "./exchange.mjs";

const MAKERS = {
  Live: (s) => new Live(s),
  Upstream: (s) => new Upstream(s),
  Raw: () => PROFILES.raw,
};

await answer(({ profile, settings, shapes, weights, audio, rate, fps, seed, hops }) => {
  const post = MAKERS[profile](settings);
  const start = () => post.start(shapes, fps, new Random(seed));
  const frames = weights.length / shapes.length;
  const cut = (from, to) => [
    weights.subarray(from * shapes.length, to * shapes.length),
    audio.subarray((from * rate) / fps, (to * rate) / fps),
    rate,
  ];
  const state = start();
  const peeks = [];
  const parts = hops.map((end, i) => {
    const part = state.step(...cut(hops[i - 1] ?? 0, end));
    const fork = state.clone();
    const rest = fork.finish();
    fork.step(...cut(0, 3)); // what a fork hears is its own
    peeks.push(rest);
    return part;
  });
  parts.push(state.finish());
  const single = start();
  return {
    delay: post.delay,
    names: post.names(shapes),
    frames: concatenate(parts),
    last: peeks.at(-1),
    whole: concatenate([single.step(...cut(0, frames)), single.finish()]),
  };
});
