/**
 * A worker's calls and their answers.
 *
 * @module link
 */

import { AudioTypeError, errorOf, ProviderError, StreamClosedError } from "./errors.js";

/** @typedef {{resolve: (result: any) => void, reject: (error: Error) => void}} Waiting */

/** Calls to a worker. If it stops, all that wait and all later calls are told why. */
export class Link {
  #worker;
  #last = 0;
  /** Calls without an answer yet. @type {Map<number, Waiting>} */
  #waiting = new Map();
  /** Why the worker can't be asked any more. @type {Error | null} */
  #broken = null;

  /** @param {Worker} worker @param {(progress: any) => void} onProgress */
  constructor(worker, onProgress) {
    this.#worker = worker;
    worker.onmessage = ({ data }) => (data.progress ? onProgress(data.progress) : this.#take(data));
    worker.onerror = (event) => {
      event.preventDefault();
      const reason = event.message || "its file or one that it imports can't be loaded";
      this.#break(
        new ProviderError(
          `the worker stopped: ${reason}. Are all files of a2e on the server, and does the page's ` +
            "Content-Security-Policy allow them?",
        ),
      );
    };
    worker.onmessageerror = () => this.#break(new ProviderError("the worker's answer was damaged"));
  }

  /** Asks the worker. @param {string} call @param {object} [given] @param {Transferable[]} [moved]
   * memory that goes over to it @returns {Promise<any>} */
  ask(call, given = {}, moved = []) {
    if (this.#broken) return Promise.reject(this.#broken);
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      try {
        this.#worker.postMessage({ id, call, ...given }, moved);
      } catch (error) {
        this.#waiting.delete(id);
        reject(
          new AudioTypeError(
            `this can't go to the worker: ${/** @type {Error} */ (error).message}`,
          ),
        );
      }
    });
  }

  /** Stops the worker. */
  end() {
    this.#break(new StreamClosedError("this model is closed; load it again"));
  }

  /** @param {{id: number, result?: unknown, error?: import("./errors.js").Told}} answer */
  #take({ id, result, error }) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) waiting?.reject(errorOf(error));
    else waiting?.resolve(result);
  }

  /** @param {Error} why */
  #break(why) {
    this.#broken ??= why;
    this.#worker.terminate();
    for (const { reject } of this.#waiting.values()) reject(why);
    this.#waiting.clear();
  }
}
