/**
 * Where the package's own large files are. Bundlers find and copy what is named so.
 *
 * @module assets
 */

/** The bundled model. */
export const MODEL = new URL("../models/model.onnx", import.meta.url);
/** The bundled model with the least lookahead. */
export const LOW_LATENCY_MODEL = new URL("../models/model-low-latency.onnx", import.meta.url);

/** The bundled model file. @param {boolean} lowLatency @returns {URL} */
export const modelFile = (lowLatency) => (lowLatency ? LOW_LATENCY_MODEL : MODEL);
