/**
 * A visitor's session, without the page: clips and live voices go to the models, frames to the player.
 *
 * Events: `status` {text, kind}, `change` (of what plays, or of the model), `stats` {rtf}. Kinds of
 * status: "fine", "busy", "trouble".
 */

import { endFrames } from "../page/clip-frames.js";
import { Recording } from "../page/recording.js";
import { Player } from "../player/player.js";
import { ProviderError, StreamClosedError } from "../runtime/errors.js";
import { ARKIT } from "../runtime/shapes.js";
import { makeFrames } from "./clip-frames.js";
import { LiveRecording } from "./live-recording.js";
import { Models } from "./models.js";

/** @typedef {import("../runtime/index.js").Model} Model */
/** @typedef {import("./clips.js").Clip} Clip */
/** @typedef {{recording: Recording, clip: Clip}} Spoken */
/** @typedef {"fine" | "busy" | "trouble"} Kind */

const LISTENING = "Listening. Speak!";

/** Plays clips or follows the microphone, one at a time. */
export class Session extends EventTarget {
  #models;
  /** Calls off what the last request asked for. */
  #running = new AbortController();
  /** Recordings of clips, and their sound. @type {Spoken[]} */
  #spoken = [];
  /** @type {LiveRecording | null} */
  #live = null;
  #paused = false;

  /** @param {import("./models.js").Source} source of the model */
  constructor(source) {
    super();
    this.#models = new Models(source, (progress) => this.#emit("progress", progress));
    this.context = new AudioContext({ latencyHint: "interactive" });
    this.player = new Player({ audioContext: this.context });
    /** The recordings that play or played last, one after another. @type {Recording[]} */
    this.recordings = [];
    /** @type {"rest" | "clip" | "live"} */
    this.mode = "rest";
    /** True while the speaker hears themselves. */
    this.monitor = false;
    /** True: live voices take the model with the least lookahead. */
    this.prompt = true;
    /** Seconds from the first audio given to the first frame, of the last clip. */
    this.firstFrame = 0;
    /** Facts of the model in use; `latency` in s, 0 before there is one. */
    this.info = { names: ARKIT, fps: 30, latency: 0 };
    /** Strengths of moods, 0..1. @type {Record<string, number>} */
    this.mood = {};
    this.context.onstatechange = () => this.#emit("change", null);
  }

  /** The recording that is heard, or was heard last. */
  get recording() {
    const { speech } = this.player.frame();
    const heard = this.recordings.find((recording) => speech && recording.speech === speech);
    return heard ?? this.recordings[0] ?? null;
  }

  /** True while the visitor holds voice and face. */
  get paused() {
    return this.#paused;
  }

  /** True while the browser, not the visitor, holds the sound of a voice. */
  get held() {
    return this.mode !== "rest" && !this.#paused && this.context.state !== "running";
  }

  /** Seconds from the voice to the face. */
  get delay() {
    return this.#live?.delay ?? this.info.latency;
  }

  /** Loads the model, so that it is there when a voice comes. */
  async prepare() {
    this.#report("busy", "Loading the model…");
    try {
      this.#use(await this.#models.forClips());
      if (this.mode === "rest") this.#report("fine", "Ready");
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Takes another model, if it is one. @param {string} name @param {ArrayBuffer} bytes */
  async changeModel(name, bytes) {
    this.#report("busy", `Loading ${name}…`);
    try {
      const model = await this.#models.replace(bytes);
      this.stop();
      this.#use(model);
      this.#report("fine", `Ready, with ${name}`);
    } catch (error) {
      this.#report("trouble", `${name}: ${/** @type {Error} */ (error).message}`);
    }
  }

  /** Plays clips one after another. @param {Clip[]} clips */
  play(clips) {
    this.stop();
    this.#spoken = clips.map((clip) => {
      const recording = new Recording(clip.name, clip.rate, this.info.fps);
      recording.add(clip.mono);
      return { clip, recording };
    });
    this.recordings = this.#spoken.map(({ recording }) => recording);
    this.#enqueue();
    return this.#request();
  }

  /** Plays what was played last once more. */
  again() {
    const { recordings } = this;
    this.stop();
    const rows = recordings.map((recording) => recording.rows);
    this.recordings = recordings;
    this.#enqueue();
    recordings.forEach((recording, i) => {
      recording.speech?.addFrames(0, rows[i]);
      if (recording.complete) endFrames(recording);
    });
    if (recordings.some((recording) => !recording.complete)) this.#request();
  }

  /** Follows the microphone, until `stop`. */
  async listen() {
    this.stop();
    const { signal } = this.#running;
    this.#resume();
    this.#report("busy", "Opening the microphone…");
    try {
      const model = await this.#models.forVoices(this.prompt);
      if (signal.aborted) return;
      this.#use(model);
      const live = await LiveRecording.open(this, model, {
        controls: this.#controls,
        onState: (state) => this.#showMicrophone(state),
        onRtf: (rtf) => this.#emit("stats", { rtf }),
        onError: (error) => this.#fail(error),
      });
      if (signal.aborted) return live.close();
      this.#live = live;
      this.mode = "live";
      this.#spoken = [];
      this.recordings = [live.recording];
      this.#showMicrophone(live.state);
      this.#emit("change", null);
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    }
  }

  /** Ends what plays or listens: a clip is interrupted, a live voice is let finish. */
  stop() {
    this.#running.abort();
    this.#running = new AbortController();
    if (this.mode === "live") {
      this.#live
        ?.end()
        .catch(() => {}) // its stream failed, which was told
        .then(() => this.#emit("change", null));
      this.#report("fine", "Ready");
    } else this.player.interrupt();
    this.#live = null;
    this.#resume(); // the clock must go on for the face to rest
    this.mode = "rest";
    this.#emit("change", null);
  }

  /** Holds voice and face, or lets both go on. */
  togglePause() {
    if (this.#paused) this.#resume();
    else {
      this.#paused = true;
      this.context.suspend();
    }
    this.#report("fine", this.#paused ? "Paused" : "Speaking");
    this.#emit("change", null);
  }

  /** Lets the sound go on that the browser held; in answer to a gesture. */
  resume() {
    this.#resume();
  }

  /** Another mood: a live voice's from now on, a clip's frames are made anew.
   * @param {Record<string, number>} mood */
  changeMood(mood) {
    this.mood = mood;
    if (this.mode === "live") this.#live?.change(this.#controls);
    else if (this.#spoken.length > 0) {
      this.#running.abort();
      this.#running = new AbortController();
      for (const { recording } of this.#spoken) recording.complete = false;
      return this.#request();
    }
  }

  get #controls() {
    return { mood: this.mood };
  }

  /** Never waited for: without a gesture the promise would not be kept. */
  #resume() {
    this.#paused = false;
    if (this.context.state !== "running") this.context.resume().catch(() => {});
  }

  /** Puts all clips on the player, without frames. */
  #enqueue() {
    this.mode = "clip";
    this.#resume();
    for (const { recording, clip } of this.#spoken) {
      const speech = this.player.beginSpeech();
      recording.speech = speech;
      speech.addAudio(clip.mono, clip.rate);
      speech.end();
      if (recording === this.recordings.at(-1)) {
        speech.finished.then((whole) => whole && this.#finish());
      }
    }
    this.#emit("change", null);
  }

  #finish() {
    this.mode = "rest";
    this.#report("fine", "Ready");
    this.#emit("change", null);
  }

  /** Makes the frames of all clips. */
  async #request() {
    const { signal } = this.#running;
    const progress = {
      begun: (/** @type {number} */ seconds) => {
        this.firstFrame = seconds;
        if (this.mode === "clip") this.#report("fine", "Speaking");
      },
      completed: (/** @type {number} */ rtf) => {
        this.#emit("stats", { rtf });
        this.#emit("change", null);
      },
    };
    try {
      const model = await this.#models.forClips();
      if (signal.aborted) return;
      this.#use(model);
      for (const { clip, recording } of this.#spoken) {
        const made = makeFrames(model, clip, recording, this.#controls, progress, signal);
        if (!(await made)) return;
      }
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    }
  }

  /** @param {Model} model */
  #use(model) {
    const stream = model.stream({ rate: this.context.sampleRate });
    stream.close();
    const { latency } = stream;
    const { names, fps } = model;
    const { player } = this;
    if (fps !== player.fps || names.length !== player.channels) {
      player.interrupt();
      this.player = new Player({ audioContext: this.context, fps, channels: names.length });
    }
    this.info = { names, fps, latency };
    this.#emit("change", null);
  }

  /** @param {import("../sources/source.js").State} state */
  #showMicrophone({ state, message }) {
    if (this.mode !== "live") return;
    if (message) this.#report(state === "lost" ? "trouble" : "busy", message);
    else if (state === "live") this.#report("fine", LISTENING);
    this.#emit("change", null);
  }

  /** @param {unknown} error */
  #fail(error) {
    if (error instanceof ProviderError || error instanceof StreamClosedError) this.#models.forget();
    this.stop();
    this.#report("trouble", /** @type {Error} */ (error).message);
  }

  /** @param {Kind} kind @param {string} text */
  #report(kind, text) {
    this.#emit("status", { kind, text });
  }

  /** @param {string} type @param {unknown} detail */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
