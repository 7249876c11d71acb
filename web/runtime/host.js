/**
 * The worker's side: one model and its streams, answering the page's calls.
 *
 * @module host
 */

import { Files } from "./download.js";
import { StreamClosedError, told } from "./errors.js";
import { openModel } from "./loading.js";
import { received } from "./wire.js";

/** @typedef {import("./loading.js").Build} Build */
/** @typedef {import("./loading.js").Opening} Opening */
/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./stream.js").Stream} Stream */

/**
 * @typedef {object} Scope As much of a worker's global scope as is used.
 * @property {(message: object, moved?: Transferable[]) => void} postMessage
 * @property {((event: MessageEvent) => void) | null} onmessage
 */

/** Answers the calls that come to this worker. @param {Build} build */
export function host(build) {
  const scope = /** @type {Scope} */ (/** @type {unknown} */ (globalThis));
  const calls = new Calls(build, (message) => scope.postMessage(message));
  scope.onmessage = async ({ data: { id, call, ...given } }) => {
    try {
      const result = await calls.answer(call, given);
      scope.postMessage({ id, result }, buffersOf(result));
    } catch (error) {
      scope.postMessage({ id, error: told(error) });
    }
  };
}

/** What the page can ask for. */
class Calls {
  #build;
  #send;
  /** @type {Model | null} */
  #model = null;
  /** @type {Map<number, Stream>} */
  #streams = new Map();

  /** @param {Build} build @param {(message: object) => void} send */
  constructor(build, send) {
    this.#build = build;
    this.#send = send;
  }

  /** Does what was asked; what concerns a stream is begun at once, so that its order holds.
   * @param {string} call @param {any} given */
  answer(call, given) {
    if (call === "load") return this.#load(given.opening, given.cache);
    if (call === "open") return this.#open(given.stream, given.options);
    const stream = this.#streams.get(given.stream);
    if (!stream) throw new StreamClosedError("this stream is closed; open a new one");
    if (call === "push") return stream.push(given.samples, { channels: given.channels });
    if (call === "change") return stream.change(given);
    if (call === "reset") return stream.reset(given);
    if (call === "close") return this.#close(given.stream, stream);
    return call === "peek" ? stream.peek() : stream.flush();
  }

  /** Opens the model; without an answer's spec the page shall try again, as what was kept in the
   * cache was no good and is now forgotten. @param {Opening} opening @param {boolean} cache */
  async #load(opening, cache) {
    /** @type {import("./download.js").Progress} */
    const onProgress = (file, loaded, total) => this.#send({ progress: { file, loaded, total } });
    const files = new Files({ cache, onProgress });
    try {
      const read = (/** @type {string} */ url, /** @type {import("./loading.js").File} */ file) =>
        files.read(url, file);
      this.#model = await openModel(opening, this.#build, read);
    } catch (error) {
      if (await files.forget(error)) return {};
      throw error;
    }
    files.keep().catch(() => {}); // without room for them they are fetched again
    return { spec: this.#model.spec };
  }

  /** @param {number} number @param {import("./wire.js").SentOptions} options */
  #open(number, options) {
    const model = /** @type {Model} */ (this.#model);
    this.#streams.set(number, model.stream(received(options)));
  }

  /** @param {number} number @param {Stream} stream */
  #close(number, stream) {
    stream.close();
    this.#streams.delete(number);
  }
}

/** The memory that goes over to the page. @param {any} result @returns {ArrayBuffer[]} */
const buffersOf = (result) => (result?.weights ? [result.weights.buffer] : []);
