/**
 * The ONNX Runtime session of a model file: its contract, its context, its one step.
 *
 * Counterpart of runtime/a2e/graph.py, for one voice at a time.
 *
 * @module graph
 */

import { ModelError, ProviderError } from "./errors.js";
import { checkContents, readContents } from "./model-file.js";
import { FIRST_SCHEMA, readSpec, samplesOf } from "./spec.js";

/** @typedef {import("./backend.js").Backend} Backend */
/** @typedef {import("./backend.js").Session} Session */
/** @typedef {import("./backend.js").Tensor} Tensor */
/** @typedef {import("./backend.js").TensorFacts} TensorFacts */
/** @typedef {import("./spec.js").Spec} Spec */
/** @typedef {Readonly<Record<string, Tensor>>} Context Tensors carried from step to step, by name. */

const CTX = "ctx.";
const NEXT = "next.";
/** Quieter samples are taken as 0: they and their products would become denormals, which cost a
 * processor a hundred times an ordinary product. */
const INAUDIBLE = 1e-15;
/** More gains these graphs nothing, and costs a page 0.2 s at its start. */
const OPTIMIZATION = "basic";
const MAX_CONTEXT = 8 * 2 ** 20; // numbers carried from hop to hop
const NAMES_SHOWN = 8;
const NO_BACKEND = /^no available backend found/;
const ERROR_SHOWN = 300; // characters of an error of ONNX Runtime's that a message repeats

/** A model's session; shared and read-only. Steps are run one after another. */
export class Graph {
  #backend;
  #session;
  #source;
  /** The step before. @type {Promise<unknown>} */
  #before = Promise.resolve();

  /** Opens the model file `data` called `source`. Throws {@link ModelError}.
   * @param {Uint8Array} data @param {string} source @param {Backend} backend
   * @returns {Promise<Graph>} */
  static async open(data, source, backend) {
    const contents = readContents(data, source);
    const { spec, schema } = readSpec(contents.metadata, source);
    if (schema > FIRST_SCHEMA) checkContents(contents, source);
    const session = await openSession(data, source, backend);
    return new Graph(session, source, backend, spec);
  }

  /** See {@link Graph.open}. @param {Session} session @param {string} source
   * @param {Backend} backend @param {Spec} spec */
  constructor(session, source, backend, spec) {
    this.#session = session;
    this.#source = source;
    this.#backend = backend;
    /** The facts of the file. */
    this.spec = spec;
    /** Shapes of the context's tensors, by name, without the batch dimension. */
    this.contextShapes = contextShapesOf(session.inputMetadata);
    checkContract(session, spec, this.contextShapes, source);
  }

  /** The context of a stream that starts now: zeros. @returns {Context} */
  initialContext() {
    const shapes = Object.entries(this.contextShapes);
    return Object.fromEntries(
      shapes.map(([name, shape]) => [name, this.#tensor(new Float32Array(sizeOf(shape)), shape)]),
    );
  }

  /** The next hop: state in, state out. The weights are those of `spec.lookahead` frames ago.
   * @param {Float32Array} audio [samples of a hop] @param {Float32Array} style [styles]
   * @param {Context} context
   * @returns {Promise<{weights: Float32Array, context: Context}>} weights [hop * shapes], 0..1 */
  async step(audio, style, context) {
    const audible = audio.map((sample) => (Math.abs(sample) < INAUDIBLE ? 0 : sample));
    /** @type {Record<string, Tensor>} */
    const feeds = {
      audio: this.#tensor(audible, [audible.length]),
      style: this.#tensor(style, [style.length]),
    };
    for (const [name, tensor] of Object.entries(context)) feeds[CTX + name] = tensor;
    const outputs = await this.#run(feeds);
    const following = Object.entries(outputs).filter(([name]) => name.startsWith(NEXT));
    const next = following.map(([name, tensor]) => [name.slice(NEXT.length), tensor]);
    this.#checkStep(outputs.weights, Object.fromEntries(next));
    return { weights: outputs.weights.data, context: Object.fromEntries(next) };
  }

  /** @param {Record<string, Tensor>} feeds */
  async #run(feeds) {
    const turn = this.#before.then(() => this.#session.run(feeds));
    this.#before = turn.catch(() => {}); // it has been told to whoever waits for that step
    try {
      return await turn;
    } catch (error) {
      throw new ModelError(`the model can't compute this hop: ${firstLine(error)}`);
    }
  }

  /** Throws {@link ModelError} for results that no graph of the contract gives.
   * @param {Tensor} weights @param {Context} context */
  #checkStep(weights, context) {
    const { hop, shapes } = this.spec;
    const asDeclared = Object.entries(this.contextShapes).every(([name, shape]) =>
      isSame(context[name].dims, [1, ...shape]),
    );
    if (!asDeclared || !isSame(weights.dims, [1, hop, shapes.length])) {
      throw new ModelError(
        `${this.#source} gave tensors of other shapes than it declares; convert the checkpoint again`,
      );
    }
    if (!weights.data.every(Number.isFinite)) {
      throw new ModelError(
        `${this.#source} gave NaN or infinity instead of a face: its weights are damaged, or were so ` +
          "in the checkpoint; `a2e-export verify` compares the two",
      );
    }
  }

  /** @param {Float32Array} data @param {readonly number[]} shape without the batch dimension */
  #tensor(data, shape) {
    return new this.#backend.ort.Tensor("float32", data, [1, ...shape]);
  }
}

/** @param {Uint8Array} data @param {string} source @param {Backend} backend
 * @returns {Promise<Session>} */
async function openSession(data, source, { ort, name }) {
  try {
    return await ort.InferenceSession.create(data, {
      executionProviders: [name],
      graphOptimizationLevel: OPTIMIZATION,
      logSeverityLevel: 4,
    });
  } catch (error) {
    const reason = firstLine(error);
    if (NO_BACKEND.test(reason)) {
      throw new ProviderError(`ONNX Runtime can't start its backend '${name}' here: ${reason}`);
    }
    throw new ModelError(`${source} can't be loaded as an ONNX model: ${reason}`);
  }
}

/** @param {readonly TensorFacts[]} inputs @returns {Record<string, number[]>} */
function contextShapesOf(inputs) {
  const carried = inputs.filter(({ name }) => name.startsWith(CTX));
  return Object.fromEntries(
    carried.map(({ name, shape = [] }) => [name.slice(CTX.length), shape.slice(1).map(Number)]),
  );
}

/** @param {Session} session @param {Spec} spec @param {Record<string, number[]>} contextShapes
 * @param {string} source */
function checkContract(session, spec, contextShapes, source) {
  const tensors = [...session.inputMetadata, ...session.outputMetadata];
  const actual = Object.fromEntries(tensors.map(({ name, shape = [] }) => [name, shape.slice(1)]));
  /** @type {Record<string, (number | string)[]>} */
  const expected = {
    audio: [samplesOf(spec, spec.hop)],
    style: [spec.styles.length],
    weights: [spec.hop, spec.shapes.length],
  };
  for (const name of Object.keys(contextShapes)) {
    expected[CTX + name] = expected[NEXT + name] = actual[CTX + name];
  }
  const names = Object.keys({ ...actual, ...expected }).sort();
  const wrong = names.filter((name) => !isSame(actual[name], expected[name]));
  if (wrong.length) {
    throw new ModelError(
      `${source} does not keep the streaming contract: its metadata asks for tensors ` +
        `${some(expected, wrong)}, its graph has ${some(actual, wrong)}; convert the checkpoint again`,
    );
  }
  for (const tensor of tensors) checkTensor(tensor, source);
  const carried = Object.values(contextShapes).reduce((sum, shape) => sum + sizeOf(shape), 0);
  if (carried > MAX_CONTEXT) {
    throw new ModelError(
      `${source} carries more than ${(MAX_CONTEXT * 4) >> 20} MiB of context from hop to hop; ` +
        "convert the checkpoint with a smaller window",
    );
  }
}

/** @param {TensorFacts} tensor @param {string} source */
function checkTensor({ name, type, shape = [] }, source) {
  const fixed = shape.slice(1).every((size) => typeof size === "number" && size > 0);
  if (type === "float32" && fixed && typeof shape[0] === "string") return;
  throw new ModelError(
    `${source} does not keep the streaming contract: ${name} must be float32, its first dimension ` +
      `the batch, all others fixed; got ${type} [${shape.join(", ")}]`,
  );
}

/** The shapes of the first few names. @param {Record<string, readonly (number | string)[]>} shapes
 * @param {string[]} names */
function some(shapes, names) {
  const few = names.slice(0, NAMES_SHOWN).filter((name) => name in shapes);
  return JSON.stringify(Object.fromEntries(few.map((name) => [name, shapes[name]])));
}

/** @param {readonly unknown[] | undefined} one @param {readonly unknown[] | undefined} other */
const isSame = (one, other) =>
  one?.length === other?.length && one?.every((value, k) => value === other?.[k]) === true;

/** @param {readonly number[]} shape */
const sizeOf = (shape) => shape.reduce((product, size) => product * size, 1);

/** @param {unknown} error */
const firstLine = (error) =>
  (error instanceof Error ? error.message : String(error)).split("\n")[0].slice(0, ERROR_SHOWN);
