/** The tables of docs/player.md: every event in every state, after every other event. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, mock, test } from "node:test";

import { Player } from "../../../web/player/player.js";
import { FakeElement, numbered, RATE, setUp, shownNumber, silence, speak } from "./fakes.mjs";

const DOC = new URL("../../../docs/player.md", import.meta.url);
const STEP = 0.05; // s from an event to the look at the face

/** The page's clock, ms. */
let pageTime = 0;
mock.method(performance, "now", () => pageTime);
after(() => mock.restoreAll());

/** The table whose first header cell is `name`: the next state by state and event. */
function table(name) {
  const lines = readFileSync(DOC, "utf8").split("\n");
  const first = lines.findIndex((line) => line.startsWith(`| ${name} |`));
  assert.ok(first >= 0, `docs/player.md has no table "${name}"`);
  const last = lines.findIndex((line, i) => i > first && !line.startsWith("|"));
  const [[, ...events], , ...rows] = lines.slice(first, last).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.replaceAll("`", "").trim()),
  );
  return Object.fromEntries(
    rows.map(([state, ...next]) => [
      state,
      Object.fromEntries(next.map((cell, i) => [events[i], cell])),
    ]),
  );
}

/** All sequences of `length` events. */
function sequences(events, length) {
  if (length === 0) return [[]];
  return sequences(events, length - 1).flatMap((before) =>
    events.map((event) => [...before, event]),
  );
}

/** Plays sequences in a new world each and compares every state with the table's. */
function compare(name, begin, length) {
  const next = table(name);
  const [start] = Object.keys(next);
  const events = Object.keys(next[start]);
  const seen = new Set();
  for (const sequence of sequences(events, length)) {
    const world = begin();
    assert.deepEqual(Object.keys(world.events).sort(), [...events].sort());
    let state = start;
    for (const event of sequence) {
      seen.add(`${state} × ${event}`);
      state = next[state][event];
      world.events[event]();
      world.advance(STEP);
      const shown = world.player.frame();
      const [expected] = state.split(",");
      assert.equal(shown.state, expected, `${sequence} up to ${event}`);
      assert.ok(shown.weights.every((weight) => weight >= 0 && weight <= 1));
      assert.equal(world.player.speaking, ["speaking", "stalled"].includes(expected));
    }
    world.check(state, sequence);
  }
  const cells = Object.keys(next).flatMap((state) => events.map((event) => `${state} × ${event}`));
  assert.deepEqual([...seen].sort(), cells.sort(), "every cell was visited");
}

function elementWorld() {
  const { context, player } = setUp();
  const element = /** @type {FakeElement & any} */ (new FakeElement(30));
  const followed = player.follow(element);
  followed.addFrames(0, numbered(900));
  const advance = (seconds) => {
    context.advance(seconds);
    element.advance(seconds);
    element.settle();
  };
  const events = {
    play: () => {
      element.feed();
      element.play();
    },
    pause: () => element.pause(),
    seek: () => element.seek(20),
    waiting: () => element.starve(),
    ended: () => {
      element.feed();
      element.seek(element.duration);
      element.paused ? element.dispatchEvent(new Event("ended")) : element.advance(1);
    },
    interrupt: () => player.interrupt(),
  };
  for (const [name, cause] of Object.entries(events)) {
    events[name] = () => {
      cause();
      element.settle();
    };
  }
  const check = (state, sequence) => {
    const shown = player.frame();
    if (["speaking", "stalled"].includes(state)) {
      assert.equal(shown.index, Math.floor(element.currentTime * 30 + 1e-6), String(sequence));
      assert.equal(shown.speech, followed);
    }
    if (state === "speaking") {
      advance(0.2);
      assert.equal(player.frame().weights[1], 1, `the face is back: ${sequence}`);
    } else {
      advance(2);
      assert.deepEqual([...player.frame().weights], [0, 0], `the face rests: ${sequence}`);
    }
    laterVoicesLive(player, element, advance, sequence);
  };
  return { player, events, advance, check };
}

/** Whatever was before: the element's end, a speech behind it, the element again. */
function laterVoicesLive(player, element, advance, sequence) {
  player.follow(element).addFrames(0, numbered(900));
  element.feed();
  element.seek(0);
  element.play();
  element.settle();
  advance(1);
  assert.equal(shownNumber(player.frame()), 30, `followed again: ${sequence}`);
  const speech = speak(player, 1, numbered(30, 500));
  advance(0.5);
  assert.equal(speech.startAt, Infinity, "one voice at a time");
  advance(30);
  advance(0.53);
  assert.equal(player.frame().speech, speech, `a speech after it: ${sequence}`);
  assert.ok(Math.abs(shownNumber(player.frame()) - 515) <= 1);
  advance(2);
  element.play();
  element.settle();
  advance(0.5);
  assert.equal(shownNumber(player.frame()), 15, `replayed: ${sequence}`);
}

function speechWorld() {
  const { context, player } = setUp();
  let open = null;
  const advance = (seconds) => context.advance(seconds);
  const addTo = (speech) => {
    speech.addAudio(silence(1), RATE);
    speech.addFrames(speech.frames.known, numbered(30, speech.frames.known));
  };
  const events = {
    audio: () => {
      open ??= player.beginSpeech();
      addTo(open);
    },
    waiting: () => advance(30),
    empty: () => {
      const speech = player.beginSpeech();
      speech.addAudio(new Float32Array(0), RATE);
      speech.addFrames(0, numbered(3));
      speech.end();
      open = null;
    },
    end: () => {
      open?.end();
      open = null;
    },
    interrupt: () => {
      player.interrupt();
      open = null;
    },
    replay: () => {
      const speech = player.beginSpeech();
      addTo(speech);
      speech.end();
      open = null;
    },
  };
  const check = (state, sequence) => {
    const before = player.frame();
    context.state = "suspended";
    player.frame();
    pageTime += 1000;
    const held = player.frame();
    assert.deepEqual([...held.weights], [0, 0], `the face rests: ${sequence}`);
    assert.equal(player.speaking, false);
    assert.deepEqual([held.index, held.speech], [before.index, before.speech]);
    context.state = "running";
    const after = player.frame();
    const still = [after.state, after.index, after.time];
    assert.deepEqual(still, [before.state, before.index, before.time], `it goes on: ${sequence}`);
    advance(0.11);
    if (state.startsWith("speaking")) assert.equal(player.frame().weights[1], 1);
    const last = speak(player, 1, numbered(30, 500));
    for (let step = 0; step < 60 && player.frame().speech !== last; step += 1) advance(0.2);
    assert.equal(player.frame().speech, last, `a later speech is shown: ${sequence}`);
    assert.ok(shownNumber(player.frame()) >= 500);
    advance(3);
    assert.deepEqual([...player.frame().weights], [0, 0]);
  };
  return { player, events, advance, check };
}

test("a followed element: every event in every state, after every pair", () => {
  compare("a followed element", elementWorld, 3);
});

test("a speech: every event in every state, after every pair", () => {
  compare("a speech", speechWorld, 3);
});

test("events of an element and of speeches, in all pairs: later voices are seen", () => {
  const names = [...Object.keys(elementWorld().events), "follow"];
  names.push("audio", "empty", "end", "replay");
  for (const sequence of sequences(names, 2)) {
    const { context, player } = setUp();
    const element = /** @type {FakeElement & any} */ (new FakeElement(30));
    let speech = null;
    const advance = (seconds) => {
      context.advance(seconds);
      element.advance(seconds);
      element.settle();
    };
    const causes = {
      play: () => element.play(),
      pause: () => element.pause(),
      seek: () => element.seek(20),
      waiting: () => element.starve(),
      ended: () => element.advance(100),
      interrupt: () => player.interrupt(),
      follow: () => player.follow(element).addFrames(0, numbered(900)),
      audio: () => {
        speech = player.beginSpeech();
        speech.addFrames(0, numbered(30));
        speech.addAudio(silence(1), RATE);
      },
      empty: () => player.beginSpeech().end(),
      end: () => speech?.end(),
      replay: () => speak(player, 1),
    };
    for (const event of ["follow", "play", ...sequence]) {
      causes[event]();
      element.settle();
      advance(STEP);
      assert.ok(player.frame().weights.every(Number.isFinite));
    }
    laterVoicesLive(player, element, advance, sequence);
  }
});

test("a segment without audio is passed over, and finishes in its turn", async () => {
  const { context, player } = setUp();
  const order = [];
  const first = speak(player, 1);
  const empty = player.beginSpeech();
  empty.addAudio(new Float32Array(0), RATE);
  empty.addFrames(0, numbered(5));
  empty.end();
  const silent = player.beginSpeech();
  const third = speak(player, 1, numbered(30, 500));
  const fourth = speak(player, 1, numbered(30, 700));
  for (const [name, speech] of Object.entries({ first, empty, silent, third })) {
    speech.finished.then((whole) => order.push(name, whole));
  }
  await Promise.resolve();
  assert.deepEqual(order, []);
  context.advance(1.53);
  assert.deepEqual([player.frame().speech, shownNumber(player.frame())], [third, 515]);
  context.advance(1);
  assert.deepEqual([player.frame().speech, shownNumber(player.frame())], [fourth, 715]);
  await third.finished;
  assert.deepEqual(order, ["first", true, "empty", true, "silent", true, "third", true]);
});

test("audio of length 0 amid a speech changes nothing", () => {
  const { context, player } = setUp();
  const speech = player.beginSpeech();
  speech.addFrames(0, numbered(30));
  for (const seconds of [0, 0.5, 0, 0.5, 0]) speech.addAudio(silence(seconds), RATE);
  speech.end();
  assert.ok(speech.scheduled);
  context.advance(0.53);
  assert.equal(player.frame().index, 15);
});

test("a buffer that its caller uses again plays what was given", () => {
  const { context, player } = setUp();
  const speech = player.beginSpeech();
  const reused = new Float32Array(RATE).fill(0.25);
  speech.addAudio(reused, RATE);
  reused.fill(-1);
  const samples = new Float32Array(RATE).fill(0.5);
  speech.addAudio(
    /** @type {any} */ ({ sampleRate: RATE, length: RATE, getChannelData: () => samples }),
  );
  samples.fill(-1);
  speech.addFrames(0, numbered(60));
  const heard = context.all.flatMap(({ buffer }) => [...buffer.getChannelData(0)]);
  assert.deepEqual([...new Set(heard)], [0.25, 0.5]);
  assert.equal(heard.length, 2 * RATE);
});

test("audio without a rate is refused at once", () => {
  const { player } = setUp();
  assert.throws(() => player.beginSpeech().addAudio(silence(1)), /rate in Hz; got undefined/);
  assert.throws(() => new Player().beginSpeech(), /audioContext/);
});

test("an interrupted speech is finished at once, though the context stands still", async () => {
  const { context, player } = setUp();
  const speech = speak(player, 1);
  context.advance(0.5);
  player.interrupt();
  assert.equal(await speech.finished, false);
});

test("an element that plays already is followed from where it is", () => {
  const { player } = setUp();
  const element = /** @type {FakeElement & any} */ (new FakeElement());
  element.play();
  element.settle();
  element.advance(1);
  player.follow(element).addFrames(0, numbered(60));
  assert.deepEqual([player.frame().state, shownNumber(player.frame())], ["speaking", 30]);
});

test("follow() in the handler of play: every play is heard and seen", () => {
  const { context, player } = setUp();
  const element = /** @type {FakeElement & any} */ (new FakeElement());
  element.addEventListener("play", () => player.follow(element).addFrames(0, numbered(60)));
  for (let round = 0; round < 3; round += 1) {
    element.play();
    element.settle();
    assert.equal(element.paused, false, `play ${round} goes on`);
    context.advance(0.5);
    element.advance(0.5);
    element.settle();
    assert.deepEqual([player.frame().state, shownNumber(player.frame())], ["speaking", 15]);
    element.advance(9);
    element.settle();
    assert.equal(player.speaking, false);
  }
});

test("on pause the mouth comes to rest without a jump; it goes on in time", () => {
  const { context, player } = setUp();
  const element = /** @type {FakeElement & any} */ (new FakeElement());
  const speech = player.follow(element);
  speech.addFrames(0, numbered(60));
  speech.play();
  element.settle();
  element.advance(0.5);
  assert.equal(player.frame().weights[1], 1);
  element.pause();
  element.settle();
  assert.equal(player.speaking, false);
  let last = player.frame().weights[1];
  for (let step = 0; step < 40; step += 1) {
    context.advance(0.01);
    const [, now] = player.frame().weights;
    assert.ok(now <= last && last - now < 0.06);
    last = now;
  }
  assert.equal(last, 0);
  element.play();
  element.settle();
  for (let step = 0; step < 20; step += 1) {
    context.advance(0.01);
    element.advance(0.01);
    const [, now] = player.frame().weights;
    assert.ok(now >= last && now - last < 0.2);
    last = now;
  }
  assert.deepEqual([player.frame().state, player.frame().index, last], ["speaking", 21, 1]);
});

test("a play that the browser refuses leaves the face at rest", async () => {
  const { player } = setUp();
  const element = /** @type {FakeElement & any} */ (new FakeElement());
  element.play = () => Promise.reject(new Error("NotAllowedError"));
  const speech = player.follow(element);
  await assert.rejects(speech.play());
  assert.equal(player.speaking, false);
});

test("a pause that paused contradicts is believed when the time stands still", () => {
  const { context, player } = setUp();
  const element = /** @type {FakeElement & any} */ (new FakeElement());
  const speech = player.follow(element);
  speech.addFrames(0, numbered(60));
  const { play } = element;
  element.play = async () => {
    play.call(element);
    Object.defineProperty(element, "paused", { get: () => true }); // as on some phones
  };
  const watch = (seconds, moves) => {
    for (let step = 0; step < seconds * 100; step += 1) {
      context.advance(0.01);
      if (moves) element.currentTime += 0.01;
      player.frame();
    }
  };
  speech.play();
  watch(0.3, true);
  element.dispatchEvent(new Event("pause"));
  watch(0.3, true);
  assert.deepEqual([player.frame().state, player.frame().index], ["speaking", 18]);
  watch(1, false);
  assert.deepEqual([player.speaking, player.frame().weights[1]], [false, 0]);
  watch(0.3, true);
  assert.deepEqual([player.frame().state, player.frame().weights[1]], ["speaking", 1]);
});

test("a paused element lets the face rest while the context is suspended", () => {
  const { context, player } = setUp();
  context.state = "suspended";
  const element = /** @type {FakeElement & any} */ (new FakeElement());
  const speech = player.follow(element);
  speech.addFrames(0, numbered(60));
  speech.play();
  element.settle();
  element.advance(0.5);
  element.pause();
  element.settle();
  player.frame();
  pageTime += 300;
  assert.equal(player.frame().weights[1], 0);
  context.state = "running";
  assert.equal(player.frame().weights[1], 0);
});

test("a suspended context lets the face rest, without a jump; voice and face go on in time", () => {
  const { context, player } = setUp();
  speak(player, 2);
  context.advance(0.03 + 0.5);
  assert.equal(player.frame().weights[1], 1);
  context.state = "suspended";
  let last = 1;
  for (let step = 0; step < 40; step += 1) {
    const shown = player.frame();
    assert.deepEqual([shown.index, shown.state, player.speaking], [15, "rest", false]);
    assert.ok(shown.weights[1] <= last && last - shown.weights[1] < 0.06);
    last = shown.weights[1];
    pageTime += 10;
  }
  assert.equal(last, 0);
  context.state = "running";
  for (let step = 0; step < 11; step += 1) {
    const shown = player.frame();
    assert.equal(shown.state, "speaking");
    assert.ok(shown.weights[1] >= last && shown.weights[1] - last < 0.2);
    last = shown.weights[1];
    context.advance(0.01);
  }
  assert.deepEqual([player.frame().index, last], [18, 1]);
});

test("an interruption while the context is suspended lets the face rest", () => {
  const { context, player } = setUp();
  speak(player, 2);
  context.advance(0.5);
  player.frame();
  context.state = "suspended";
  player.interrupt();
  pageTime += 500;
  assert.deepEqual([...player.frame().weights], [0, 0]);
  context.state = "running";
  const next = speak(player, 1);
  context.advance(0.05);
  assert.deepEqual([player.frame().speech, player.frame().weights[1]], [next, 1]);
});

test("an element that failed is over: later speeches begin", () => {
  const { context, player } = setUp();
  const element = /** @type {FakeElement & any} */ (new FakeElement());
  player.follow(element);
  const speech = speak(player, 1);
  element.dispatchEvent(new Event("error"));
  context.advance(0.5);
  assert.equal(player.frame().speech, speech);
});
