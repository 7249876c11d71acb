/**
 * What the page does, without the page: voices go to the service, frames come back to the player.
 *
 * Events: `info` (what the service's model can do), `status` {text, kind}, `change` (what plays),
 * `stats` {rtf}. Kinds of status: "fine", "busy", "trouble".
 */

import { VoiceClient } from "./client.js";
import { Gains } from "./gains.js";
import { Microphone } from "./microphone.js";
import { Player } from "./player.js";
import { Take } from "./take.js";

const NETWORK_MARGIN = 0.08; // s added to the service's own latency before a live face is shown

/** @typedef {{name: string, samples: Float32Array, rate: number}} Clip */
/** @typedef {"rest" | "clip" | "live"} Mode */

export class Studio extends EventTarget {
  /** @type {VoiceClient | null} */
  #client = null;
  /** @type {Microphone | null} */
  #microphone = null;
  #asked = 0;

  /** @param {URL} url of the service's WebSocket */
  constructor(url) {
    super();
    this.url = url;
    this.context = new AudioContext({ latencyHint: "interactive" });
    this.player = new Player({ audioContext: this.context });
    this.gains = new Gains();
    this.key = "";
    /**
     * What `ready` said last.
     * @type {{names: string[], fps: number, latency: number, styles: string[]}}
     */
    this.info = { names: [], fps: 30, latency: 0, styles: [] };
    /**
     * Shares by style's index, or null for the service's default.
     * @type {Record<string, number> | null}
     */
    this.style = null;
    /** What plays or played last, one after another. @type {Take[]} */
    this.takes = [];
    /** @type {Mode} */
    this.mode = "rest";
    this.monitor = false;
    /** Seconds from the first audio sent to the first frame, of the last clip. */
    this.firstFrame = 0;
    this.context.onstatechange = () => this.#changed();
  }

  /** Asks the service what it can do. */
  greet() {
    this.#client = this.#connect(this.context.sampleRate, 0, {
      ready: () => {
        this.hangUp();
        this.#say("fine", "Ready");
      },
    });
    this.#say("busy", "Connecting…");
  }

  /** The take that is heard, or was heard last. */
  get take() {
    const { speech } = this.player.frame();
    return this.takes.find((take) => take.speech === speech && speech) ?? this.takes[0] ?? null;
  }

  get paused() {
    return this.context.state !== "running";
  }

  /** Plays clips one after another. @param {Clip[]} clips */
  async play(clips) {
    this.stop();
    await this.context.resume();
    this.takes = clips.map(({ name, samples, rate }) => {
      const take = new Take(name, rate, this.info.fps);
      take.add(samples);
      return take;
    });
    this.#enqueue();
    this.#ask();
  }

  /** Plays what was played last once more. */
  async again() {
    const { takes } = this;
    this.stop();
    await this.context.resume();
    const known = takes.map((take) => take.rows);
    this.takes = takes;
    this.#enqueue();
    takes.forEach(({ speech }, i) => speech?.addFrames(0, known[i]));
    for (const take of takes.filter((one) => one.complete)) endFrames(take);
    if (takes.some((take) => !take.complete)) this.#ask();
  }

  /** Speaks what the microphone hears, until `stop`. */
  async listen() {
    this.stop();
    const asked = this.#asked;
    await this.context.resume();
    this.#say("busy", "Opening the microphone…");
    try {
      const microphone = await Microphone.open(this.context, (samples, time) =>
        this.#hear(samples, time),
      );
      if (asked !== this.#asked) return microphone.close();
      this.#microphone = microphone;
    } catch (error) {
      this.#say("trouble", /** @type {Error} */ (error).message);
      return;
    }
    this.mode = "live";
    this.takes = [this.#liveTake()];
    this.#client = this.#connect(this.context.sampleRate, this.takes[0].seed, {
      ready: () => {
        this.takes = [this.#liveTake()];
        this.#say("fine", "Listening. Speak!");
        this.#changed();
      },
      frames: ({ first, rows }) => {
        this.takes[0].speech?.addFrames(first, rows);
        this.#microphone?.monitor(this.monitor, this.delay);
      },
      lost: () => this.#endLive(),
      end: () => {
        if (this.mode === "live") return;
        this.takes[0].complete = true;
        this.hangUp();
        this.#changed();
      },
    });
    this.#changed();
  }

  /** Ends what plays or listens: a clip is interrupted, a live voice is let finish. */
  stop() {
    this.#asked += 1;
    if (this.mode === "live") {
      this.#microphone?.close();
      this.#microphone = null;
      this.#client?.end();
      this.#endLive();
      this.#say("fine", "Ready");
    } else {
      this.hangUp();
      this.player.interrupt();
      if (this.mode === "clip") this.context.resume(); // the clock must go on for the face to rest
    }
    this.mode = "rest";
    this.#changed();
  }

  /** Holds voice and face, or lets both go on. */
  async togglePause() {
    await (this.paused ? this.context.resume() : this.context.suspend());
    this.#say("fine", this.paused ? "Paused" : "Speaking");
  }

  /** A live voice changes from the next hop on; frames of a clip are made anew.
   * @param {Record<string, number>} style shares by index */
  restyle(style) {
    this.style = style;
    if (this.mode === "live") this.#client?.controls({ style });
    else if (this.takes.length > 0) this.#ask();
  }

  /** Seconds from the voice to the face. */
  get delay() {
    const speech = this.takes[0]?.speech;
    return speech && "delay" in speech ? speech.delay : this.info.latency + NETWORK_MARGIN;
  }

  /** Ends the connection. */
  hangUp() {
    this.#client?.close();
    this.#client = null;
  }

  #liveTake() {
    return new Take("microphone", this.context.sampleRate, this.info.fps);
  }

  /** @param {Float32Array} samples @param {number} time of the first one */
  #hear(samples, time) {
    const [take] = this.takes;
    if (this.mode !== "live" || !this.#client?.ready) return;
    take.speech ??= this.player.beginLive({ startTime: time, delay: this.delay });
    take.add(samples);
    this.#client.send(samples);
  }

  #endLive() {
    const { speech, seconds } = this.takes[0];
    if (speech && "delay" in speech) speech.end(seconds);
  }

  /** Puts all takes on the player, without frames. */
  #enqueue() {
    this.mode = "clip";
    for (const take of this.takes) {
      const speech = this.player.beginSpeech();
      take.speech = speech;
      speech.addAudio(take.samples, take.rate);
      speech.end();
    }
    const last = /** @type {import("./player-speeches.js").Speech} */ (this.takes.at(-1)?.speech);
    last.finished.then((whole) => whole && this.#over());
    this.#say("fine", "Speaking");
    this.#changed();
  }

  #over() {
    this.mode = "rest";
    this.hangUp();
    this.#say("fine", "Ready");
    this.#changed();
  }

  /** Asks for the frames of all takes, one after another. */
  async #ask() {
    this.#asked += 1;
    const asked = this.#asked;
    for (const take of this.takes) {
      take.complete = false;
      await this.#askFor(take);
      if (asked !== this.#asked) return;
    }
    if (this.mode === "rest") this.hangUp();
  }

  /** @param {Take} take @returns {Promise<void>} */
  #askFor(take) {
    this.hangUp();
    return new Promise((resolve) => {
      let sentAt = 0;
      const client = this.#connect(take.rate, take.seed, {
        ready: () => {
          if (take.complete) return this.#say("fine", "Connected again");
          sentAt = performance.now();
          client.sendAll(take.samples);
          this.#say("fine", this.mode === "clip" ? "Speaking" : "Ready"); // after a "lost"
        },
        frames: ({ first, rows }) => {
          if (first === 0) this.firstFrame = (performance.now() - sentAt) / 1000;
          take.speech?.addFrames(first, rows);
        },
        end: ({ frames }) => {
          if (frames < take.frameCount) return; // cut short by a restart: all of it is sent again
          take.complete = true;
          endFrames(take);
          this.#tell("stats", { rtf: (performance.now() - sentAt) / 1000 / take.seconds });
          this.#changed();
          resolve();
        },
      });
      this.#client = client;
    });
  }

  /**
   * @param {number} rate
   * @param {number} seed
   * @param {Record<string, (detail: any) => void>} handlers
   */
  #connect(rate, seed, handlers) {
    const client = new VoiceClient(
      this.url,
      { rate, seed, ...(this.style && { style: this.style }) },
      this.key,
    );
    client.addEventListener("ready", (event) =>
      this.#inform(/** @type {CustomEvent} */ (event).detail),
    );
    client.addEventListener("stats", (event) =>
      this.#tell("stats", /** @type {CustomEvent} */ (event).detail),
    );
    for (const [type, handler] of Object.entries(handlers)) {
      client.addEventListener(type, (event) => handler(/** @type {CustomEvent} */ (event).detail));
    }
    client.addEventListener("lost", (event) => {
      const { message, seconds } = /** @type {CustomEvent} */ (event).detail;
      this.#say("trouble", `${message} ${this.#meanwhile()} Trying again in ${seconds} s.`);
    });
    client.addEventListener("refused", (event) => {
      const { message, code } = /** @type {CustomEvent} */ (event).detail;
      this.stop();
      this.#say("trouble", message);
      if (code === "bad_key") this.#tell("key", null);
    });
    return client;
  }

  /** What a lost connection means for the one who listens. */
  #meanwhile() {
    if (this.mode === "live") return "The face does not hear you now.";
    if (this.mode === "rest") return "";
    return this.takes.every((take) => take.complete)
      ? "This clip is complete and plays on."
      : "The clip goes on when the service is back.";
  }

  /** @param {any} ready */
  #inform(ready) {
    this.info = ready;
    this.#tell("info", ready);
  }

  #changed() {
    this.#tell("change", null);
  }

  /** @param {string} kind @param {string} text */
  #say(kind, text) {
    this.#tell("status", { kind, text });
  }

  /** @param {string} type @param {unknown} detail */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** @param {Take} take */
function endFrames({ speech }) {
  if (speech && "endFrames" in speech) speech.endFrames();
}
