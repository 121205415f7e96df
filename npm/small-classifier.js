// A model in the memory of the module that scores and no more. Nothing but numbers passes between it and
// this file, the other half of src/wasm/small.rs.

import { checkText, checkTexts, failure } from './errors.js';
import { infoOf } from './info.js';
import { Input } from './input.js';
import { modelBytes } from './model.js';
import { compile, once } from './module.js';
import { answersOf } from './predictions.js';

/**
 * What an instance of the module is made with: wasm-bindgen wants functions, one that fills a table of
 * objects and one that throws when a call comes in the midst of another. Neither happens.
 */
const IMPORTS = { './undertone_small_bg.js': new Proxy({}, { get: () => () => {} }) };

const start = once();

/**
 * Opens a model once the module has been compiled.
 *
 * @param {object} options as small.d.ts describes them
 * @param {object} platform
 * @param {() => Promise<WebAssembly.Module>} platform.compileOwn compiles the module of the package
 * @param {(url: string | URL) => Promise<Response | Uint8Array>} platform.get what an address leads to
 */
export async function open({ model, wasm } = {}, { compileOwn, get }) {
  // Both are on their way at once.
  const [module, bytes] = await Promise.all([
    start(() => (wasm === undefined ? compileOwn() : compile(wasm))),
    model === undefined ? new Uint8Array() : modelBytes(model, get),
  ]);
  // An instance for each classifier, whose memory goes with it.
  return new Classifier(await WebAssembly.instantiate(module, IMPORTS), bytes, model !== undefined);
}

class Classifier {
  #module;
  #core;
  #input;
  #labels;
  #info;
  #answers;
  #numbers = new Float64Array();

  constructor({ exports }, model, isGiven) {
    this.#module = exports;
    this.#core = exports.small_new();
    const { memory } = exports;
    const make = (bytes) => exports.small_input(this.#core, bytes);
    this.#input = new Input(memory, make, 'score it in parts');
    // No bytes mean the module's own model; a given model of none is none.
    const given = isGiven && model.length === 0 ? new Uint8Array(1) : model;
    const isOpen = exports.small_open(this.#core, given.length === 0 ? 0 : this.#input.put(given));
    const said = new Uint8Array(
      memory.buffer,
      exports.small_said(this.#core) >>> 0,
      exports.small_saidBytes(this.#core),
    );
    if (!isOpen) {
      const [, code, message] = new TextDecoder().decode(said).match(/^(\S+) (.*)$/s);
      throw failure(code, message);
    }
    this.#info = infoOf(said, this.#float64().subarray(exports.small_output(this.#core) / 8));
    this.#labels = Object.freeze(this.#info.labels.slice());
    this.#answers = answersOf(this.#labels, this.#info);
  }

  get labels() {
    return this.#labels;
  }

  get info() {
    this.#open();
    return structuredClone(this.#info);
  }

  classify(text, options) {
    checkText(text);
    const prediction = this.#scored(text);
    return options === undefined ? prediction : this.#answers.choice(options)(prediction);
  }

  classifyBatch(texts, options) {
    checkTexts(texts);
    const choose = options === undefined ? undefined : this.#answers.choice(options);
    return texts.map((text) => {
      const prediction = this.#scored(text);
      return choose === undefined ? prediction : choose(prediction);
    });
  }

  free() {
    this.#module = undefined;
    this.#input = undefined;
    this.#numbers = undefined;
  }

  #scored(text) {
    const module = this.#open();
    const at = module.small_score(this.#core, this.#input.write(text)) / 8;
    const numbers = this.#float64();
    return this.#answers.prediction(numbers, at, numbers[at + this.#labels.length]);
  }

  #open() {
    if (this.#module === undefined) {
      throw failure('freed', 'this classifier has been freed: load() another one');
    }
    return this.#module;
  }

  /** A view of the whole memory, made anew when the memory has grown: then its length is 0. */
  #float64() {
    if (this.#numbers.length === 0) {
      this.#numbers = new Float64Array(this.#module.memory.buffer);
    }
    return this.#numbers;
  }
}

if (Symbol.dispose) {
  Classifier.prototype[Symbol.dispose] = Classifier.prototype.free;
}
