/** Sounds that play in the page: nodes, media elements, WebRTC's streams. Each is heard through its
 * source, as late as the face shows it (`source.monitor`), and no longer by itself. */

import { Source } from "./source.js";

/** @typedef {import("./source.js").Handlers} Handlers */

/** The node of each element that was opened: an element gives one only once.
 * @type {WeakMap<HTMLMediaElement, MediaElementAudioSourceNode>} */
const elementNodes = new WeakMap();

/** Any AudioNode. An AudioBufferSourceNode that has played to its end ends the source.
 * @param {AudioNode} node @param {Handlers} handlers @returns {Promise<Source>} */
export async function openNode(node, handlers) {
  const source = await Source.open(node.context, handlers);
  node.connect(source.input);
  if (node instanceof AudioScheduledSourceNode) {
    node.addEventListener("ended", () => source.end(), { once: true });
  }
  return source;
}

/** An <audio> or <video> element, also one that plays a broadcast. Its file is of the page's own
 * origin, or the element has `crossOrigin` set and its server allows it: browsers give silence
 * otherwise.
 * @param {AudioContext} context @param {HTMLMediaElement} element @param {Handlers} handlers
 * @returns {Promise<Source>} */
export async function openElement(context, element, handlers) {
  const source = await Source.open(context, handlers);
  const node = elementNodes.get(element) ?? context.createMediaElementSource(element);
  elementNodes.set(element, node);
  node.connect(source.input);
  return source;
}

/** A MediaStream, such as an agent's voice over WebRTC. It ends when its last audio track does.
 * @param {AudioContext} context @param {MediaStream} stream @param {Handlers} handlers
 * @returns {Promise<Source>} */
export async function openStream(context, stream, handlers) {
  const tracks = stream.getAudioTracks();
  if (tracks.length === 0) {
    throw new Error("this MediaStream has no audio track; open it once its track has come");
  }
  const source = await Source.open(context, handlers);
  context.createMediaStreamSource(stream).connect(source.input);
  // Chromium lets a remote stream's sound run only where a media element plays it too.
  const puller = new Audio();
  puller.muted = true;
  puller.srcObject = stream;
  puller.play().catch(() => {});
  for (const track of tracks) {
    track.addEventListener("ended", () => {
      if (tracks.some(({ readyState }) => readyState === "live")) return;
      puller.srcObject = null;
      source.end();
    });
  }
  return source;
}
