/** Frames under controls. */

import { Controls } from "../../../web/runtime/post/controls.js";
import { answer } from "./exchange.mjs";

await answer(({ controls, shapes, frames }) => {
  try {
    return new Controls(controls).bind(shapes)(frames);
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
});
