/** The player's books: which frame belongs to which time, and when which audio sounds. */

/** @typedef {ArrayLike<number>} Row Weights of one frame. */

/** The frames of one speech. Only a new speech gets a new, empty buffer. */
export class FrameBuffer {
  /** @param {number} fps @param {number} channels */
  constructor(fps, channels) {
    this.fps = fps;
    this.channels = channels;
    /** @type {Float32Array[]} */
    this.rows = [];
    /** Frames known from the first on without a hole. */
    this.known = 0;
  }

  /** Puts frames `first`, `first + 1`, … in their places; frames that are there are replaced.
   * @param {number} first @param {Iterable<Row>} rows */
  add(first, rows) {
    let index = first;
    for (const row of rows) {
      if (row.length !== this.channels) {
        throw new RangeError(`a frame has ${this.channels} weights; got ${row.length}`);
      }
      this.rows[index] = Float32Array.from(row);
      index += 1;
    }
    while (this.rows[this.known]) this.known += 1;
  }

  /** Seconds for which frames are known without a hole. */
  get seconds() {
    return this.known / this.fps;
  }

  /** The frame that belongs to a time, or the last known one before it; -1 if there is none.
   * @param {number} time */
  indexAt(time) {
    // A millionth of a frame makes up for sums of seconds that end a hair before a frame's start.
    let index = Math.min(Math.floor(time * this.fps + 1e-6), this.rows.length - 1);
    while (index >= 0 && !this.rows[index]) index -= 1;
    return index;
  }

  /** Weights at a time: the frame's own at its start, and on to the next frame if that is known.
   * @param {number} time @param {boolean} between @returns {Float32Array | null} */
  at(time, between) {
    const index = this.indexAt(time);
    if (index < 0) return null;
    const [row, next] = [this.rows[index], this.rows[index + 1]];
    const share = time * this.fps - index;
    return between && next && share < 1 ? mix(row, next, Math.max(0, share)) : row;
  }
}

/**
 * When which part of a speech sounds, in the context's time. Time that no span covers is silence
 * between chunks: the speech's clock stands still there.
 */
export class Timeline {
  constructor() {
    /** @type {{at: number, from: number, seconds: number}[]} */
    this.spans = [];
    /** Seconds of speech scheduled. */
    this.seconds = 0;
  }

  /** When the first sample sounds. */
  get startAt() {
    return this.spans.length ? this.spans[0].at : Infinity;
  }

  /** When the last sample so far has sounded. */
  get endAt() {
    const last = this.spans.at(-1);
    return last ? last.at + last.seconds : -Infinity;
  }

  /** Appends audio that sounds at `at`. @param {number} at @param {number} seconds */
  add(at, seconds) {
    const last = this.spans.at(-1);
    if (last && Math.abs(at - this.endAt) < 1e-6) last.seconds += seconds;
    else this.spans.push({ at, from: this.seconds, seconds });
    this.seconds += seconds;
  }

  /** Where the speech is at `now`: the time heard, for how long the span sounds or the gap lasts,
   * and how long the gap before the span was. @param {number} now */
  locate(now) {
    const number = this.spans.findLastIndex((span) => span.at <= now);
    const span = this.spans[number];
    const before = this.spans[number - 1];
    const passed = now - span.at;
    return {
      time: span.from + Math.min(passed, span.seconds),
      sounding: passed < span.seconds,
      since: passed < span.seconds ? passed : passed - span.seconds,
      gap: before ? span.at - before.at - before.seconds : 0,
    };
  }
}

/** @param {Row} from @param {Row} to @param {number} share of `to` */
export function mix(from, to, share) {
  return Float32Array.from(to, (value, i) => from[i] + (value - from[i]) * share);
}

/** 0 below 0, 1 above 1, smooth between. @param {number} x */
export function smoothstep(x) {
  const t = Math.min(1, Math.max(0, x));
  return t * t * (3 - 2 * t);
}
