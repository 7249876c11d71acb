/**
 * What `python -m benchmarks peers` runs in the page: other lip-syncs of browsers over a clip, by an
 * offline context that stands still at every drawing, so that no clock but the clip's takes part.
 */

const DRAWINGS = 60; // a second
const RATE = 48_000;
const TAIL = 0.2; // s after the clip
const EASE = 0.3; // of the way to a viseme at a drawing, where the package has no easing of its own
const now = performance.now.bind(performance);

/** Weights by viseme at every frame, and the seconds that computing took: of the page's thread, or of
 * the audio's where the work is there.
 * @param {string} name @param {Float32Array} samples @param {number} rate @param {number} fps */
export async function visemes(name, samples, rate, fps) {
  const seconds = samples.length / rate;
  const count = Math.ceil((samples.length * fps) / rate);
  const { context, source } = played(samples, rate);
  const draw = await PEERS[name](context, source);
  const frames = [];
  for (let k = 1; k / DRAWINGS < seconds + TAIL; k += 1) {
    context.suspend(k / DRAWINGS).then(async () => {
      const shares = await draw(k / DRAWINGS);
      const frame = Math.floor((k * fps) / DRAWINGS);
      if (frame < count) frames[frame] ??= shares;
      context.resume();
    });
  }
  await context.startRendering();
  for (let k = 0; k < count; k += 1) frames[k] ??= frames[k - 1] ?? frames.find(Boolean) ?? {};
  return { frames, seconds: draw.seconds?.() ?? (await rendering(name, samples, rate)) };
}

/** A context that will play the clip. */
function played(samples, rate) {
  const length = Math.ceil((samples.length / rate + TAIL) * RATE);
  const context = new OfflineAudioContext(1, length, RATE);
  const buffer = new AudioBuffer({ length: samples.length, sampleRate: rate });
  buffer.copyToChannel(samples, 0);
  const source = new AudioBufferSourceNode(context, { buffer });
  source.start();
  return { context, source };
}

/** Seconds of one rendering without a stop. */
async function rendering(name, samples, rate) {
  const { context, source } = played(samples, rate);
  await PEERS[name](context, source);
  const start = now();
  await context.startRendering();
  return (now() - start) / 1000;
}

const PEERS = { headaudio: headAudio, "wawa-lipsync": wawa };

async function headAudio(context, source) {
  const { HeadAudio } = await import("/headaudio/dist/headaudio.min.mjs");
  await context.audioWorklet.addModule("/headaudio/dist/headworklet.min.mjs");
  const node = new HeadAudio(context);
  await node.loadModel("/headaudio/dist/model-en-mixed.bin");
  await new Promise((resolve) => setTimeout(resolve, 50)); // its worklet takes the model
  node.start();
  source.connect(node);
  const shares = {};
  node.onvalue = (viseme, value) => {
    shares[viseme.replace("viseme_", "")] = value;
  };
  return async () => {
    await new Promise((resolve) => setTimeout(resolve)); // the worklet's messages come first
    node.update(1000 / DRAWINGS);
    return { ...shares };
  };
}

async function wawa(context, source) {
  const { Lipsync } = await import("/wawa-lipsync/dist/wawa-lipsync.es.js");
  const { AudioContext } = window;
  window.AudioContext = function Offline() {
    return context;
  };
  const lipsync = new Lipsync();
  window.AudioContext = AudioContext;
  source.connect(lipsync.analyser).connect(context.destination);
  const shares = {};
  let seconds = 0;
  const draw = (time) => {
    performance.now = () => 1000 * time;
    const before = now();
    lipsync.processAudio();
    performance.now = now;
    seconds += (now() - before) / 1000;
    shares[lipsync.viseme.replace("viseme_", "")] ??= 0;
    for (const viseme of Object.keys(shares)) {
      const aim = lipsync.viseme === `viseme_${viseme}` ? 1 : 0;
      shares[viseme] += EASE * (aim - shares[viseme]);
    }
    return { ...shares };
  };
  return Object.assign(draw, { seconds: () => seconds });
}
