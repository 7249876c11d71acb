/** What the numeric rooms of the runtime refuse, each in a line. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { checkRate, checkSamples } from "../../../web/runtime/audio/samples.js";
import {
  Controls,
  Live,
  profileOf,
  Raw,
  Upstream,
  withLife,
} from "../../../web/runtime/post/index.js";
import { Random } from "../../../web/runtime/random.js";

/** What a caller without types may give. */
const given = (value) => value;

/** Each with a part of what it says.
 * @type {[name: string, message: RegExp, call: () => unknown][]} */
const REFUSED = [
  ["AudioError", /whole number from 8000 to 192000 Hz; got 44100.5/, () => checkRate(44_100.5)],
  ["AudioError", /got 7999/, () => checkRate(7_999)],
  ["AudioError", /got 16000$/, () => checkRate(given("16000"))],
  ["AudioTypeError", /got Array/, () => checkSamples(given([0, 0]))],
  ["AudioTypeError", /got Float64Array/, () => checkSamples(given(new Float64Array(2)))],
  ["AudioTypeError", /got null/, () => checkSamples(null)],
  ["AudioTypeError", /from 1 to 64; got 0/, () => checkSamples(new Float32Array(2), 0)],
  ["AudioTypeError", /multiple of 2 samples; got 3/, () => checkSamples(new Int16Array(3), 2)],
  ["AudioError", /NaN or infinity/, () => checkSamples(Float32Array.of(0, NaN, 1))],
  ["AudioError", /NaN or infinity/, () => checkSamples(Float32Array.of(0, -Infinity))],
  ["AudioError", /a peak of 17/, () => checkSamples(Float32Array.of(0, -17))],
  ["OptionError", /from 0 up.*got -1/, () => new Random(-1)],
  ["OptionError", /got 0.5/, () => new Random(0.5)],
  ["OptionError", /got 7/, () => new Random(given("7"))],
  [
    "OptionError",
    /no setting 'low_latency'.*lowLatency/,
    () => new Live(given({ low_latency: true })),
  ],
  ["OptionError", /gaze must be true or false; got 1/, () => new Live(given({ gaze: 1 }))],
  ["OptionError", /no setting 'delay'/, () => new Live(given({ delay: 3 }))],
  [
    "OptionError",
    /no setting 'brows'; expected one of blinks/,
    () => new Upstream(given({ brows: true })),
  ],
  ["OptionError", /no control 'moods'/, () => new Controls(given({ moods: {} }))],
  ["OptionError", /post must be a profile.*got live/, () => profileOf(given("live"))],
  ["OptionError", /gaze: only the live profile/, () => withLife(new Upstream(), { gaze: true })],
];

for (const [name, message, call] of REFUSED) {
  test(`${name} ${message}`, () => assert.throws(call, { name, message }));
}

test("what can be taken is taken", () => {
  checkSamples(new Float32Array(0));
  checkSamples(Int16Array.of(-32_768, 32_767), 2);
  checkSamples(Float32Array.of(16, -16));
  assert.equal(checkRate(44_056), 44_056);
  assert.ok(profileOf(null) instanceof Raw);
});

test("gaze and head are switched, and the rest is left", () => {
  const live = withLife(new Live({ brows: true }), { head: true, gaze: undefined });
  assert.deepEqual({ ...live }, { ...new Live({ brows: true, head: true }) });
});

test("a seed that nobody gave is another each time", () => {
  assert.notEqual(new Random().uint32(), new Random().uint32());
});
