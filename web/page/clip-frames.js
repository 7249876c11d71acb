/** Frames of clips: their audio goes to the service, their frames to their speeches. */

/** @typedef {import("./recording.js").Recording} Recording */
/** @typedef {import("./service-link.js").ServiceLink} ServiceLink */

/**
 * @typedef {object} Progress Functions that are told how it goes.
 * @property {(again: boolean) => void} connected `again`: after the connection was lost, with all
 *   frames known
 * @property {(seconds: number) => void} begun first frame, so long after the first audio was sent
 * @property {(rtf: number) => void} completed all frames of a clip; computing time / speech
 */

/** Asks for frames, of one clip after another. */
export class ClipFrames {
  #link;
  #progress;
  #request = 0;

  /** @param {ServiceLink} link @param {Progress} progress */
  constructor(link, progress) {
    this.#link = link;
    this.#progress = progress;
  }

  /** Asks for the frames of all recordings, in place of those asked for before.
   * @param {Recording[]} recordings
   * @returns {Promise<boolean>} true when all are known, false if it was overtaken */
  async request(recordings) {
    this.cancel();
    const request = this.#request;
    for (const recording of recordings) {
      recording.complete = false;
      await this.#requestOne(recording);
      if (request !== this.#request) return false;
    }
    return true;
  }

  /** Asks for no more. */
  cancel() {
    this.#request += 1;
  }

  /** @param {Recording} recording @returns {Promise<void>} */
  #requestOne(recording) {
    return new Promise((resolve) => {
      let sentAt = 0;
      const client = this.#link.open(recording, {
        ready: () => {
          if (!recording.complete) {
            sentAt = performance.now();
            client.sendAll(recording.samples);
          }
          this.#progress.connected(recording.complete);
        },
        frames: ({ first, rows }) => {
          if (first === 0) this.#progress.begun((performance.now() - sentAt) / 1000);
          recording.speech?.addFrames(first, rows);
        },
        end: ({ frames }) => {
          if (frames < recording.frameCount) return; // cut short by a restart: all is sent again
          recording.complete = true;
          endFrames(recording);
          const seconds = (performance.now() - sentAt) / 1000;
          this.#progress.completed(recording.length ? seconds / recording.seconds : 0);
          resolve();
        },
      });
    });
  }
}

/** Lets a clip's audio wait for no more frames. @param {Recording} recording */
export function endFrames({ speech }) {
  if (speech && "endFrames" in speech) speech.endFrames();
}
