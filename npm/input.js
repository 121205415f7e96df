// The input buffer of a module through which nothing but numbers passes, and texts on their way into it.

import { failure } from './errors.js';
import { BYTES_PER_UNIT, USUAL_INPUT, encoder } from './utf8.js';

export class Input {
  #memory;
  #make;
  #remedy;
  /** Where the buffer is, how many bytes it has, and a view of it: its length is 0 once the memory has grown. */
  #address = 0;
  #room = 0;
  #view = new Uint8Array();

  /**
   * @param {WebAssembly.Memory} memory the module's
   * @param {(bytes: number) => number} make makes a buffer of so many bytes in place of the last one, and
   *   gives its address; 0 where there is no room
   * @param {string} remedy what to do with a text that is too long
   */
  constructor(memory, make, remedy) {
    this.#memory = memory;
    this.#make = make;
    this.#remedy = remedy;
  }

  /** Writes a text and gives its length in bytes. */
  write(text) {
    // Half a surrogate pair becomes U+FFFD.
    return encoder.encodeInto(text, this.#reserved(text.length * BYTES_PER_UNIT)).written;
  }

  /** Writes bytes and gives how many they are. */
  put(bytes) {
    this.#reserved(bytes.length).set(bytes);
    return bytes.length;
  }

  #reserved(bytes) {
    const room = Math.max(bytes, USUAL_INPUT);
    // The buffer of a long text is given back when the next one comes.
    if (room !== this.#room) {
      this.#room = 0;
      this.#view = new Uint8Array();
      this.#address = this.#make(room) >>> 0;
      if (this.#address === 0) {
        throw failure(
          'too-long',
          "the text is too long: expected at most what WebAssembly's memory holds, found a text that " +
            `may need ${room} bytes; ${this.#remedy}`,
        );
      }
      this.#room = room;
    }
    if (this.#view.length === 0) {
      this.#view = new Uint8Array(this.#memory.buffer, this.#address, room);
    }
    return this.#view;
  }
}
