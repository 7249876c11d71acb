/** The page: binds its widgets to the session, and draws at every animation frame. */

import { Face } from "../face/face.js";
import { decodeFiles } from "./audio-files.js";
import { download } from "./download.js";
import { buttonById, elementById } from "./elements.js";
import { bsData, liveLinkCsv } from "./formats.js";
import { IdleMotion } from "./idle.js";
import { Session } from "./session.js";
import { Curves } from "./widgets/curves.js";
import { bindChooser, bindDrops } from "./widgets/file-inputs.js";
import { KnobSliders } from "./widgets/knob-sliders.js";
import { MoodSliders } from "./widgets/mood-sliders.js";
import { Readouts } from "./widgets/readouts.js";
import { ShapePreview } from "./widgets/shape-preview.js";
import { ShapeSliders } from "./widgets/shape-sliders.js";
import { showStatus } from "./widgets/status-line.js";
import { StyleSliders } from "./widgets/style-sliders.js";
import { bindTransport } from "./widgets/transport.js";

const PAUSE_MS = 200; // without a movement of the face's sliders before frames are asked for

const service = new URL("ws/a2e", document.baseURI);
service.protocol = service.protocol.replace("http", "ws");
const session = new Session(service);
const face = new Face(elementById("face", HTMLCanvasElement), []);
const curves = new Curves(elementById("curves", HTMLCanvasElement), [], (column) =>
  session.gains.get(session.info.names[column]),
);
const idle = new IdleMotion();
const stillness = matchMedia("(prefers-reduced-motion: reduce)");
const preview = new ShapePreview();
const readouts = new Readouts(session);
const styles = new StyleSliders(
  elementById("styles", HTMLElement),
  debounce((style) => session.changeFace({ style }), PAUSE_MS),
);
const moods = new MoodSliders(
  elementById("moods", HTMLElement),
  debounce((mood) => session.changeFace({ mood }), PAUSE_MS),
);
/** What knobs were moved to since frames were last asked for.
 * @type {import("./service-link.js").FaceChange} */
let moved = {};
const changeMovement = debounce(() => {
  session.changeFace(moved);
  moved = {};
}, PAUSE_MS);
const knobs = new KnobSliders(elementById("knobs", HTMLElement), (change) => {
  Object.assign(moved, change);
  changeMovement(undefined);
});
const shapes = new ShapeSliders(elementById("shapes", HTMLElement), session.gains, (names) =>
  preview.hold(names),
);
let density = devicePixelRatio;
const together = elementById("together", HTMLInputElement);

/** What was drawn last; for the console and for measurements. */
const drawn = { weights: new Float32Array(0), index: -1, time: 0, state: "rest", clock: 0 };
Object.assign(window, { a2e: { session, drawn } });

// Voices

bindTransport(session);
bindChooser(playFiles);
bindDrops(playFiles);
buttonById("sample").addEventListener("click", async () => {
  const answer = await fetch(new URL("speech.flac", import.meta.url));
  playFiles([new File([await answer.blob()], "sample")]);
});
for (const type of ["click", "keydown"]) {
  // Some browsers let sound begin only in answer to a gesture.
  addEventListener(type, () => session.context.resume(), { once: true, capture: true });
}

/** @param {File[]} files */
async function playFiles(files) {
  const clips = await decodeFiles(session.context, files, (text) => showStatus("trouble", text));
  if (clips.length > 0) session.play(clips);
}

// Shapes and downloads

together.addEventListener("change", showShapes);
buttonById("reset").addEventListener("click", () => shapes.reset());
buttonById("neutral").addEventListener("click", () => moods.reset());
buttonById("even").addEventListener("click", () => knobs.reset());
buttonById("bsdata").addEventListener("click", () =>
  save("bsData.json", "application/json", bsData),
);
buttonById("livelink").addEventListener("click", () => save("csv", "text/csv", liveLinkCsv));

function showShapes() {
  shapes.show(session.info.names, together.checked);
}

/** @param {string} ending @param {string} type MIME @param {typeof bsData} format */
function save(ending, type, format) {
  const { recording, info } = session;
  if (!recording) return;
  const rows = recording.rows.map((row) => session.gains.apply(row, info.names));
  download(`${recording.name}.${ending}`, format(rows, info.names, info.fps), type);
}

// The session's events

session.addEventListener("status", (event) => {
  const { kind, text } = /** @type {CustomEvent} */ (event).detail;
  showStatus(kind, text);
});
session.addEventListener("info", () => {
  const { names } = session.info;
  if (curves.shapeNames.join() !== names.join()) {
    curves.names = face.names = names;
    showShapes();
  }
  styles.show(session.info.styles);
  moods.show(session.info.moods);
});
session.addEventListener("key", () => {
  const key = prompt("This service asks for its key:");
  if (key) session.greet(key);
});

// Drawing

/** @param {import("../player/player.js").Shown} shown */
function draw(shown) {
  const seconds = performance.now() / 1000;
  const { names, fps } = session.info;
  const weights = session.gains.apply(shown.weights, names);
  if (shown.state === "rest" || shown.state === "ended") idle.blink(weights, names, seconds);
  Object.assign(drawn, { ...shown, weights, clock: session.player.now() });
  preview.apply(weights, names);
  face.draw(weights, idle.sway(seconds, stillness.matches));
  const { recording } = session;
  const rows = recording?.speech?.frames.rows ?? [];
  curves.draw({ time: shown.time, rows, volumes: recording?.volumes ?? [], fps });
  shapes.update(weights);
  readouts.update(shown, seconds);
}

/** A function that calls after `ms` without a newer call.
 * @template T @param {(value: T) => void} call @param {number} ms */
function debounce(call, ms) {
  let timer = 0;
  return (/** @type {T} */ value) => {
    clearTimeout(timer);
    timer = window.setTimeout(() => call(value), ms);
  };
}

/** Fits the drawings to their sizes on the page, and to the screen's density. */
function fit() {
  density = devicePixelRatio;
  face.resize();
  curves.resize();
  draw(session.player.frame()); // a canvas is empty after its size was set
}

const sizes = new ResizeObserver(fit);
for (const { canvas } of [face, curves]) sizes.observe(canvas);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => curves.resize());
session.greet();
session.player.run((shown) => {
  if (devicePixelRatio === density) draw(shown);
  else fit(); // the window moved to another screen, or was zoomed
});
