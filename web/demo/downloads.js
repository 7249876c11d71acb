/** Buttons that write what the face said as files. */

import { download } from "../page/download.js";
import { audio2Face, bsData, liveLinkCsv, ndjson, talkingHead } from "../page/formats.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {(rows: ArrayLike<number>[], names: string[], fps: number, audio: string) => string} Format */

/** Label, ending of the file's name, MIME type. @type {[string, string, string, Format][]} */
const FORMATS = [
  ["bsData.json", "json", "application/json", bsData],
  ["Live Link CSV", "csv", "text/csv", liveLinkCsv],
  ["TalkingHead", "talkinghead.json", "application/json", talkingHead],
  ["Audio2Face", "audio2face.json", "application/json", audio2Face],
  ["NDJSON", "ndjson", "application/x-ndjson", ndjson],
];

/** Makes the buttons. @param {Element} place @param {Session} session */
export function addDownloads(place, session) {
  for (const [label, ending, type, format] of FORMATS) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: label, disabled: true });
    button.dataset.download = ending;
    button.addEventListener("click", () => {
      const { recording, info } = session;
      if (!recording) return;
      const { name, rows } = recording;
      const stem = name.replace(/\.\w+$/, "");
      download(`${stem}.${ending}`, format(rows, info.names, info.fps, name), type);
    });
    place.append(button);
  }
}
