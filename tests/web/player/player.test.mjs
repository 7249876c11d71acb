/** The player's rules, one test each, on an audio clock that the test moves by hand. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { FrameBuffer } from "../../../web/player/frame-buffer.js";
import { heardTime, Player } from "../../../web/player/player.js";
import { FakeContext, numbered, RATE, setUp, shownNumber, silence, speak } from "./fakes.mjs";

/** Numbers in 0..1, the same ones for a seed. */
function sequence(seed) {
  let state = seed;
  return () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

test("the audio clock alone chooses the frame: floor((audio time - start) * fps)", () => {
  const { context, player } = setUp();
  const speech = speak(player, 60);
  let frames = 0;
  for (let step = 0; step < 4200; step += 1) {
    context.advance(0.0137);
    const passed = context.currentTime - speech.startAt;
    if (passed < 0 || passed >= 60) continue;
    const { index } = player.frame();
    const [soonest, latest] = [passed - 1e-6, passed + 1e-6].map((t) => Math.floor(t * 30));
    assert.ok(index === soonest || index === latest, `at ${passed} frame ${index}`);
    frames += 1;
  }
  assert.ok(frames > 4000);
});

test("asking often, seldom or never in between changes nothing", () => {
  const [often, seldom] = [setUp(), setUp()];
  for (const { player } of [often, seldom]) speak(player, 2);
  for (let step = 0; step < 1000; step += 1) {
    often.context.advance(0.001);
    often.player.frame();
  }
  seldom.context.advance(1);
  assert.equal(often.player.frame().index, seldom.player.frame().index);
});

test("a context that stands still holds the face; there is no second clock", async () => {
  const { context, player } = setUp();
  speak(player, 2);
  context.advance(1);
  const before = player.frame();
  await new Promise((resolve) => setTimeout(resolve, 80));
  assert.deepEqual(player.frame(), before);
});

test("what leaves the loudspeaker counts, not what the context has computed", () => {
  const { context, player } = setUp();
  context.baseLatency = 0.01;
  context.outputLatency = 0.19;
  assert.equal(heardTime(context), -0.2);
  speak(player, 2);
  context.advance(0.03 + 1.01);
  assert.equal(player.frame().index, Math.floor((1.01 - 0.2) * 30));
});

test("the clock never goes back, even when the output's latency grows", () => {
  const { context, player } = setUp();
  speak(player, 2);
  context.advance(1);
  const { time } = player.frame();
  context.outputLatency = 0.3;
  assert.equal(player.frame().time, time);
  context.advance(0.2);
  assert.equal(player.frame().time, time);
  context.advance(0.2);
  assert.ok(Math.abs(player.frame().time - time - 0.1) < 1e-9);
});

test("a speech starts at time 0 of the context", () => {
  const player = new Player({
    audioContext: /** @type {any} */ (new FakeContext()),
    channels: 2,
    clock: () => 0.03,
  });
  speak(player, 1);
  const shown = player.frame();
  assert.deepEqual([shown.index, shown.time, shown.state], [0, 0, "speaking"]);
});

test("the speaking flag is the player's own: up at the first sample, down after the last", () => {
  const { context, player } = setUp();
  assert.equal(player.speaking, false);
  speak(player, 1);
  assert.equal(player.speaking, false);
  context.advance(0.031);
  assert.equal(player.speaking, true);
  context.advance(0.998);
  assert.equal(player.speaking, true);
  context.advance(0.002);
  assert.equal(player.speaking, false);
});

test("past the last frame the face holds it while audio plays", () => {
  const { context, player } = setUp();
  const speech = player.beginSpeech();
  speech.addFrames(0, numbered(15));
  speech.endFrames();
  speech.addAudio(silence(2), RATE);
  speech.end();
  context.advance(0.03 + 1.9);
  const shown = player.frame();
  assert.deepEqual([shown.index, shownNumber(shown), shown.state], [14, 14, "speaking"]);
});

test("after the end the face eases to rest, without a jump", () => {
  const { context, player } = setUp({ rest: [0, 0.2] });
  speak(player, 1);
  context.advance(0.03 + 0.999);
  let last = player.frame().weights[1];
  assert.equal(last, 1);
  for (let step = 0; step < 40; step += 1) {
    context.advance(0.01);
    const [, now] = player.frame().weights;
    assert.ok(now <= last && last - now < 0.06);
    last = now;
  }
  assert.ok(Math.abs(last - 0.2) < 1e-6);
});

test("an interruption stops the voice, drops the queue and eases to rest", async () => {
  const { context, player } = setUp();
  const [first, second] = [speak(player, 5), speak(player, 5)];
  context.advance(1);
  player.frame();
  player.interrupt();
  assert.equal(player.speaking, false);
  assert.equal(player.frame().weights[1], 1);
  context.advance(0.15);
  assert.ok(player.frame().weights[1] > 0.3 && player.frame().weights[1] < 0.7);
  context.advance(0.2);
  assert.deepEqual([...player.frame().weights], [0, 0]);
  assert.equal(context.sources.length, 0);
  assert.deepEqual(await Promise.all([first.finished, second.finished]), [false, false]);
});

test("after an interruption the next speech starts at once", () => {
  const { context, player } = setUp();
  speak(player, 5);
  context.advance(1);
  player.interrupt();
  const next = speak(player, 1);
  assert.ok(next.startAt - context.currentTime < 0.05);
  context.advance(0.5);
  assert.equal(player.frame().speech, next);
});

test("segments play one after another without a gap, each with its own frames", async () => {
  const { context, player } = setUp();
  const first = speak(player, 1);
  const second = speak(player, 1, numbered(30, 500));
  assert.ok(Math.abs(second.startAt - first.startAt - 1) < 1e-9);
  context.advance(0.03 + 0.99);
  assert.deepEqual([player.frame().speech, shownNumber(player.frame())], [first, 29]);
  context.advance(0.02);
  assert.deepEqual([player.frame().speech, shownNumber(player.frame())], [second, 500]);
  context.advance(1);
  assert.deepEqual(await Promise.all([first.finished, second.finished]), [true, true]);
});

test("frames of a later segment may come while an earlier one still plays", () => {
  const { context, player } = setUp();
  const first = speak(player, 1);
  context.advance(0.5);
  const second = player.beginSpeech();
  second.addAudio(silence(1), RATE);
  second.addFrames(0, numbered(30, 500));
  assert.equal(player.frame().speech, first);
  assert.equal(first.frames.known, 30);
  context.advance(0.6);
  assert.equal(shownNumber(player.frame()), 502);
});

test("a buffer is kept after the end of its speech; a new speech has a new one", () => {
  const { context, player } = setUp();
  const first = speak(player, 1);
  context.advance(3);
  player.frame();
  const second = speak(player, 1);
  assert.equal(first.frames.known, 30);
  assert.notEqual(second.frames, first.frames);
});

test("a later segment waits for an earlier one that is not over", () => {
  const { context, player } = setUp();
  const first = player.beginSpeech();
  first.addAudio(silence(1), RATE); // its frames have not come
  const second = speak(player, 1);
  context.advance(1);
  assert.equal(second.startAt, Infinity);
  first.addFrames(0, numbered(30));
  assert.ok(Math.abs(second.startAt - first.startAt - 1) < 1e-9);
});

test("live PCM is scheduled without seams", () => {
  const { context, player } = setUp();
  const speech = player.beginSpeech({ waitForFrames: false });
  for (let chunk = 0; chunk < 20; chunk += 1) {
    speech.addAudio(silence(0.1), RATE);
    context.advance(0.1);
  }
  assert.equal(speech.timeline.spans.length, 1);
  assert.ok(Math.abs(speech.timeline.seconds - 2) < 1e-9);
});

test("the clock does not run through silent gaps between chunks", () => {
  const { context, player } = setUp();
  const speech = player.beginSpeech();
  speech.addFrames(0, numbered(60));
  speech.addAudio(silence(0.5), RATE);
  context.advance(1); // 0.03 to start, 0.5 of voice, then nothing comes
  assert.deepEqual([player.frame().state, player.frame().index], ["stalled", 15]);
  speech.addAudio(silence(0.5), RATE);
  context.advance(0.03 + 0.21);
  const shown = player.frame();
  assert.deepEqual([shown.state, shown.index], ["speaking", Math.floor(0.71 * 30)]);
});

test("a face waits with its frame, then rests, until more of the voice comes", () => {
  const { context, player } = setUp();
  const speech = player.beginSpeech();
  speech.addFrames(0, numbered(60));
  speech.addAudio(silence(0.5), RATE);
  context.advance(0.03 + 0.5 + 0.3);
  assert.equal(player.frame().weights[1], 1);
  context.advance(1);
  assert.equal(player.frame().weights[1], 0);
  assert.equal(player.speaking, true);
  speech.addAudio(silence(0.5), RATE);
  context.advance(0.03 + 0.2);
  assert.equal(player.frame().weights[1], 1);
});

test("audio waits for the frames that show it, unless told not to", () => {
  const { context, player } = setUp();
  const speech = player.beginSpeech();
  speech.addAudio(silence(2), RATE);
  context.advance(0.5);
  assert.equal(speech.startAt, Infinity);
  speech.addFrames(0, numbered(15));
  assert.ok(Math.abs(speech.timeline.seconds - 0.5) < 1e-9);
  speech.endFrames();
  assert.ok(Math.abs(speech.timeline.seconds - 2) < 1e-9);
  const eager = player.beginSpeech({ waitForFrames: false });
  eager.addAudio(silence(1), RATE);
  assert.ok(Math.abs(eager.timeline.seconds - 1) < 1e-9);
});

test("a long clip is scheduled in few pieces", () => {
  const { context, player } = setUp();
  const speech = player.beginSpeech();
  speech.addAudio(silence(600), RATE);
  for (let first = 0; first < 18_000; first += 3) speech.addFrames(first, numbered(3, first));
  speech.end();
  assert.ok(Math.abs(speech.timeline.seconds - 600) < 1e-6);
  assert.ok(context.sources.length < 60, `${context.sources.length} pieces`);
});

test("late frames fall into their places", () => {
  const buffer = new FrameBuffer(30, 2);
  buffer.add(0, numbered(3));
  buffer.add(6, numbered(3, 6));
  assert.deepEqual([buffer.known, buffer.indexAt(4 / 30), buffer.indexAt(1)], [3, 2, 8]);
  buffer.add(3, numbered(3, 3));
  assert.deepEqual([buffer.known, buffer.indexAt(4 / 30)], [9, 4]);
  buffer.add(4, [[0.5, 0]]);
  assert.deepEqual([...buffer.rows[4]], [0.5, 0]);
  assert.equal(new FrameBuffer(30, 2).at(1, true), null);
  assert.throws(() => buffer.add(0, [[1, 2, 3]]), /a frame has 2 weights; got 3/);
});

test("between two frames the face goes smoothly, never ahead of what is known", () => {
  const { context, player } = setUp({ between: true });
  const speech = player.beginSpeech({ waitForFrames: false });
  speech.addAudio(silence(1), RATE);
  speech.addFrames(0, numbered(2));
  context.advance(0.03 + 0.5 / 30);
  assert.ok(Math.abs(player.frame().weights[0] - 0.0005) < 1e-6);
  context.advance(1.3 / 30);
  assert.ok(Math.abs(player.frame().weights[0] - 0.001) < 1e-6);
});

test("a live voice is followed at its delay, which grows when frames are late", () => {
  const { context, player } = setUp();
  context.advance(10);
  const live = player.beginLive({ startTime: 10, delay: 0.4 });
  context.advance(0.35);
  live.addFrames(0, numbered(3));
  assert.equal(player.frame().state, "rest");
  context.advance(0.1);
  assert.equal(player.frame().index, 1);
  context.advance(0.25); // frame 3 was due at 10.5; it comes at 10.7
  assert.equal(player.frame().index, 2);
  live.addFrames(3, numbered(3, 3));
  assert.ok(Math.abs(live.delay - 0.6) < 1e-9);
  assert.equal(player.frame().index, 3);
  live.end(0.2);
  context.advance(0.2);
  assert.equal(player.frame().state, "ended");
  context.advance(0.4);
  assert.deepEqual([...player.frame().weights], [0, 0]);
});

test("a live face that is further behind than it needs to be comes closer, unnoticed", () => {
  const { context, player } = setUp();
  const live = player.beginLive({ startTime: 0, delay: 1 });
  let [index, jumps] = [0, 0];
  for (let hop = 0; hop < 600; hop += 1) {
    context.advance(0.1);
    if (context.currentTime >= 0.4) live.addFrames(live.frames.known, numbered(3));
    const shown = player.frame().index;
    if (shown - index > 4) jumps += 1;
    index = shown;
  }
  assert.ok(live.delay > 0.4 && live.delay < 0.5, `${live.delay}`);
  assert.equal(jumps, 0);
});

test("a live face keeps up with the latest of recent frames, and no further behind", () => {
  const { context, player } = setUp();
  const live = player.beginLive({ startTime: 0, delay: 0.6 });
  let held = 0;
  for (let hop = 0; hop < 300; hop += 1) {
    const lag = hop % 5 === 0 ? 0.24 : 0.2; // every fifth hop comes late
    context.advance(hop / 10 + lag - context.currentTime);
    const before = live.delay;
    live.addFrames(3 * hop, numbered(3));
    if (hop > 200 && live.delay > before) held += 1;
  }
  assert.ok(Math.abs(live.delay - 0.255) < 1e-6, `${live.delay}`);
  assert.equal(held, 0);
});

test("a media element is followed by its time; paused and pause events are not believed", () => {
  let now = 0;
  const element = Object.assign(new EventTarget(), {
    currentTime: 0,
    paused: true, // and it stays so, as on some phones
    play: async () => {},
    pause() {},
  });
  const player = new Player({ channels: 2, between: false, clock: () => now });
  const speech = player.follow(/** @type {any} */ (element));
  speech.addFrames(0, numbered(60));
  assert.equal(player.frame().state, "rest");
  speech.play();
  assert.deepEqual([player.frame().index, player.speaking], [0, true]);
  element.currentTime = 1.01;
  element.dispatchEvent(new Event("pause"));
  assert.deepEqual([player.frame().index, player.speaking], [30, true]);
  element.currentTime = 2;
  element.dispatchEvent(new Event("ended"));
  assert.equal(player.speaking, false);
  now = 1;
  assert.deepEqual([...player.frame().weights], [0, 0]);
});

test("a clip of a single sample and a speech without sound come to an end", async () => {
  const { context, player } = setUp();
  const empty = player.beginSpeech();
  empty.end();
  assert.equal(await empty.finished, true);
  const tiny = player.beginSpeech();
  tiny.addFrames(0, numbered(1));
  tiny.addAudio(new Float32Array(1), RATE);
  tiny.end();
  const after = speak(player, 1);
  context.advance(0.1);
  assert.equal(await tiny.finished, true);
  assert.equal(player.frame().speech, after);
});

test("what still comes of an interrupted speech is ignored", async () => {
  const { context, player } = setUp();
  const speech = player.beginSpeech();
  speech.addAudio(silence(1), RATE);
  player.interrupt();
  speech.addAudio(silence(1), RATE);
  speech.addFrames(0, numbered(60));
  speech.end();
  context.advance(1);
  assert.equal(await speech.finished, false);
  assert.equal(speech.startAt, Infinity);
  assert.equal(player.speaking, false);
});

test("whatever comes in whatever order, audio does not overlap and time does not go back", () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const random = sequence(seed);
    const { context, player } = setUp({ between: random() < 0.5 });
    const begun = [];
    let [last, shownBefore] = [null, 0];
    for (let step = 0; step < 120; step += 1) {
      const speech = begun.at(-1);
      const choice = random();
      if (!speech || choice < 0.06)
        begun.push(player.beginSpeech({ waitForFrames: random() < 0.7 }));
      else if (choice < 0.1) speech.end();
      else if (choice < 0.13) speech.endFrames();
      else if (choice < 0.15) player.interrupt();
      else if (choice < 0.45 && !speech.closed) speech.addAudio(silence(random() * 0.4), RATE);
      else if (choice < 0.7) {
        const some = begun[Math.floor(random() * begun.length)];
        some.addFrames(some.frames.known, numbered(Math.floor(random() * 12), some.frames.known));
      } else context.advance(random() * 0.2);
      const shown = player.frame();
      assert.ok(shown.weights.every(Number.isFinite));
      if (shown.speech) assert.ok(shown.index < shown.speech.frames.rows.length);
      if (shown.speech && shown.speech === last) assert.ok(shown.time >= shownBefore - 1e-9);
      [last, shownBefore] = [shown.speech, shown.time];
    }
    const sounding = context.all.filter(({ at, until }) => until > at);
    sounding.sort((one, other) => one.at - other.at);
    sounding.slice(1).forEach(({ at }, i) => assert.ok(at >= sounding[i].until - 1e-6));
  }
});

test("audio after the end is refused", () => {
  const { player } = setUp();
  const speech = speak(player, 1);
  assert.throws(() => speech.addAudio(silence(1), RATE), /has ended; begin a new one/);
});
