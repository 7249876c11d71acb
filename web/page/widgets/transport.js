/** The buttons that begin, hold and end a voice. */

import { buttonById, elementById } from "../elements.js";

/**
 * @typedef {object} Voices What is asked of a session.
 * @property {"rest" | "clip" | "live"} mode
 * @property {boolean} paused
 * @property {boolean} monitor
 * @property {{kept: boolean}[]} recordings
 * @property {() => unknown} listen
 * @property {() => unknown} stop
 * @property {() => unknown} togglePause
 * @property {() => unknown} again
 */
/** @typedef {Voices & EventTarget} Session */

/** Binds the buttons to a session. @param {Session} session */
export function bindTransport(session) {
  buttonById("speak").addEventListener("click", () =>
    session.mode === "live" ? session.stop() : session.listen(),
  );
  buttonById("pause").addEventListener("click", () => session.togglePause());
  buttonById("stop").addEventListener("click", () => session.stop());
  buttonById("again").addEventListener("click", () => session.again());
  const monitor = elementById("monitor", HTMLInputElement);
  monitor.addEventListener("change", () => {
    session.monitor = monitor.checked;
  });
  session.addEventListener("change", () => showTransport(session));
}

/** @param {Session} session */
function showTransport({ mode, paused, recordings }) {
  const speak = buttonById("speak");
  speak.setAttribute("aria-pressed", String(mode === "live"));
  /** @type {Element} */ (speak.querySelector("span")).textContent =
    mode === "live" ? "Stop listening" : "Speak";
  elementById("monitor-row", HTMLElement).hidden = mode !== "live";
  const pause = buttonById("pause");
  pause.disabled = mode !== "clip";
  pause.toggleAttribute("data-paused", mode === "clip" && paused);
  pause.setAttribute("aria-label", pause.hasAttribute("data-paused") ? "Go on" : "Pause");
  buttonById("stop").disabled = mode === "rest";
  buttonById("again").disabled = mode !== "rest" || !recordings.some((recording) => recording.kept);
}
