/**
 * What can go wrong, as a tree. Every message says what was expected, what came, and what to do.
 *
 *     A2EError
 *     ├── ModelError         the file is no a2e model, not one this version reads, damaged
 *     ├── DownloadError      a file could not be fetched, or did not come whole
 *     ├── ProviderError      ONNX Runtime or its backend does not work here
 *     ├── AudioError         samples or rates that can't be speech
 *     │   └── AudioTypeError the samples have the wrong type or shape
 *     ├── OptionError        a style, shape, setting or seed that can't be
 *     └── StreamClosedError  a stream was used after `close`
 *
 * @module errors
 */

/** Base of every error that a2e raises on purpose. */
export class A2EError extends Error {
  name = "A2EError";
}

/** The file is not an a2e model, not one that this version can read, or damaged. */
export class ModelError extends A2EError {
  name = "ModelError";
}

/** A file could not be fetched, or did not come whole. */
export class DownloadError extends A2EError {
  name = "DownloadError";
}

/** ONNX Runtime, or the backend asked for, does not work here. */
export class ProviderError extends A2EError {
  name = "ProviderError";
}

/** The audio's content or rate is unusable. */
export class AudioError extends A2EError {
  name = "AudioError";
}

/** The samples have the wrong type or shape. */
export class AudioTypeError extends AudioError {
  name = "AudioTypeError";
}

/** An option does not exist or is out of range. */
export class OptionError extends A2EError {
  name = "OptionError";
}

/** A stream was used after `close`. */
export class StreamClosedError extends A2EError {
  name = "StreamClosedError";
}

/** @type {Record<string, new (message: string) => Error>} */
const KINDS = {
  A2EError,
  ModelError,
  DownloadError,
  ProviderError,
  AudioError,
  AudioTypeError,
  OptionError,
  StreamClosedError,
};

/** @typedef {{name: string, message: string}} Told An error on its way between threads. */

/** An error as a message can carry it. @param {unknown} error @returns {Told} */
export function told(error) {
  return error instanceof Error
    ? { name: error.name, message: error.message }
    : { name: "Error", message: String(error) };
}

/** The error that was told. @param {Told} told @returns {Error} */
export function errorOf({ name, message }) {
  return new (KINDS[name] ?? Error)(message);
}
