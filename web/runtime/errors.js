/**
 * What can go wrong, as a tree. Every message says what was expected, what came, and what to do.
 *
 *     A2EError
 *     ├── ModelError          the file is no a2e model, not one this version reads, damaged
 *     ├── AudioError          samples or rates that can't be speech
 *     │   └── AudioTypeError  the samples have the wrong type
 *     ├── OptionError         a style, shape or setting that can't be
 *     └── StreamClosedError   a stream was used after `close`
 */

/** Base of every error that a2e throws on purpose. */
export class A2EError extends Error {
  name = "A2EError";
}

/** The file is not an a2e model, not one that this version can read, or damaged. */
export class ModelError extends A2EError {
  name = "ModelError";
}

/** The audio's content or rate is unusable. */
export class AudioError extends A2EError {
  name = "AudioError";
}

/** The samples have the wrong type, or do not fill their channels. */
export class AudioTypeError extends AudioError {
  name = "AudioTypeError";
}

/** An option does not exist, or is out of range. */
export class OptionError extends A2EError {
  name = "OptionError";
}

/** A stream was used after `close`. */
export class StreamClosedError extends A2EError {
  name = "StreamClosedError";
}
