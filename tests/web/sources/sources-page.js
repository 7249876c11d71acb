/** Sounds, a player and a stream that hears loudness: what a test asks of the sources. */

import { Player } from "/web/player/player.js";
import { Microphone } from "/web/sources/microphone.js";
import { openElement, openNode, openStream } from "/web/sources/sounds.js";
import { ChunkVoice, LiveVoice } from "/web/sources/voices.js";

const FPS = 30;

/** Frames that are the loudest sample of their time: any face's stream, without a model. */
class Loudness {
  latency = 0.1;
  #samples = [];
  #given = 0;

  constructor(rate) {
    this.rate = rate;
  }

  async push(samples, { channels }) {
    for (let i = 0; i < samples.length; i += channels) this.#samples.push(samples[i]);
    return this.#frames(Math.floor((this.#samples.length * FPS) / this.rate));
  }

  async flush() {
    return this.#frames(Math.ceil((this.#samples.length * FPS) / this.rate));
  }

  #frames(until) {
    const first = this.#given;
    const weights = [];
    for (; this.#given < until; this.#given += 1) {
      const [from, to] = [this.#given, this.#given + 1].map((k) => (k * this.rate) / FPS);
      const heard = this.#samples.slice(Math.ceil(from), Math.ceil(to)).map(Math.abs);
      weights.push(Math.max(...heard));
    }
    return { first, count: weights.length, weights: Float32Array.from(weights) };
  }
}

/** A context, and what came of a source in it. */
class World {
  blocks = [];
  states = [];

  constructor(options) {
    this.context = new AudioContext(options);
    this.player = new Player({ audioContext: this.context, channels: 1, between: false });
    this.stream = new Loudness(this.context.sampleRate);
    this.voice = new LiveVoice({ player: this.player, stream: this.stream });
    this.handlers = {
      onBlock: (block) => {
        this.blocks.push(block);
        this.voice.push(block);
      },
      onState: ({ state }) => this.states.push(state),
    };
  }

  async microphone() {
    this.source = await Microphone.open(this.context, this.handlers);
  }

  async node(node) {
    this.source = await openNode(node, this.handlers);
  }

  async element(url) {
    const element = Object.assign(new Audio(url), { loop: true });
    this.source = await openElement(this.context, element, this.handlers);
    await element.play();
  }

  /** Sends a node's sound to itself over WebRTC. */
  async webrtc(node) {
    const sent = this.context.createMediaStreamDestination();
    node.connect(sent);
    const [near, far] = [new RTCPeerConnection(), new RTCPeerConnection()];
    near.onicecandidate = ({ candidate }) => far.addIceCandidate(candidate);
    far.onicecandidate = ({ candidate }) => near.addIceCandidate(candidate);
    near.addTrack(sent.stream.getAudioTracks()[0], sent.stream);
    const come = new Promise((resolve) => {
      far.ontrack = ({ streams }) => resolve(streams[0]);
    });
    await near.setLocalDescription();
    await far.setRemoteDescription(near.localDescription);
    await far.setLocalDescription();
    await near.setRemoteDescription(far.localDescription);
    this.source = await openStream(this.context, await come, this.handlers);
  }

  /** A buffer's node. */
  buffer(samples) {
    const buffer = this.context.createBuffer(1, samples.length, this.context.sampleRate);
    buffer.copyToChannel(Float32Array.from(samples), 0);
    return new AudioBufferSourceNode(this.context, { buffer });
  }

  seconds() {
    return this.blocks.reduce((sum, { samples, rate }) => sum + samples.length / rate, 0);
  }

  samples() {
    return this.blocks.flatMap(({ samples }) => [...samples]);
  }

  /** How far blocks are from following one another, in samples, at most. */
  seams() {
    const { sampleRate } = this.context;
    const errors = this.blocks.slice(1).map(({ time }, i) => {
      const { samples, time: before } = this.blocks[i];
      return Math.abs((time - before) * sampleRate - samples.length);
    });
    return Math.max(0, ...errors);
  }

  /** Notes what is shown at every animation frame. */
  watch(seconds) {
    const looks = [];
    const end = performance.now() + 1000 * seconds;
    return new Promise((resolve) => {
      const look = () => {
        const { weights, index, time, state } = this.player.frame();
        looks.push([time, index, weights[0], state]);
        if (performance.now() < end) requestAnimationFrame(look);
        else resolve(looks);
      };
      look();
    });
  }
}

Object.assign(window, { ChunkVoice, Loudness, World });
window.pass = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
