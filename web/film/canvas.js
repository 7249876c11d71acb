/** What the face uses of a canvas, drawn on a tape. */

import { Pen } from "./pen.js";

/** A canvas whose drawing goes to a tape; a new width or height clears it. */
export class Canvas {
  #tape;
  #pen;
  #width = 0;
  #height = 0;
  #fresh = true;
  /** Its size on the page, in CSS pixels. */
  clientWidth = 0;
  clientHeight = 0;

  /** @param {import("./tape.js").Tape} tape @param {number} number its name on the tape */
  constructor(tape, number) {
    this.#tape = tape;
    this.number = number;
    this.#pen = new Pen(this, tape);
  }

  get width() {
    return this.#width;
  }

  set width(width) {
    this.#width = width;
    this.#fresh = true;
  }

  get height() {
    return this.#height;
  }

  set height(height) {
    this.#height = height;
    this.#fresh = true;
  }

  getContext() {
    return this.#pen;
  }

  /** Makes it the canvas that the tape's next commands are drawn on. */
  select() {
    if (this.#fresh) this.#tape.write("size", this.number, this.#width, this.#height);
    if (this.#fresh || this.#tape.canvas !== this) {
      this.#tape.write("canvas", this.number);
      this.#tape.canvas = this;
      this.#pen.forget();
    }
    this.#fresh = false;
  }
}
