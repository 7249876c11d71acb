/** Gains, recordings, and files as the page writes them. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { bsData, LIVE_LINK_COLUMNS, liveLinkCsv } from "../../../web/page/formats.js";
import { Gains } from "../../../web/page/gains.js";
import { Recording } from "../../../web/page/recording.js";
import { ARKIT } from "../shapes.mjs";

const row = ARKIT.map((_, i) => i / 64);

test("bsData.json", () => {
  const face = JSON.parse(bsData([row, row], ARKIT, 30));
  assert.deepEqual(Object.keys(face).sort(), ["frames", "metadata", "names"]);
  assert.deepEqual(face.metadata, { fps: 30, frame_count: 2, blendshape_names: ARKIT });
  assert.deepEqual(face.frames[1], { weights: row, time: 0.033333, rotation: [] });
});

test("the head's pose", () => {
  const names = [...ARKIT, "headYaw", "headPitch", "headRoll"];
  const posed = [...row, -0.1, 0.05, 0.02];
  const face = JSON.parse(bsData([posed], names, 30));
  assert.deepEqual(face.names, ARKIT);
  assert.deepEqual(face.frames, [{ weights: row, time: 0, rotation: [0.05, -0.1, 0.02] }]);
  const [head, line] = liveLinkCsv([posed], names, 30).split("\n");
  assert.equal(line.split(",")[head.split(",").indexOf("HeadYaw")], "-0.1000000000");
  const shown = new Gains().apply(posed, names);
  assert.deepEqual([...shown.slice(52)], [...Float32Array.of(-0.1, 0.05, 0.02)]);
});

test("Live Link CSV", () => {
  const [head, ...lines] = liveLinkCsv(Array(95).fill(row), ARKIT, 30).trimEnd().split("\n");
  const columns = head.split(",");
  assert.equal(columns.length, 63);
  assert.equal(LIVE_LINK_COLUMNS.length, 61);
  assert.equal(columns.indexOf("JawRight") + 1, columns.indexOf("JawLeft"));
  assert.equal(columns.indexOf("MouthRight") + 1, columns.indexOf("MouthLeft"));
  const cells = lines[94].split(",");
  assert.deepEqual(cells.slice(0, 2), ["00:00:03:08.000", "61"]);
  assert.equal(cells[columns.indexOf("JawOpen")], row[ARKIT.indexOf("jawOpen")].toFixed(10));
  assert.equal(cells[columns.indexOf("HeadYaw")], "0.0000000000");
});

test("frames of a timecode count at 60, whatever the rate", () => {
  for (const fps of [24, 25, 29.97, 30000 / 1001, 30, 48, 50, 60, 90, 120]) {
    const lines = liveLinkCsv(Array(Math.ceil(3 * fps)).fill(row), ARKIT, fps)
      .trimEnd()
      .split("\n");
    lines.slice(1).forEach((line, frame) => {
      const [hours, minutes, seconds, frames] = line.split(",")[0].split(":").map(Number);
      assert.ok(frames < 60);
      const time = hours * 3600 + minutes * 60 + seconds + frames / 60;
      assert.ok(Math.abs(time - frame / fps) < 1e-5, `${fps}: ${line.slice(0, 16)}`);
    });
  }
});

test("what is not finite is not written", () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    for (const format of [bsData, liveLinkCsv]) {
      assert.throws(() => format([row, row.map(() => value)], ARKIT, 30), /must be finite/);
    }
  }
});

test("gains multiply and keep weights within 0..1", () => {
  const gains = new Gains();
  gains.set("jawOpen", 1.5);
  gains.set("tongueOut", 0);
  const weights = gains.apply([0.5, 0.9, 0.4], ["jawOpen", "tongueOut", "mouthClose"]);
  assert.deepEqual([...weights], [0.75, 0, Math.fround(0.4)]);
  gains.set("jawOpen", 4);
  assert.equal(gains.apply([0.5], ["jawOpen"])[0], 1);
  gains.clear();
  assert.equal(gains.get("jawOpen"), 1);
});

test("a recording knows its loudness frame by frame, however its audio was cut", () => {
  const samples = Float32Array.from({ length: 24_100 }, (_, i) => (i < 12_000 ? 0 : 0.5));
  const [whole, cut] = [new Recording("a", 24_000, 30), new Recording("a", 24_000, 30)];
  whole.add(samples);
  for (let at = 0; at < samples.length; at += 777) cut.add(samples.subarray(at, at + 777));
  assert.deepEqual(whole.volumes, cut.volumes);
  assert.deepEqual([whole.volumes.length, whole.volumes[14], whole.volumes[15]], [30, 0, 0.5]);
  assert.equal(whole.frameCount, 31);
  assert.deepEqual(cut.samples, samples);
});
