/** The client of /ws/a2e, against a socket that the test plays. */

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { readFrames, toInt16, VoiceClient } from "../../../web/page/client.js";
import { ARKIT } from "../shapes.mjs";

const READY = { type: "ready", names: ARKIT, fps: 30, latency: 0.4, styles: ["neutral"] };

class FakeSocket {
  /** @type {FakeSocket[]} */
  static all = [];
  /** Set by the client. @type {any} */
  onopen;
  /** @type {any} */
  onmessage;
  /** @type {any} */
  onclose;
  bufferedAmount = 0;
  sent = [];

  constructor(url) {
    this.url = url;
    FakeSocket.all.push(this);
  }

  send(message) {
    this.sent.push(typeof message === "string" ? JSON.parse(message) : message);
  }

  close() {}

  open() {
    this.onopen();
    this.say(READY);
  }

  say(message) {
    this.onmessage({ data: JSON.stringify(message) });
  }
}
globalThis.WebSocket = /** @type {any} */ (FakeSocket);

beforeEach(() => {
  FakeSocket.all = [];
});

function connect(key) {
  const client = new VoiceClient("ws://here/ws/a2e", { rate: 16_000, style: "neutral" }, key);
  const heard = [];
  for (const type of ["ready", "frames", "end", "stats", "lost", "refused"]) {
    client.addEventListener(type, (/** @type {any} */ { detail }) => heard.push([type, detail]));
  }
  return { client, heard, socket: () => FakeSocket.all.at(-1) };
}

function framesMessage(speech, first, rows) {
  const data = new ArrayBuffer(16 + rows.length * 52 * 4);
  new Uint8Array(data).set(Buffer.from("A2EF"));
  const view = new DataView(data);
  [speech, first, rows.length].forEach((value, i) => view.setUint32(4 + 4 * i, value, true));
  rows.flat().forEach((value, i) => view.setFloat32(16 + 4 * i, value, true));
  return data;
}

test("it starts, sends a whole speech in pieces, and ends it", async () => {
  const { client, socket } = connect();
  socket().open();
  await client.sendAll(new Float32Array(20_000).fill(0.5));
  const [start, one, two, three, end] = socket().sent;
  assert.deepEqual(start, {
    type: "start",
    sample_format: "int16",
    channels: 1,
    output: "binary",
    rate: 16_000,
    style: "neutral",
  });
  assert.deepEqual([one.length, two.length, three.length, one[0]], [8000, 8000, 4000, 16_384]);
  assert.deepEqual(end, { type: "end" });
});

test("it waits while the socket is full", async () => {
  const { client, socket } = connect();
  socket().open();
  socket().bufferedAmount = 1e9;
  const sending = client.sendAll(new Float32Array(16_000));
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(socket().sent.length, 1);
  socket().bufferedAmount = 0;
  await sending;
  assert.equal(socket().sent.length, 4);
});

test("binary frames are read", () => {
  const rows = [Array.from({ length: 52 }, (_, i) => i / 64), Array(52).fill(0.25)];
  const { client, heard, socket } = connect();
  socket().open();
  socket().onmessage({ data: framesMessage(2, 30, rows) });
  assert.deepEqual(
    heard[1][1].rows.map((row) => [...row]),
    rows,
  );
  assert.deepEqual([heard[1][1].speech, heard[1][1].first], [2, 30]);
  assert.deepEqual(readFrames(framesMessage(0, 0, []), 52).rows, []);
  client.close();
});

test("samples beyond full scale are cut off, not wrapped around", () => {
  assert.deepEqual(
    [...toInt16(Float32Array.of(0, 1, -1, 1.5, -7))],
    [0, 32_767, -32_767, 32_767, -32_767],
  );
});

test("a lost connection is tried again, ever more patiently, and found", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { heard, socket } = connect();
  socket().open();
  const waits = [];
  for (let loss = 0; loss < 7; loss += 1) {
    socket().onclose({ code: 1006 });
    waits.push(heard.at(-1)[1].seconds);
    mock.timers.tick(waits.at(-1) * 1000);
  }
  assert.deepEqual(waits, [0.5, 1, 2, 4, 8, 8, 8]);
  assert.match(heard.at(1)[1].message, /connection to the service was lost/);
  assert.match(heard.at(2)[1].message, /can’t be reached/);
  socket().open();
  assert.equal(heard.at(-1)[0], "ready");
  assert.equal(FakeSocket.all.length, 8);
  mock.timers.reset();
});

test("the service's own words are told; a refusal is not tried again", () => {
  const { heard, socket } = connect();
  socket().onopen();
  socket().say({ type: "error", code: "bad_key", message: "expected the service's API key" });
  socket().onclose({ code: 1008 });
  assert.deepEqual(heard, [
    ["refused", { message: "Expected the service's API key.", code: "bad_key" }],
  ]);
  assert.equal(FakeSocket.all.length, 1);
});

test("a restart is told as such", () => {
  const { client, heard, socket } = connect();
  socket().open();
  socket().onclose({ code: 1012 });
  assert.match(heard.at(-1)[1].message, /restarting/);
  client.close();
});

test("the key goes first", () => {
  const { socket } = connect("secret");
  socket().open();
  assert.deepEqual(socket().sent[0], { type: "auth", key: "secret" });
  assert.equal(socket().sent[1].type, "start");
});

test("a change of controls outlives a lost connection", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { client, socket } = connect();
  socket().open();
  client.controls({ style: { 0: 0.5, 1: 0.5 } });
  assert.deepEqual(socket().sent.at(-1), { type: "controls", style: { 0: 0.5, 1: 0.5 } });
  socket().onclose({ code: 1006 });
  mock.timers.tick(500);
  socket().open();
  assert.deepEqual(socket().sent[0].style, { 0: 0.5, 1: 0.5 });
  mock.timers.reset();
});

test("after close nothing more is heard or tried", () => {
  const { client, heard, socket } = connect();
  socket().open();
  client.close();
  socket().onclose({ code: 1000 });
  socket().say({ type: "stats" });
  assert.equal(heard.length, 1);
  assert.equal(FakeSocket.all.length, 1);
});
