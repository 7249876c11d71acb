/**
 * A look into a model file before ONNX Runtime gets it: its metadata, its checksums, its dangers.
 *
 * Counterpart of runtime/a2e/model_file.py, which says what the two checksums are taken of. Field
 * numbers are those of ONNX's onnx.proto3.
 *
 * @module model-file
 */

import { crc32 } from "./crc32.js";
import { ModelError } from "./errors.js";
import { BYTES, fieldsOf, VARINT } from "./protobuf.js";

/** @typedef {import("./protobuf.js").Field} Field */

export const PREFIX = "a2e.";
export const WEIGHTS_CRC = "weights_crc32";
export const STRUCTURE_CRC = "structure_crc32";

const GRAPH = 7; // of ModelProto
const METADATA = 14;
const INITIALIZER = 5; // of GraphProto
const RAW_DATA = 9; // of TensorProto
const EXTERNAL_DATA = 13;
const DATA_LOCATION = 14;
const KEY = 1; // of StringStringEntryProto
const VALUE = 2;

const MAX_STRUCTURE = 4 * 2 ** 20; // bytes of a file without its weights
const MAX_FIELDS = 100_000; // beside the weights
const MAX_DEPTH = 16; // messages within messages
const MAX_NODES = 10_000; // operators of a graph

/** The fields of a message that are messages themselves, and their kind. Kinds that are not listed
 * are not looked into. @type {Record<string, Record<number, string>>} */
const MESSAGES = {
  model: { 14: "entry", 8: "plain", 20: "training", 25: "function" },
  graph: {
    1: "node",
    5: "tensor",
    15: "sparse",
    11: "value",
    12: "value",
    13: "value",
    14: "plain",
    16: "entry",
  },
  node: { 5: "attribute", 9: "entry", 10: "plain" },
  attribute: {
    5: "tensor",
    6: "subgraph",
    10: "tensor",
    11: "subgraph",
    14: "value",
    15: "value",
    22: "sparse",
    23: "sparse",
  },
  sparse: { 1: "tensor", 2: "tensor" },
  tensor: { 13: "entry", 16: "entry" },
};
/** @type {Record<string, string>} */
const REFUSED = {
  subgraph: "control flow (Loop, If, Scan)",
  function: "functions of its own",
  training: "training information",
};

/**
 * @typedef {object} Contents The facts of a file, as far as they show without ONNX Runtime.
 * @property {Map<string, string>} metadata the entries of `metadata_props`
 * @property {string} weightsCrc eight hexadecimal digits
 * @property {string} structureCrc
 */

/** The contents of the model file `data` called `source`. Throws {@link ModelError} for a file that
 * is no ONNX model, refers to other files, or asks for more than a model needs.
 * @param {Uint8Array} data @param {string} source @returns {Contents} */
export function readContents(data, source) {
  try {
    return new Scan(data).contents();
  } catch (error) {
    const reason = /** @type {Error} */ (error).message;
    throw new ModelError(`${source} can't be loaded as an ONNX model: ${reason}`);
  }
}

/** Throws {@link ModelError} unless the file's own checksums are those of its content.
 * @param {Contents} contents @param {string} source */
export function checkContents(contents, source) {
  checkSum(contents, WEIGHTS_CRC, contents.weightsCrc, "weights are", source);
  checkSum(contents, STRUCTURE_CRC, contents.structureCrc, "graph or metadata are", source);
}

/** @param {Contents} contents @param {string} name @param {string} checksum
 * @param {string} part @param {string} source */
function checkSum({ metadata }, name, checksum, part, source) {
  const written = metadata.get(PREFIX + name) ?? "nothing";
  if (written.replaceAll('"', "").toLowerCase() === checksum) return;
  throw new ModelError(
    `${source} is damaged: its ${part} not what was written (checksum ${checksum}, the file says ` +
      `${written.slice(0, 12)}). Get it again, or convert the checkpoint again`,
  );
}

/** One way through a file. */
class Scan {
  /** @type {Map<string, string>} */
  #metadata = new Map();
  #data;
  #weightsCrc = 0;
  #structureCrc = 0;
  #structure = 0; // bytes
  #fields = 0;
  #nodes = 0;

  /** @param {Uint8Array} data */
  constructor(data) {
    this.#data = data;
  }

  /** @returns {Contents} */
  contents() {
    let graphs = 0;
    for (const field of fieldsOf(this.#data)) {
      if (field.number === GRAPH && field.wire === BYTES) {
        graphs += 1;
        this.#graph(field);
      } else {
        this.#part("model", field);
      }
    }
    if (graphs !== 1) throw new Error(`it has ${graphs || "no"} graph${graphs > 1 ? "s" : ""}`);
    return {
      metadata: this.#metadata,
      weightsCrc: hexadecimal(this.#weightsCrc),
      structureCrc: hexadecimal(this.#structureCrc),
    };
  }

  /** @param {Field} graph */
  #graph(graph) {
    this.#count();
    for (const field of fieldsOf(this.#data, graph.start, graph.end)) {
      if (field.number === INITIALIZER && field.wire === BYTES) this.#initializer(field);
      else this.#part("graph", field);
    }
  }

  /** @param {Field} tensor */
  #initializer(tensor) {
    this.#count();
    let raw = 0;
    for (const field of fieldsOf(this.#data, tensor.start, tensor.end)) {
      if (field.number === RAW_DATA && field.wire === BYTES) {
        raw += 1;
        this.#count();
        this.#weightsCrc = crc32(this.#data.subarray(field.start, field.end), this.#weightsCrc);
      } else if (field.number === DATA_LOCATION && field.wire === VARINT) {
        this.#count();
        this.#refuseExternal(field);
      } else {
        this.#part("tensor", field);
      }
    }
    if (raw > 1) throw new Error("an initializer holds its weights twice");
  }

  /** A field of the structure in a message of `kind`. @param {string} kind @param {Field} field */
  #part(kind, field) {
    this.#structure += field.end - field.head;
    if (this.#structure > MAX_STRUCTURE) {
      throw new Error(
        `it holds more than ${MAX_STRUCTURE >> 20} MiB beside its weights, which belong into its ` +
          "graph's initializers as raw_data",
      );
    }
    if (kind === "model" && field.number === METADATA && field.wire === BYTES) {
      if (this.#entry(field) === PREFIX + STRUCTURE_CRC) {
        this.#count();
        return;
      }
    }
    this.#structureCrc = crc32(this.#data.subarray(field.head, field.end), this.#structureCrc);
    this.#walk(kind, field);
  }

  /** Takes a metadata entry. @param {Field} field @returns {string} its key */
  #entry(field) {
    const [key, value] = entryOf(this.#data, field);
    if (this.#metadata.has(key)) {
      throw new Error(`its metadata says '${key.slice(0, 40)}' twice`);
    }
    this.#metadata.set(key, value);
    return key;
  }

  /** Counts the fields in a field of a message of `kind`. @param {string} kind
   * @param {Field} field */
  #walk(kind, field) {
    /** @type {{kind: string, field: Field, depth: number}[]} */
    const todo = [{ kind, field, depth: 0 }];
    for (let next = todo.pop(); next; next = todo.pop()) {
      this.#count();
      if (next.kind === "tensor") this.#refuseExternal(next.field);
      const inner = next.field.wire === BYTES && MESSAGES[next.kind]?.[next.field.number];
      if (!inner) continue;
      if (inner in REFUSED) throw new Error(`it has ${REFUSED[inner]}, which no a2e model needs`);
      this.#nodes += inner === "node" ? 1 : 0;
      if (this.#nodes > MAX_NODES || next.depth > MAX_DEPTH) {
        throw new Error(`its graph has more than ${MAX_NODES} operators, or nests them`);
      }
      for (const part of fieldsOf(this.#data, next.field.start, next.field.end)) {
        todo.push({ kind: inner, field: part, depth: next.depth + 1 });
        if (todo.length > MAX_FIELDS) this.#count(MAX_FIELDS);
      }
    }
  }

  #count(more = 1) {
    this.#fields += more;
    if (this.#fields > MAX_FIELDS) {
      throw new Error(`it has more than ${MAX_FIELDS} parts beside its weights`);
    }
  }

  /** Throws for a field of a tensor that lies in another file. @param {Field} field */
  #refuseExternal(field) {
    const { number, wire } = field;
    const located = number === DATA_LOCATION && wire === VARINT && this.#data[field.start] !== 0;
    if (located || (number === EXTERNAL_DATA && wire === BYTES)) {
      throw new Error(
        "its weights are in another file (external data), and a model of a2e is one file; " +
          "convert the checkpoint again",
      );
    }
  }
}

/** Key and value of a metadata entry. @param {Uint8Array} data @param {Field} entry
 * @returns {[string, string]} */
function entryOf(data, entry) {
  /** @type {Record<number, string>} */
  const texts = { [KEY]: "", [VALUE]: "" };
  for (const { number, wire, start, end } of fieldsOf(data, entry.start, entry.end)) {
    if (number in texts && wire === BYTES) texts[number] = decoded(data.subarray(start, end));
  }
  return [texts[KEY], texts[VALUE]];
}

/** @param {Uint8Array} data */
function decoded(data) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    throw new Error("its metadata is no UTF-8");
  }
}

/** @param {number} crc */
const hexadecimal = (crc) => crc.toString(16).padStart(8, "0");
