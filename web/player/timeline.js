/** When which audio of a speech sounds. */

/**
 * When which part of a speech sounds, in the context's time. Time that no span covers is silence
 * between chunks: the speech's clock stands still there.
 */
export class Timeline {
  constructor() {
    /** Audio without a gap: it sounds from `at` (context's time, s) on, beginning `from` seconds into
     * the speech. @type {{at: number, from: number, seconds: number}[]} */
    this.spans = [];
    /** Seconds of speech scheduled. */
    this.seconds = 0;
  }

  /** When the first sample sounds, s. */
  get startAt() {
    return this.spans.length ? this.spans[0].at : Infinity;
  }

  /** When the last sample so far has sounded, s. */
  get endAt() {
    const last = this.spans.at(-1);
    return last ? last.at + last.seconds : -Infinity;
  }

  /** Appends audio that sounds at `at`, a context's time. @param {number} at s
   * @param {number} seconds */
  add(at, seconds) {
    const last = this.spans.at(-1);
    if (last && Math.abs(at - this.endAt) < 1e-6) last.seconds += seconds;
    else this.spans.push({ at, from: this.seconds, seconds });
    this.seconds += seconds;
  }

  /** Where the speech is at `now`: the time heard, for how long the span sounds or the gap lasts,
   * and how long the gap before the span was. All in s.
   * @param {number} now a context's time not before the first sample */
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
