// Whom a text names: an instance of the package's second module, which is fetched only when names are
// asked for. Nothing but numbers passes between it and this file, the other half of src/wasm/names.rs.

import { failure } from './errors.js';
import { BYTES_PER_UNIT, USUAL_INPUT, encoder } from './utf8.js';

/**
 * What an instance of the module is made with: wasm-bindgen wants a table of objects filled, of which
 * none passes here.
 */
export const IMPORTS = { './undertone_names_bg.js': { __wbindgen_init_externref_table() {} } };

export class Finder {
  #module;
  /** The input buffer's address and size, in bytes. */
  #address;
  #room = 0;

  /**
   * @param {WebAssembly.Instance} instance of the module, for this finder alone
   * @param {string[]} lists what is in a later one goes before what is in an earlier one
   */
  constructor({ exports }, lists) {
    this.#module = exports;
    const isList = exports.setNames(this.#write(lists.join('\0')));
    const bytes = new Uint8Array(exports.memory.buffer, exports.answer() >>> 0, exports.answerBytes());
    const answer = new TextDecoder().decode(bytes);
    if (!isList) {
      throw failure('bad-names', answer);
    }
    this.names = Object.freeze(answer.split('\n').slice(0, -1));
  }

  /** @param {(name: number, start: number, end: number) => void} take */
  find(text, take) {
    const count = this.#module.mentions(this.#write(text));
    const address = this.#module.output() >>> 0;
    const numbers = new Uint32Array(this.#module.memory.buffer, address, 3 * count);
    for (let at = 0; at < numbers.length; at += 3) {
      take(numbers[at], numbers[at + 1], numbers[at + 2]);
    }
  }

  /** Writes a text to the input buffer and gives its length in bytes. */
  #write(text) {
    const room = Math.max(text.length * BYTES_PER_UNIT, USUAL_INPUT);
    // The buffer of a long text is given back when the next one comes.
    if (room !== this.#room) {
      this.#room = 0;
      this.#address = this.#module.input(room) >>> 0;
      if (this.#address === 0) {
        throw failure(
          'too-long',
          "the text is too long: expected at most what WebAssembly's memory holds, found a text that " +
            `may need ${room} bytes; look for names in parts of it`,
        );
      }
      this.#room = room;
    }
    const input = new Uint8Array(this.#module.memory.buffer, this.#address, room);
    // Half a surrogate pair becomes U+FFFD.
    return encoder.encodeInto(text, input).written;
  }
}
