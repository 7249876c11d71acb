/**
 * A visitor's session, without the page: voices go to the service, frames come back to the player.
 *
 * Events: `info` (the facts of the service's model), `status` {text, kind}, `change` (of what
 * plays), `stats` {rtf}, `key` (the service asks for its key). Kinds of status: "fine", "busy",
 * "trouble".
 */

import { Player } from "../player/player.js";
import { Microphone } from "../sources/microphone.js";
import { ClipFrames, endFrames } from "./clip-frames.js";
import { Gains } from "./gains.js";
import { Recording } from "./recording.js";
import { ServiceLink } from "./service-link.js";

/** @typedef {{name: string, samples: Float32Array, rate: number}} Clip Mono, -1..1, at `rate` Hz. */
/** @typedef {"rest" | "clip" | "live"} Mode */

const LISTENING = "Listening. Speak!";
const NETWORK_MARGIN = 0.04; // s added to the service's own latency before a live face is shown

/** Plays clips or follows the microphone, one at a time. */
export class Session extends EventTarget {
  #link;
  #frames;
  /** @type {Microphone | null} */
  #microphone = null;
  #attempt = 0; // to open the microphone

  /** @param {URL} url of the service's WebSocket */
  constructor(url) {
    super();
    this.#link = new ServiceLink(url, {
      before: {
        ready: (info) => this.#emit("info", info),
        stats: (stats) => this.#emit("stats", stats),
      },
      after: {
        lost: ({ message, seconds }) =>
          this.#report(
            "trouble",
            `${message} ${this.#consequence()} Trying again in ${seconds} s.`,
          ),
        refused: (refusal) => this.#handleRefusal(refusal),
      },
    });
    this.#frames = new ClipFrames(this.#link, {
      // "Speaking" and "Ready" come after a "lost"
      connected: (again) =>
        this.#report(
          "fine",
          again ? "Connected again" : this.mode === "clip" ? "Speaking" : "Ready",
        ),
      begun: (seconds) => {
        this.firstFrame = seconds;
      },
      completed: (rtf) => {
        this.#emit("stats", { rtf });
        this.#emit("change", null);
      },
    });
    this.context = new AudioContext({ latencyHint: "interactive" });
    this.player = new Player({ audioContext: this.context });
    this.gains = new Gains();
    /** The recordings that play or played last, one after another. @type {Recording[]} */
    this.recordings = [];
    /** @type {Mode} */
    this.mode = "rest";
    /** True while the speaker hears themselves. */
    this.monitor = false;
    /** Seconds from the first audio sent to the first frame, of the last clip. */
    this.firstFrame = 0;
    this.context.onstatechange = () => this.#emit("change", null);
  }

  /** The facts of the service's model. */
  get info() {
    return this.#link.info;
  }

  /** The recording that is heard, or was heard last. */
  get recording() {
    const { speech } = this.player.frame();
    const heard = this.recordings.find((recording) => speech && recording.speech === speech);
    return heard ?? this.recordings[0] ?? null;
  }

  /** True while voice and face are held. */
  get paused() {
    return this.context.state !== "running";
  }

  /** Seconds from the voice to the face. */
  get delay() {
    const speech = this.recordings[0]?.speech;
    return speech && "delay" in speech ? speech.delay : this.info.latency + NETWORK_MARGIN;
  }

  /** Asks the service for its facts. @param {string} [key] the service's */
  greet(key = this.#link.key) {
    this.#link.key = key;
    this.#link.open(
      { rate: this.context.sampleRate, seed: 0 },
      {
        ready: () => {
          this.#link.close();
          this.#report("fine", "Ready");
        },
      },
    );
    this.#report("busy", "Connecting…");
  }

  /** Plays clips one after another. @param {Clip[]} clips */
  async play(clips) {
    this.stop();
    await this.context.resume();
    this.recordings = clips.map(({ name, samples, rate }) => {
      const recording = new Recording(name, rate, this.info.fps);
      recording.add(samples);
      return recording;
    });
    this.#enqueue();
    this.#requestFrames();
  }

  /** Plays what was played last once more. */
  async again() {
    const { recordings } = this;
    this.stop();
    await this.context.resume();
    const rows = recordings.map((recording) => recording.rows);
    this.recordings = recordings;
    this.#enqueue();
    recordings.forEach(({ speech }, i) => {
      speech?.addFrames(0, rows[i]);
    });
    for (const recording of recordings) if (recording.complete) endFrames(recording);
    if (recordings.some((recording) => !recording.complete)) this.#requestFrames();
  }

  /** Follows the microphone, until `stop`. */
  async listen() {
    this.stop();
    const attempt = this.#attempt;
    await this.context.resume();
    this.#report("busy", "Opening the microphone…");
    try {
      const microphone = await Microphone.open(this.context, {
        onBlock: ({ samples, time }) => this.#addLive(samples, time),
        onState: (state) => this.#showMicrophone(state),
      });
      if (attempt !== this.#attempt) return microphone.close();
      this.#microphone = microphone;
    } catch (error) {
      this.#report("trouble", /** @type {Error} */ (error).message);
      return;
    }
    this.mode = "live";
    this.recordings = [this.#liveRecording()];
    this.#openLive();
    this.#emit("change", null);
  }

  /** Ends what plays or listens: a clip is interrupted, a live voice is let finish. */
  stop() {
    this.#attempt += 1;
    this.#frames.cancel();
    if (this.mode === "live") {
      this.#microphone?.close();
      this.#microphone = null;
      this.#link.client?.end();
      this.#endLive();
      this.#report("fine", "Ready");
    } else {
      this.#link.close();
      this.player.interrupt();
      if (this.mode === "clip") this.context.resume(); // the clock must go on for the face to rest
    }
    this.mode = "rest";
    this.#emit("change", null);
  }

  /** Holds voice and face, or lets both go on. */
  async togglePause() {
    await (this.paused ? this.context.resume() : this.context.suspend());
    this.#report("fine", this.paused ? "Paused" : "Speaking");
  }

  /** Changes the face: a live voice's from the next hop on, but for the delay, which holds from the
   * next one on; frames of a clip are made anew.
   * @param {import("./service-link.js").FaceChange} change */
  changeFace(change) {
    Object.assign(this.#link.face, change);
    const { delay: _, ...running } = change;
    if (this.mode === "live") this.#link.client?.controls(running);
    else if (this.recordings.length > 0) this.#requestFrames();
  }

  #liveRecording() {
    return new Recording("microphone", this.context.sampleRate, this.info.fps);
  }

  #openLive() {
    const [{ seed }] = this.recordings;
    this.#link.open(
      { rate: this.context.sampleRate, seed, low_latency: true },
      {
        ready: () => {
          this.recordings = [this.#liveRecording()];
          this.#report("fine", LISTENING);
          this.#emit("change", null);
        },
        frames: ({ first, rows }) => {
          this.recordings[0].speech?.addFrames(first, rows);
          this.#microphone?.monitor(this.monitor, this.delay);
        },
        lost: () => this.#endLive(),
        end: () => {
          if (this.mode === "live") return;
          this.recordings[0].complete = true;
          this.#link.close();
          this.#emit("change", null);
        },
      },
    );
  }

  /** @param {import("../sources/source.js").State} state */
  #showMicrophone({ state, message }) {
    if (this.mode !== "live") return;
    if (message) this.#report(state === "lost" ? "trouble" : "busy", message);
    else if (state === "live" && this.#link.client?.ready) this.#report("fine", LISTENING);
  }

  /** @param {Float32Array} samples @param {number} time of the first one */
  #addLive(samples, time) {
    const [recording] = this.recordings;
    const { client } = this.#link;
    if (this.mode !== "live" || !client?.ready) return;
    recording.speech ??= this.player.beginLive({ startTime: time, delay: this.delay });
    recording.add(samples);
    client.send(samples);
  }

  #endLive() {
    const { speech, seconds } = this.recordings[0];
    if (speech && "delay" in speech) speech.end(seconds);
  }

  /** Puts all recordings on the player, without frames. */
  #enqueue() {
    this.mode = "clip";
    for (const recording of this.recordings) {
      const speech = this.player.beginSpeech();
      recording.speech = speech;
      speech.addAudio(recording.samples, recording.rate);
      speech.end();
      if (recording === this.recordings.at(-1))
        speech.finished.then((whole) => whole && this.#finish());
    }
    this.#report("fine", "Speaking");
    this.#emit("change", null);
  }

  #finish() {
    this.mode = "rest";
    this.#link.close();
    this.#report("fine", "Ready");
    this.#emit("change", null);
  }

  /** Asks for the frames of all recordings. */
  async #requestFrames() {
    const complete = await this.#frames.request(this.recordings);
    if (complete && this.mode === "rest") this.#link.close();
  }

  /** @param {{message: string, code: string}} refusal */
  #handleRefusal({ message, code }) {
    this.stop();
    this.#report("trouble", message);
    if (code === "bad_key") this.#emit("key", null);
  }

  /** A lost connection's consequence for the one who listens. */
  #consequence() {
    if (this.mode === "live") return "The face does not hear you now.";
    if (this.mode === "rest") return "";
    return this.recordings.every((recording) => recording.complete)
      ? "This clip is complete and plays on."
      : "The clip goes on when the service is back.";
  }

  /** @param {"fine" | "busy" | "trouble"} kind @param {string} text */
  #report(kind, text) {
    this.#emit("status", { kind, text });
  }

  /** @param {string} type @param {unknown} detail */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
