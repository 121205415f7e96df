// Whom a text names: an instance of the package's second module, which is fetched only when names are
// asked for. Nothing but numbers passes between it and this file, the other half of src/wasm/names.rs.

import { failure } from './errors.js';
import { Input } from './input.js';

/**
 * What an instance of the module is made with: wasm-bindgen wants a table of objects filled, of which
 * none passes here.
 */
export const IMPORTS = { './undertone_names_bg.js': { __wbindgen_init_externref_table() {} } };

export class Finder {
  #module;
  #input;

  /**
   * @param {WebAssembly.Instance} instance of the module, for this finder alone
   * @param {string[]} lists what is in a later one goes before what is in an earlier one
   */
  constructor({ exports }, lists) {
    this.#module = exports;
    this.#input = new Input(exports.memory, exports.input, 'look for names in parts of it');
    const isList = exports.setNames(this.#input.write(lists.join('\0')));
    const bytes = new Uint8Array(exports.memory.buffer, exports.answer() >>> 0, exports.answerBytes());
    const answer = new TextDecoder().decode(bytes);
    if (!isList) {
      throw failure('bad-names', answer);
    }
    this.names = Object.freeze(answer.split('\n').slice(0, -1));
  }

  /** @param {(name: number, start: number, end: number) => void} take */
  find(text, take) {
    const count = this.#module.mentions(this.#input.write(text));
    const address = this.#module.output() >>> 0;
    const numbers = new Uint32Array(this.#module.memory.buffer, address, 3 * count);
    for (let at = 0; at < numbers.length; at += 3) {
      take(numbers[at], numbers[at + 1], numbers[at + 2]);
    }
  }
}
