/** The page: binds what is on it to the studio, and draws at every animation frame. */

import { Curves } from "./curves.js";
import { bsData, download, liveLinkCsv } from "./downloads.js";
import { Face } from "./face.js";
import { Idle } from "./idle.js";
import { ShapeSliders, StyleSliders } from "./sliders.js";
import { Studio } from "./studio.js";

const PREVIEW_SECONDS = 0.18; // in which a shape shown alone comes and goes
const STYLE_PAUSE_MS = 200; // without a movement of the style's sliders before frames are asked for
const TELL_SECONDS = 0.1; // s between two updates of the numbers

/** @template {HTMLElement} T @param {string} id @returns {T} */
const byId = (id) => /** @type {T} */ (document.getElementById(id));

const service = new URL("ws/a2e", document.baseURI);
service.protocol = service.protocol.replace("http", "ws");
const studio = new Studio(service);
const face = new Face(byId("face"), []);
const curves = new Curves(byId("curves"), [], (column) =>
  studio.gains.get(studio.info.names[column]),
);
const idle = new Idle();
const stillness = matchMedia("(prefers-reduced-motion: reduce)");
const preview = { names: /** @type {string[]} */ ([]), share: 0, held: false };
const styles = new StyleSliders(
  byId("styles"),
  debounced((style) => studio.restyle(style), STYLE_PAUSE_MS),
);
const shapes = new ShapeSliders(byId("shapes"), studio.gains, (names) => {
  preview.held = names !== null;
  if (names) preview.names = names;
});

/** What was drawn last; for the console and for measurements. */
const drawn = { weights: new Float32Array(0), index: -1, time: 0, state: "rest", clock: 0 };
Object.assign(window, { a2e: { studio, drawn } });

// Voices

byId("speak").addEventListener("click", () =>
  studio.mode === "live" ? studio.stop() : studio.listen(),
);
byId("sample").addEventListener("click", async () => {
  const answer = await fetch(new URL("speech.flac", import.meta.url));
  playFiles([new File([await answer.blob()], "sample")]);
});
byId("choose").addEventListener("click", () => byId("file").click());
byId("file").addEventListener("change", () => {
  const input = /** @type {HTMLInputElement} */ (byId("file"));
  playFiles([...(input.files ?? [])]);
  input.value = "";
});
for (const type of ["click", "keydown"]) {
  // Some browsers let sound begin only in answer to a gesture.
  addEventListener(type, () => studio.context.resume(), { once: true, capture: true });
}
byId("pause").addEventListener("click", () => studio.togglePause());
byId("stop").addEventListener("click", () => studio.stop());
byId("again").addEventListener("click", () => studio.again());
byId("monitor").addEventListener("change", ({ target }) => {
  studio.monitor = /** @type {HTMLInputElement} */ (target).checked;
});

/** @param {File[]} files */
async function playFiles(files) {
  if (files.length === 0) return;
  const clips = [];
  for (const file of files) {
    try {
      const audio = await studio.context.decodeAudioData(await file.arrayBuffer());
      clips.push({
        name: file.name.replace(/\.\w+$/, ""),
        samples: mono(audio),
        rate: audio.sampleRate,
      });
    } catch {
      showStatus(
        "trouble",
        `${file.name} holds no sound that this browser plays. Choose a WAV, MP3, FLAC or M4A file.`,
      );
    }
  }
  if (clips.length > 0) studio.play(clips);
}

/** All channels' mean. @param {AudioBuffer} audio */
function mono(audio) {
  const channels = Array.from({ length: audio.numberOfChannels }, (_, i) =>
    audio.getChannelData(i),
  );
  if (channels.length === 1) return channels[0].slice();
  return channels[0].map(
    (_, k) => channels.reduce((sum, channel) => sum + channel[k], 0) / channels.length,
  );
}

// Dropped clips

let inside = 0;
addEventListener("dragenter", (event) => {
  event.preventDefault();
  inside += 1;
  byId("stage").classList.add("dropping");
});
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("dragleave", () => {
  inside -= 1;
  if (inside <= 0) endDrag();
});
addEventListener("drop", (event) => {
  event.preventDefault();
  endDrag();
  playFiles([...(event.dataTransfer?.files ?? [])]);
});

function endDrag() {
  inside = 0;
  byId("stage").classList.remove("dropping");
}

// Shapes and downloads

byId("together").addEventListener("change", showShapes);
byId("reset").addEventListener("click", () => shapes.reset());
byId("bsdata").addEventListener("click", () => save("bsData.json", "application/json", bsData));
byId("livelink").addEventListener("click", () => save("csv", "text/csv", liveLinkCsv));

function showShapes() {
  shapes.show(studio.info.names, /** @type {HTMLInputElement} */ (byId("together")).checked);
}

/** @param {string} ending @param {string} type @param {typeof bsData} write */
function save(ending, type, write) {
  const { take, info } = studio;
  if (!take) return;
  const rows = take.rows.map((row) => studio.gains.apply(row, info.names));
  download(`${take.name}.${ending}`, write(rows, info.names, info.fps), type);
}

// What the studio says

studio.addEventListener("status", (event) => {
  const { kind, text } = /** @type {CustomEvent} */ (event).detail;
  showStatus(kind, text);
});
studio.addEventListener("info", () => {
  const { names, styles: known } = studio.info;
  if (curves.shapeNames.join() !== names.join()) {
    curves.names = face.names = names;
    showShapes();
  }
  styles.show(known);
});
studio.addEventListener("stats", (event) => {
  const { rtf } = /** @type {CustomEvent} */ (event).detail;
  byId("rtf").textContent = rtf.toFixed(3);
  if (rtf > 0) byId("rtf-note").textContent = `${Math.round(1 / rtf)} × as fast as speech`;
});
studio.addEventListener("key", () => {
  const key = prompt("This service asks for its key:");
  if (!key) return;
  studio.key = key;
  studio.greet();
});
studio.addEventListener("change", showState);

/** @param {string} kind @param {string} text */
function showStatus(kind, text) {
  const status = byId("status");
  status.dataset.kind = kind;
  status.textContent = text;
}

function showState() {
  const { mode, paused, takes } = studio;
  const speak = byId("speak");
  speak.setAttribute("aria-pressed", String(mode === "live"));
  /** @type {Element} */ (speak.querySelector("span")).textContent =
    mode === "live" ? "Stop listening" : "Speak";
  byId("monitor-row").hidden = mode !== "live";
  const pause = /** @type {HTMLButtonElement} */ (byId("pause"));
  pause.disabled = mode !== "clip";
  pause.toggleAttribute("data-paused", mode === "clip" && paused);
  pause.setAttribute("aria-label", pause.hasAttribute("data-paused") ? "Go on" : "Pause");
  /** @type {HTMLButtonElement} */ (byId("stop")).disabled = mode === "rest";
  /** @type {HTMLButtonElement} */ (byId("again")).disabled =
    mode !== "rest" || !takes.some((take) => take.length);
}

// Drawing

/** @param {import("./player.js").Shown} shown */
function draw(shown) {
  const seconds = performance.now() / 1000;
  const { names } = studio.info;
  const weights = studio.gains.apply(shown.weights, names);
  if (shown.state === "rest" || shown.state === "ended") idle.blink(weights, names, seconds);
  Object.assign(drawn, { ...shown, weights, clock: studio.player.now() });
  previewed(weights, names);
  face.draw(weights, idle.sway(seconds, stillness.matches));
  const take = studio.take;
  const rows = take?.speech?.frames.rows ?? [];
  curves.draw({ time: shown.time, rows, volumes: take?.volumes ?? [], fps: studio.info.fps });
  shapes.update(weights);
  if (seconds - told > TELL_SECONDS) tell(shown, seconds);
}

/** Shows a held shape alone. @param {Float32Array} weights @param {string[]} names */
function previewed(weights, names) {
  const step = 1 / 60 / PREVIEW_SECONDS;
  preview.share = Math.min(1, Math.max(0, preview.share + (preview.held ? step : -step)));
  if (preview.share === 0) return;
  for (let i = 0; i < weights.length; i += 1) {
    const target = preview.names.includes(names[i]) ? 1 : 0;
    weights[i] += (target - weights[i]) * preview.share;
  }
}

let told = 0;

/** The numbers. @param {import("./player.js").Shown} shown @param {number} seconds */
function tell(shown, seconds) {
  told = seconds;
  const { mode, take, info } = studio;
  const live = mode === "live" || (take?.name === "microphone" && mode === "rest");
  byId("latency").textContent = !info.latency
    ? "–"
    : `${Math.round(1000 * (live || !studio.firstFrame ? studio.delay : studio.firstFrame))} ms`;
  byId("latency-note").textContent =
    live || !studio.firstFrame ? "from the voice to the face" : "from the clip to its first frames";
  byId("frame").textContent = shown.index < 0 ? "–" : String(shown.index);
  byId("time-note").textContent =
    shown.index < 0
      ? `${info.fps} a second`
      : `${shown.time.toFixed(2)} s of ${take ? take.seconds.toFixed(2) : "–"} s`;
  const downloadable = Boolean(take?.speech?.frames.known) && mode !== "live";
  for (const id of ["bsdata", "livelink"])
    /** @type {HTMLButtonElement} */ (byId(id)).disabled = !downloadable;
  const now = byId("now");
  now.hidden = mode === "rest";
  now.textContent =
    mode === "live"
      ? "Listening"
      : `${take?.name ?? ""} ${shown.state === "stalled" ? "· waiting for frames" : ""}`;
}

/** @template T @param {(value: T) => void} call @param {number} ms */
function debounced(call, ms) {
  let timer = 0;
  return (/** @type {T} */ value) => {
    clearTimeout(timer);
    timer = window.setTimeout(() => call(value), ms);
  };
}

new ResizeObserver(() => {
  face.resize();
  curves.resize();
  draw(studio.player.frame()); // a canvas is empty after its size was set
}).observe(document.body);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => curves.resize());
studio.greet();
studio.player.run(draw);
