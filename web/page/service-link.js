/** The page's link to the service: the settings that all its connections share. */

import { VoiceClient } from "./client.js";

/** @typedef {{names: string[], fps: number, latency: number, styles: string[], moods: string[]}}
 * ServiceInfo Facts of the service's model, as `ready` gives them; `latency` in s. */
/** @typedef {{style?: Record<string, number>, mood?: Record<string, number>, strength?: number,
 * regions?: Record<string, number>, delay?: number}} FaceChange
 * Shares by style's index, which sum to 1; strengths by mood, 0..1; the face's strength and its
 * regions', 0..2; ms by which it shows later, which can't change while a voice speaks. */
/** @typedef {Record<string, (detail: any) => void>} Handlers Functions by a client's event. */

/** At most one connection at a time. */
export class ServiceLink {
  #url;
  #handlers;

  /** @param {URL} url of the service's WebSocket
   * @param {{before: Handlers, after: Handlers}} handlers of every connection, called before and
   * after its own */
  constructor(url, handlers) {
    this.#url = url;
    this.#handlers = handlers;
    /** The service's key, if it asks for one. */
    this.key = "";
    /** The face asked for; what it lacks is the service's default. @type {FaceChange} */
    this.face = {};
    /** @type {ServiceInfo} */
    this.info = { names: [], fps: 30, latency: 0, styles: [], moods: [] };
    /** The connection that is open or being made. @type {VoiceClient | null} */
    this.client = null;
  }

  /** Opens a connection in place of the one before.
   * @param {{rate: number, seed: number, low_latency?: boolean}} voice `rate` in Hz; `seed`: of
   * blinks and gaze
   * @param {Handlers} handlers @returns {VoiceClient} */
  open({ rate, seed, low_latency }, handlers) {
    this.close();
    const start = { rate, seed, low_latency, ...this.face };
    const client = new VoiceClient(this.#url, start, this.key);
    client.addEventListener("ready", (event) => {
      this.info = /** @type {CustomEvent} */ (event).detail;
    });
    for (const group of [this.#handlers.before, handlers, this.#handlers.after]) {
      for (const [type, handle] of Object.entries(group)) {
        client.addEventListener(type, (event) => handle(/** @type {CustomEvent} */ (event).detail));
      }
    }
    this.client = client;
    return client;
  }

  /** Ends the connection. */
  close() {
    this.client?.close();
    this.client = null;
  }
}
