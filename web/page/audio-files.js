/** Files of audio or video as clips. */

/** @typedef {import("./session.js").Clip} Clip */

/** Decodes files that the browser can play.
 * @param {BaseAudioContext} context @param {File[]} files
 * @param {(message: string) => void} onFailure called for each file without sound
 * @returns {Promise<Clip[]>} mono, at the context's rate (Hz) */
export async function decodeFiles(context, files, onFailure) {
  const clips = [];
  for (const file of files) {
    try {
      const audio = await context.decodeAudioData(await file.arrayBuffer());
      const name = file.name.replace(/\.\w+$/, "");
      clips.push({ name, samples: downmix(audio), rate: audio.sampleRate });
    } catch {
      onFailure(
        `${file.name} holds no sound that this browser plays. Choose a WAV, MP3, FLAC or M4A file.`,
      );
    }
  }
  return clips;
}

/** All channels' mean. @param {AudioBuffer} audio */
function downmix(audio) {
  const channels = Array.from({ length: audio.numberOfChannels }, (_, i) =>
    audio.getChannelData(i),
  );
  if (channels.length === 1) return channels[0].slice();
  return channels[0].map(
    (_, k) => channels.reduce((sum, channel) => sum + channel[k], 0) / channels.length,
  );
}
