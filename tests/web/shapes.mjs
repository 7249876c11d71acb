/** The 52 names, as the server's `ready` tells them. */

export { ARKIT } from "../../web/runtime/shapes.js";
