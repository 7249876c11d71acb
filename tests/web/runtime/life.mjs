/** What moves by chance, each part alone. */

import { BrowRaiser } from "../../../web/runtime/post/brows.js";
import { Gaze } from "../../../web/runtime/post/gaze.js";
import { Head } from "../../../web/runtime/post/head.js";
import { Silence } from "../../../web/runtime/post/silence.js";
import { Eyelids } from "../../../web/runtime/post/stages.js";
import { Random } from "../../../web/runtime/random.js";
import { answer, concatenate } from "./exchange.mjs";

await answer(({ seed, fps, volumes, tones }) => {
  const rests = new Silence(fps).step(volumes, tones);
  const lids = new Eyelids(new Random(seed), [1.1, 5.1], fps).step(volumes.length);
  return {
    rests,
    lids,
    brows: new BrowRaiser(new Random(seed), fps).step(volumes),
    gaze: concatenate(new Gaze(new Random(seed), fps).step(rests, lids)),
    head: concatenate(new Head(new Random(seed), fps).step(volumes, rests)),
  };
});
