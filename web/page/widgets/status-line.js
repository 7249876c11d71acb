/** The line that says how things stand. */

import { elementById } from "../elements.js";

/** Shows a status. @param {"fine" | "busy" | "trouble"} kind @param {string} text */
export function showStatus(kind, text) {
  const status = elementById("status", HTMLElement);
  status.dataset.kind = kind;
  status.textContent = text;
}
