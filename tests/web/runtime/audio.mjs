/** Samples on their way to the graph: mixed, resampled, conditioned; in chunks, and in one. */

import { Resampler, resamplerDelay } from "../../../web/runtime/audio/resample.js";
import { Live } from "../../../web/runtime/post/live.js";
import { answer, concatenate, split } from "./exchange.mjs";

const TARGET = 16_000;

await answer(({ rate, samples, channels, cuts }) => {
  const ends = cuts.map((end) => end * channels);
  return {
    delay: resamplerDelay(rate, TARGET),
    ...way(split(samples, ends), rate, channels),
    whole: way([samples], rate, channels).conditioned,
  };
});

function way(parts, rate, channels) {
  const post = new Live();
  const [mixer, condition] = [post.downmix(rate), post.conditioner(TARGET)];
  const resampler = new Resampler(rate, TARGET);
  const mixed = parts.map((part) => mixer.step(part, channels));
  const resampled = mixed.map((part) => resampler.push(part));
  const rest = resampler.rest();
  resampled.push(resampler.finish());
  return {
    mixed: concatenate(mixed),
    resampled: concatenate(resampled),
    rest,
    last: resampled.at(-1),
    conditioned: concatenate(resampled.map((part) => condition.step(part))),
  };
}
