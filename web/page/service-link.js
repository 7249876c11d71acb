/** The page's link to the service: the settings that all its connections share. */

import { VoiceClient } from "./client.js";

/** @typedef {{names: string[], fps: number, latency: number, styles: string[]}} ServiceInfo
 * Facts of the service's model, as `ready` gives them; `latency` in s. */
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
    /** Shares by style's index, or null for the service's default.
     * @type {Record<string, number> | null} */
    this.style = null;
    /** @type {ServiceInfo} */
    this.info = { names: [], fps: 30, latency: 0, styles: [] };
    /** The connection that is open or being made. @type {VoiceClient | null} */
    this.client = null;
  }

  /** Opens a connection in place of the one before.
   * @param {{rate: number, seed: number, low_latency?: boolean}} choices `rate` in Hz; `seed`: of the
   * blinks
   * @param {Handlers} handlers @returns {VoiceClient} */
  open(choices, handlers) {
    this.close();
    const start = { ...choices, ...(this.style && { style: this.style }) };
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
