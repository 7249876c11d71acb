/** Silence in a voice: where it rests, and where nothing but tones sound. */

import { framesIn, SILENT } from "./stages.js";

/** Volume up to which a noisy room's floor can count as silence. */
export const SILENT_MOST = 0.006;
/** How far over the room's floor silence reaches. */
export const FLOOR_MARGIN = 2.5;
/** How fast the floor follows a louder room, a second (5 dB); a quieter one at once. */
export const FLOOR_RISE = 1.8114;
/** How far over silence a frame must be to end it. */
export const SOUNDING = 2.0;
/** Silence in which the voice rests. */
export const SILENT_SECONDS = 0.23;
/** Frames after a tone that are taken for its end, or for the change to the next. */
export const TONE_HOLD_FRAMES = 2;

/** Tells the frames in which the voice rests: what stays near the room's floor, and tones. */
export class Silence {
  /** @param {number} fps */
  constructor(fps) {
    this._floor = SILENT / FLOOR_MARGIN;
    this._floorRise = FLOOR_RISE ** (1 / fps);
    this._restFrames = framesIn(SILENT_SECONDS, fps);
    this._silentFrames = this._restFrames; // a stream starts at rest
    this._sinceTone = TONE_HOLD_FRAMES;
  }

  /** Volumes and which frames are tones, [n] both, to whether the voice rests, [n]: from a tone's
   * first frame on, and after its last until something sounds.
   * @param {Float32Array} volumes @param {boolean[]} tones @returns {boolean[]} */
  step(volumes, tones) {
    return tones.map((tone, frame) => this._rests(volumes[frame], tone));
  }

  /** @param {number} volume @param {boolean} tone @returns {boolean} */
  _rests(volume, tone) {
    this._sinceTone = tone ? 0 : this._sinceTone + 1;
    if (this._sinceTone <= TONE_HOLD_FRAMES) this._silentFrames = this._restFrames;
    else this._hear(volume);
    return this._silentFrames >= this._restFrames;
  }

  /** @param {number} volume */
  _hear(volume) {
    const risen = Math.min(volume, this._floor * this._floorRise);
    this._floor = Math.max(SILENT / FLOOR_MARGIN, risen);
    const silent = Math.min(FLOOR_MARGIN * this._floor, SILENT_MOST);
    const resting = this._silentFrames >= this._restFrames;
    if (volume < (resting ? silent * SOUNDING : silent)) this._silentFrames += 1;
    else this._silentFrames = 0;
  }
}
