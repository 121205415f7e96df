// A classifier in another thread, as the page uses it: every call is a message and a promise.

import { checkText, checkTexts, failure } from './errors.js';
import { modelBytes } from './model.js';
import { answersOf, emptyScores } from './predictions.js';

/** A batch travels in chunks of up to so many texts and so many UTF-16 units; see `chunkEnd`. */
const CHUNK_TEXTS = 2048;
const CHUNK_UNITS = 1 << 18;
/** So many chunks are under way at once: the thread has one to work on while another travels. */
const LANES = 2;

/**
 * Starts a thread and opens a model in it.
 *
 * @param {object} options as worker.d.ts describes them
 * @param {(hear: (message: object) => void, fail: (error: Error) => void) => Thread} startThread
 * @param {(url: string | URL) => Promise<Response | Uint8Array>} get what an address leads to
 *
 * @typedef {import('./index.js').Scores} Scores
 * @typedef {import('./index.js').Mentions} Mentions
 * @typedef {object} Thread
 * @property {(message: object) => void} send
 * @property {(busy: boolean) => void} keepAlive whether an answer is being waited for
 * @property {() => void} end
 */
export async function connect({ model, wasm, signal } = {}, startThread, get) {
  signal?.throwIfAborted();
  const calls = new Calls(startThread);
  try {
    return await abortable(signal, async () => {
      // Both may be on their way while the thread starts.
      const [bytes, module] = await Promise.all([
        model === undefined ? undefined : modelBytes(model, get),
        wasm,
      ]);
      const opened = await calls.call('open', [bytes, sendable(module)]);
      return new RemoteClassifier(calls, opened);
    });
  } catch (error) {
    calls.end(error);
    throw error;
  }
}

/** A thread resolves a relative address against its own script, and the caller means the page. */
export function sendable(wasm) {
  return typeof wasm === 'string' || wasm instanceof URL
    ? String(new URL(wasm, globalThis.document?.baseURI ?? globalThis.location?.href))
    : wasm;
}

class RemoteClassifier {
  #calls;
  #labels;
  #info;
  #corrections = 0;
  #answers;

  constructor(calls, { labels, info }) {
    this.#calls = calls;
    this.#labels = Object.freeze(labels);
    this.#info = info;
    this.#answers = answersOf(labels, info);
  }

  get labels() {
    return this.#labels;
  }

  get info() {
    return this.#info;
  }

  get corrections() {
    return this.#corrections;
  }

  async classify(text, options) {
    checkText(text);
    return this.#calls.call('classify', [text, options]);
  }

  async explain(text) {
    checkText(text);
    return this.#calls.call('explain', [text]);
  }

  async classifyBatch(texts, options) {
    checkTexts(texts);
    const choose = this.#answers.choice(options ?? {});
    const count = this.#labels.length;
    const predictions = new Array(texts.length);
    await this.#inChunks('scoreBatch', texts, options, ({ probabilities, known }, from, to) => {
      for (let index = 0; index < to - from; index += 1) {
        const prediction = this.#answers.prediction(probabilities, index * count, known[index]);
        predictions[from + index] = choose(prediction);
      }
    });
    return predictions;
  }

  async scoreBatch(texts, options) {
    checkTexts(texts);
    const scores = emptyScores(this.#labels, texts.length);
    await this.#inChunks('scoreBatch', texts, options, ({ classes, probabilities, known }, from) => {
      scores.classes.set(classes, from);
      scores.known.set(known, from);
      scores.probabilities.set(probabilities, from * this.#labels.length);
    });
    return scores;
  }

  async loadNames(options) {
    const sent = { ...options, wasm: sendable(options?.wasm) };
    return Object.freeze(await this.#calls.call('loadNames', [sent]));
  }

  async mentions(text) {
    checkText(text);
    return this.#calls.call('mentions', [text]);
  }

  async mentionsBatch(texts, options) {
    checkTexts(texts);
    let names = [];
    const counts = new Uint32Array(texts.length);
    // By where they begin, which is the order of an object's numbers.
    const parts = {};
    await this.#inChunks('mentionsBatch', texts, options, (mentions, from) => {
      names = mentions.names;
      counts.set(mentions.counts, from);
      parts[from] = mentions.found;
    });
    const all = Object.values(parts);
    const found = new Uint32Array(all.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of all) {
      found.set(part, at);
      at += part.length;
    }
    return { names, counts, found };
  }

  async learn(text, label, options) {
    checkText(text);
    return this.#counted('learn', [text, label, options]);
  }

  async unknownWords(text) {
    checkText(text);
    return this.#calls.call('unknownWords', [text]);
  }

  async teach(word, label, strength) {
    checkText(word);
    return this.#counted('teach', [word, label, strength]);
  }

  undo() {
    return this.#counted('undo', []);
  }

  reset() {
    return this.#counted('reset', []);
  }

  export() {
    return this.#calls.call('export', []);
  }

  free() {
    this.#calls.end(failure('freed', 'this classifier has been freed: load() another one'));
  }

  /** A call that changes the number of corrections. */
  async #counted(method, parameters) {
    const { result, corrections, labels } = await this.#calls.call(method, parameters);
    this.#corrections = corrections;
    if (labels.length !== this.#labels.length) {
      this.#labels = Object.freeze(labels);
      this.#answers = answersOf(labels, this.#info);
    }
    return result;
  }

  /**
   * Has the thread do something with texts and takes in its answers chunk by chunk, each in a task
   * of its own, so that a page stays responsive.
   *
   * @param {(answer: Scores | Mentions, from: number, to: number) => void} take is handed the
   *   answer about texts[from] to texts[to - 1]
   */
  async #inChunks(method, texts, { signal, onProgress } = {}, take) {
    signal?.throwIfAborted();
    // What the caller does to the array meanwhile is of no consequence.
    const all = texts.slice();
    let next = 0;
    let done = 0;
    const lane = async () => {
      while (next < all.length) {
        const from = next;
        const to = chunkEnd(all, from);
        next = to;
        const answer = await this.#calls.call(method, [all.slice(from, to)]);
        signal?.throwIfAborted();
        take(answer, from, to);
        done += to - from;
        onProgress?.(done, all.length);
      }
    };
    try {
      await abortable(signal, () => Promise.all(Array.from({ length: LANES }, lane)));
    } finally {
      next = all.length;
    }
  }
}

if (Symbol.dispose) {
  RemoteClassifier.prototype[Symbol.dispose] = RemoteClassifier.prototype.free;
}

/** Messages to a thread, and the promises of their answers. */
export class Calls {
  #thread;
  #pending = new Map();
  #last = 0;
  #ended;

  constructor(startThread) {
    this.#thread = startThread(
      (message) => this.#hear(message),
      (error) => this.end(error),
    );
  }

  call(method, parameters) {
    if (this.#ended !== undefined) {
      return Promise.reject(this.#ended);
    }
    return new Promise((resolve, reject) => {
      this.#last += 1;
      this.#thread.send({ id: this.#last, method, parameters });
      this.#pending.set(this.#last, { resolve, reject });
      this.#thread.keepAlive(true);
    });
  }

  /** Ends the thread; calls that wait for an answer, and all later ones, fail with `error`. */
  end(error) {
    if (this.#ended !== undefined) {
      return;
    }
    this.#ended = error;
    this.#thread.end();
    for (const { reject } of this.#pending.values()) {
      reject(error);
    }
    this.#pending.clear();
  }

  #hear({ id, result, error }) {
    const call = this.#pending.get(id);
    this.#pending.delete(id);
    if (this.#pending.size === 0) {
      this.#thread.keepAlive(false);
    }
    if (error === undefined) {
      call?.resolve(result);
    } else {
      const type = error.name === 'TypeError' ? TypeError : Error;
      call?.reject(failure(error.code, error.message, { type }));
    }
  }
}

/** Where the chunk of a batch that begins at `from` ends: it has at least one text. */
export function chunkEnd(texts, from) {
  let units = 0;
  let to = from;
  do {
    units += texts[to].length;
    to += 1;
  } while (to < texts.length && to - from < CHUNK_TEXTS && units < CHUNK_UNITS);
  return to;
}

/** Does some work, and fails at once when the signal says so; the work notices by itself. */
export async function abortable(signal, work) {
  if (!signal) {
    return work();
  }
  let abort;
  const aborted = new Promise((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([aborted, work()]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
