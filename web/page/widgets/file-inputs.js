/** Ways for files into the page: a chooser, and dropping them anywhere. */

import { buttonById, elementById } from "../elements.js";

/** @typedef {(files: File[]) => void} OnFiles */

/** Binds the button that opens the file chooser. @param {OnFiles} onFiles */
export function bindChooser(onFiles) {
  const input = elementById("file", HTMLInputElement);
  buttonById("choose").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    onFiles([...(input.files ?? [])]);
    input.value = "";
  });
}

/** Takes files that are dropped; the stage shows that they may be. @param {OnFiles} onFiles */
export function bindDrops(onFiles) {
  const { classList } = elementById("stage", HTMLElement);
  let depth = 0; // of the dragged file in nested elements
  const end = () => {
    depth = 0;
    classList.remove("dropping");
  };
  addEventListener("dragenter", (event) => {
    event.preventDefault();
    depth += 1;
    classList.add("dropping");
  });
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("dragleave", () => {
    depth -= 1;
    if (depth <= 0) end();
  });
  addEventListener("drop", (event) => {
    event.preventDefault();
    end();
    onFiles([...(event.dataTransfer?.files ?? [])]);
  });
}
