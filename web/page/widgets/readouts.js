/** The page's numbers. */

import { elementById } from "../elements.js";

/** @typedef {Pick<import("../session.js").Session, "mode" | "recording" | "firstFrame" | "delay" |
 * "addEventListener"> & {info: {latency: number, fps: number}}} Session What is asked of one. */
/** @typedef {import("../../player/player.js").Shown} Shown */

const UPDATE_SECONDS = 0.1; // between two updates

/** Latency, real-time factor, frame; and the voice's name on the stage. */
export class Readouts {
  #session;
  #updatedAt = 0;

  /** @param {Session} session */
  constructor(session) {
    this.#session = session;
    session.addEventListener("stats", (event) =>
      showRealTimeFactor(/** @type {CustomEvent} */ (event).detail.rtf),
    );
  }

  /** Shows the numbers, if it is time. @param {Shown} shown @param {number} seconds of any clock */
  update(shown, seconds) {
    if (seconds - this.#updatedAt <= UPDATE_SECONDS) return;
    this.#updatedAt = seconds;
    showLatency(this.#session);
    showFrame(this.#session, shown);
    showDownloads(this.#session);
    showName(this.#session, shown);
  }
}

/** @param {string} id @param {string} text */
function setText(id, text) {
  elementById(id, HTMLElement).textContent = text;
}

/** @param {number} factor */
function showRealTimeFactor(factor) {
  setText("rtf", factor.toFixed(3));
  if (factor > 0) setText("rtf-note", `${Math.round(1 / factor)} × as fast as speech`);
}

/** @param {Session} session */
function showLatency({ mode, recording, info, firstFrame, delay }) {
  const live = mode === "live" || (recording?.name === "microphone" && mode === "rest");
  const ofVoice = live || !firstFrame;
  const seconds = ofVoice ? delay : firstFrame;
  setText("latency", info.latency ? `${Math.round(1000 * seconds)} ms` : "–");
  setText(
    "latency-note",
    ofVoice ? "from the voice to the face" : "from the clip to its first frames",
  );
}

/** @param {Session} session @param {Shown} shown */
function showFrame({ recording, info }, { index, time }) {
  const length = recording ? recording.seconds.toFixed(2) : "–";
  setText("frame", index < 0 ? "–" : String(index));
  setText("time-note", index < 0 ? `${info.fps} a second` : `${time.toFixed(2)} s of ${length} s`);
}

/** @param {Session} session */
function showDownloads({ mode, recording }) {
  const ready = Boolean(recording?.speech?.frames.known) && mode !== "live";
  const buttons = document.querySelectorAll("button[data-download]");
  for (const button of buttons) button.toggleAttribute("disabled", !ready);
}

/** @param {Session} session @param {Shown} shown */
function showName({ mode, recording }, { state }) {
  elementById("now", HTMLElement).hidden = mode === "rest";
  const clip = `${recording?.name ?? ""} ${state === "stalled" ? "· waiting for frames" : ""}`;
  setText("now", mode === "live" ? "Listening" : clip);
}
