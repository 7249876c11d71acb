/** The page: binds its widgets to the session, and draws at every animation frame. */

import { buttonById, elementById } from "../page/elements.js";
import { IdleMotion } from "../page/idle.js";
import { Curves } from "../page/widgets/curves.js";
import { bindChooser, bindDrops } from "../page/widgets/file-inputs.js";
import { MoodSliders } from "../page/widgets/mood-sliders.js";
import { Readouts } from "../page/widgets/readouts.js";
import { showStatus } from "../page/widgets/status-line.js";
import { bindTransport } from "../page/widgets/transport.js";
import { MOODS } from "../runtime/post/moods.js";
import { decodeClip } from "./clips.js";
import { addDownloads } from "./downloads.js";
import { FaceChoice } from "./face-choice.js";
import { LoadingBar } from "./loading-bar.js";
import { Session } from "./session.js";
import { Views } from "./views.js";

const PAUSE_MS = 200; // without a movement of a slider before frames are asked for
const AVATAR = /\.(glb|vrm|gltf)$/i;
const MODEL = /\.onnx$/i;

const session = new Session(new URL(location.href).searchParams.get("model"));
const views = new Views(session.info.names);
const curves = new Curves(elementById("curves", HTMLCanvasElement), session.info.names);
const idle = new IdleMotion();
const stillness = matchMedia("(prefers-reduced-motion: reduce)");
const readouts = new Readouts(session);
const bar = new LoadingBar(elementById("loading", HTMLProgressElement));
const choice = new FaceChoice(views, () => session.info.names);
let pause = 0;
const moods = new MoodSliders(elementById("moods", HTMLElement), (mood) => {
  clearTimeout(pause);
  pause = window.setTimeout(() => session.changeMood(mood), PAUSE_MS);
});
let density = devicePixelRatio;

/** What was drawn last; for the console and for measurements. */
const drawn = { weights: new Float32Array(0), index: -1, time: 0, state: "rest", clock: 0 };
Object.assign(window, { a2e: { session, drawn } });

// Voices

bindTransport(session);
bindChooser(take);
bindDrops(take);
buttonById("sample").addEventListener("click", playSample);
buttonById("neutral").addEventListener("click", () => moods.reset());
const prompt = elementById("prompt", HTMLInputElement);
prompt.addEventListener("change", () => {
  session.prompt = prompt.checked;
  if (session.mode === "live") session.listen();
});

for (const type of ["click", "keydown"]) {
  // What the browser holds goes on only in answer to a gesture: the button, or any other.
  addEventListener(type, () => session.held && session.resume(), { capture: true });
}

async function playSample() {
  try {
    const answer = await fetch("speech.flac");
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    await take([new File([await answer.blob()], "speech.flac")]);
  } catch (error) {
    showStatus(
      "trouble",
      `The sample can’t be fetched: ${/** @type {Error} */ (error).message}. Check the connection.`,
    );
  }
}

/** Takes files that were chosen or dropped, by their kind. @param {File[]} files */
async function take(files) {
  const avatar = files.find(({ name }) => AVATAR.test(name));
  if (avatar) await choice.open(avatar);
  const model = files.find(({ name }) => MODEL.test(name));
  if (model) await session.changeModel(model.name, await model.arrayBuffer());
  const sounds = files.filter((file) => file !== avatar && file !== model);
  const clips = [];
  for (const file of sounds) {
    try {
      clips.push(await decodeClip(file));
    } catch (error) {
      showStatus("trouble", /** @type {Error} */ (error).message);
    }
  }
  if (clips.length > 0) await session.play(clips);
}

// The session's events

session.addEventListener("status", (event) => {
  const { kind, text } = /** @type {CustomEvent} */ (event).detail;
  showStatus(kind, text);
  if (kind !== "busy") bar.end();
});
session.addEventListener("progress", (event) => {
  bar.update(/** @type {CustomEvent} */ (event).detail);
});
session.addEventListener("change", () => {
  const { names } = session.info;
  if (curves.shapeNames.join() !== names.join()) curves.names = views.names = names;
  elementById("resume", HTMLElement).hidden = !session.held;
});

// Drawing

/** @param {import("../player/player.js").Shown} shown */
function draw(shown) {
  const seconds = performance.now() / 1000;
  const { names, fps } = session.info;
  const weights = shown.weights.slice();
  if (shown.state === "rest" || shown.state === "ended") idle.blink(weights, names, seconds);
  Object.assign(drawn, { ...shown, weights, clock: session.player.now() });
  views.draw(weights, idle.sway(seconds, stillness.matches), seconds);
  const { recording } = session;
  const rows = recording?.speech?.frames.rows ?? [];
  curves.draw({ time: shown.time, rows, volumes: recording?.volumes ?? [], fps });
  readouts.update(shown, seconds);
}

/** Fits the drawings to their sizes on the page, and to the screen's density. */
function fit() {
  density = devicePixelRatio;
  views.resize();
  curves.resize();
  draw(session.player.frame()); // a canvas is empty after its size was set
}

function step() {
  requestAnimationFrame(step);
  if (devicePixelRatio === density) draw(session.player.frame());
  else fit(); // the window moved to another screen, or was zoomed
}

const sizes = new ResizeObserver(fit);
for (const id of ["stage", "curves"]) sizes.observe(elementById(id, HTMLElement));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => curves.resize());
moods.show(Object.keys(MOODS));
addDownloads(elementById("downloads", HTMLElement), session);
session.prepare();
step();
navigator.serviceWorker
  ?.register("service-worker.js")
  .then(() => navigator.serviceWorker.ready)
  .then(() => elementById("offline", HTMLElement).removeAttribute("hidden"))
  .catch(() => {}); // insecure pages and private windows have none
