/** What shows the weights on the stage: the drawn face, or a visitor's avatar. */

import { Face } from "../face/face.js";
import { elementById } from "../page/elements.js";

/** @typedef {import("../face/face.js").Sway} Sway */
/** @typedef {import("./avatar.js").Avatar} Avatar */

/** The faces, of which one is seen. */
export class Views {
  #face;
  #canvas;
  /** @type {Avatar | null} */
  #avatar = null;
  #showsAvatar = false;

  /** @param {string[]} names the weights' names */
  constructor(names) {
    this.#face = new Face(elementById("face", HTMLCanvasElement), names);
    this.#canvas = elementById("avatar", HTMLCanvasElement);
  }

  /** The weights' names. @param {string[]} names */
  set names(names) {
    this.#face.names = names;
    if (this.#avatar) this.#avatar.names = names;
  }

  /** True once an avatar was opened. */
  get hasAvatar() {
    return this.#avatar !== null;
  }

  /** Loads three.js, unless it is there, and an avatar. Throws an Error whose message can be shown.
   * @param {File} file @param {string[]} names @returns {Promise<string[]>} the shapes it lacks */
  async open(file, names) {
    const { Avatar } = await import("./avatar.js").catch((error) => {
      throw new Error("three.js can’t be loaded. Check the connection, then try again.", {
        cause: error,
      });
    });
    const avatar = await Avatar.open(this.#canvas, file, names);
    this.#avatar?.close();
    this.#avatar = avatar;
    this.show(true);
    return avatar.missing;
  }

  /** Shows the avatar, or the drawn face. @param {boolean} avatar */
  show(avatar) {
    this.#showsAvatar = avatar && this.hasAvatar;
    this.#canvas.hidden = !this.#showsAvatar;
    this.#face.canvas.hidden = this.#showsAvatar;
    this.resize();
  }

  /** Fits what is seen to its size on the page. */
  resize() {
    if (this.#showsAvatar) this.#avatar?.resize();
    else this.#face.resize();
  }

  /** @param {Float32Array} weights [shapes] @param {Sway} sway @param {number} seconds any clock's */
  draw(weights, sway, seconds) {
    if (this.#showsAvatar) this.#avatar?.draw(weights, seconds);
    else this.#face.draw(weights, sway);
  }
}
