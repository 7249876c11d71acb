/** What `python -m benchmarks browser` runs in the page; `web/` is the server's root. */

import { Face } from "/face/face.js";
import { Player } from "/player/player.js";
import { ARKIT, load, rowsOf } from "/runtime/index.js";

const TICK = 4; // ms between two looks at how long the page's thread was held
const SECOND = 1000;

const face = new Face(document.querySelector("canvas"), ARKIT);

/** Loads the model and shows the first face of `samples`; ms since the navigation began. */
export async function firstFace(samples, rate, options = {}) {
  const model = await load(null, options);
  const at = { loaded: performance.now() };
  const stream = model.stream({ rate, seed: 1 });
  let frames = { count: 0 };
  for (let k = 0; frames.count === 0; k += 1) {
    frames = await stream.push(samples.slice((k * rate) / 10, ((k + 1) * rate) / 10));
  }
  face.draw(rowsOf(frames)[0]);
  stream.close();
  globalThis.model = model;
  return { ...at, face: performance.now() };
}

/** Milliseconds of each 100 ms of `samples`, from the page to the worker and back. */
export async function hops(samples, rate) {
  const stream = model.stream({ rate, seed: 1 });
  const times = [];
  for (let at = 0; at < samples.length; at += rate / 10) {
    const start = performance.now();
    await stream.push(samples.subarray(at, at + rate / 10));
    times.push(performance.now() - start);
  }
  stream.close();
  return times;
}

/** How long the page's thread was held at most while a face speaks `samples` in real time, ms. */
export async function longestHold(samples, rate) {
  const player = new Player({ audioContext: new AudioContext() });
  const stream = model.stream({ rate, seed: 1 });
  const speech = player.beginSpeech();
  player.run(({ weights }) => face.draw(weights));
  let [last, longest] = [performance.now(), 0];
  const ticks = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last - TICK);
    last = now;
  }, TICK);
  for (let at = 0; at < samples.length; at += rate / 10) {
    const chunk = samples.slice(at, at + rate / 10);
    speech.addAudio(chunk, rate);
    const frames = await stream.push(chunk);
    speech.addFrames(frames.first, rowsOf(frames));
    await new Promise((resolve) => setTimeout(resolve, SECOND / 10));
  }
  clearInterval(ticks);
  return longest;
}
