/** Notes of a demo page that listens: every frame drawn, and how long the page's thread was held. */

const TICK = 4; // ms between two looks at how long the thread was held

/** Counts since `begin`. */
export const notes = { drawings: 0, dropped: 0, late: 0, hold: 0, delays: [] };

/** Begins to count anew. */
export function begin() {
  Object.assign(notes, { drawings: 0, dropped: 0, late: 0, hold: 0, delays: [] });
  before = -1;
}

let before = -1; // the frame drawn before
let last = performance.now();

setInterval(() => {
  const now = performance.now();
  notes.hold = Math.max(notes.hold, now - last - TICK);
  last = now;
}, TICK);

function note() {
  requestAnimationFrame(note);
  const { session, drawn } = globalThis.a2e;
  const speech = session.recording?.speech;
  if (session.mode !== "live" || !speech || drawn.index < 0) return;
  notes.drawings += 1;
  notes.delays[notes.drawings % 1000] = drawn.clock - speech.startTime - drawn.time;
  if (before >= 0 && drawn.index > before + 1) notes.dropped += drawn.index - before - 1;
  if (drawn.index > before) {
    const due = Math.floor(drawn.time * session.info.fps + 1e-6);
    notes.late += due > drawn.index ? due - drawn.index : 0;
  }
  before = drawn.index;
}
requestAnimationFrame(note);
