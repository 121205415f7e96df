// A model in the module's memory, as JavaScript uses it. Texts go in and numbers come out through
// two buffers of that memory: see src/wasm/classifier.rs, the other half.

import { Classifier as Core } from './undertone.js';
import { badOption, checkLabel, checkText, checkTexts, described, failure } from './errors.js';
import { infoOf } from './info.js';
import { Finder, IMPORTS } from './names.js';
import { answersOf, byLabel, emptyScores, highest } from './predictions.js';
import { BYTES_PER_UNIT, USUAL_INPUT, encoder } from './utf8.js';

/** Texts of a batch go in together up to so many UTF-16 units, and so many texts. */
const BATCH_UNITS = USUAL_INPUT / BYTES_PER_UNIT / 2;
const BATCH_TEXTS = 256;

/** The highest strength with which a word is taught, in logits. */
const STRONGEST = 10;

export class Classifier {
  #core;
  #memory;
  #labels;
  #answers;
  #prediction;
  /** Where the list of names and the module that looks for them are had, once they are asked for. */
  #namesSource;
  /** What looks for names, once they are loaded. */
  #finder;
  /** The input buffer: where it is, how many bytes it has, and a view of it. */
  #address = 0;
  #room = 0;
  #input = new Uint8Array();
  /**
   * A view of the whole memory. Like the other it is made anew when the memory has grown: then its length
   * is 0. To ask the memory itself takes a fourteenth of a call.
   */
  #numbers = new Float64Array();

  /**
   * @param {WebAssembly.Memory} memory the module's
   * @param {Uint8Array} [model] in place of the one inside the module
   * @param {object} namesSource
   * @param {() => Promise<string>} namesSource.list gives the list that comes with the package
   * @param {(wasm?: unknown) => Promise<WebAssembly.Module>} namesSource.module compiles the module
   *   that finds names: the one that comes with the package, or what is given in its place
   */
  constructor(memory, model, namesSource) {
    this.#namesSource = namesSource;
    this.#core = model === undefined ? new Core() : Core.open(model);
    this.#memory = memory;
    this.#relabel();
    this.#reserve(USUAL_INPUT);
  }

  get labels() {
    return this.#labels;
  }

  get info() {
    const core = this.#open();
    const numbers = core.describe();
    return infoOf(core.said(), numbers);
  }

  classify(text, options) {
    checkText(text);
    const core = this.#open();
    const address = core.score(this.#write(text));
    const prediction = this.#prediction(this.#float64(), address / 8);
    this.#shrink();
    return options === undefined ? prediction : this.#answers.choice(options)(prediction);
  }

  classifyBatch(texts, options) {
    checkTexts(texts);
    const choose = options === undefined ? undefined : this.#answers.choice(options);
    const predictions = new Array(texts.length);
    const stride = this.#labels.length + 1;
    this.#scoreAll(texts, (numbers, at, from, to) => {
      for (let index = from; index < to; index += 1, at += stride) {
        const prediction = this.#prediction(numbers, at);
        predictions[index] = choose === undefined ? prediction : choose(prediction);
      }
    });
    return predictions;
  }

  scoreBatch(texts) {
    checkTexts(texts);
    const scores = emptyScores(this.#labels, texts.length);
    const { classes, probabilities, known } = scores;
    const count = this.#labels.length;
    this.#scoreAll(texts, (numbers, at, from, to) => {
      for (let index = from; index < to; index += 1, at += count + 1) {
        classes[index] = highest(numbers, at, count);
        known[index] = numbers[at + count];
        for (let place = 0; place < count; place += 1) {
          probabilities[index * count + place] = numbers[at + place];
        }
      }
    });
    return scores;
  }

  explain(text) {
    checkText(text);
    const core = this.#open();
    const count = core.explain(this.#write(text));
    const numbers = this.#float64();
    const classes = this.#labels.length;
    let at = core.output() / 8;
    const explanation = this.#prediction(numbers, at);
    at += 1;
    const next = () => {
      at += classes;
      return byLabel(this.#labels, numbers, at);
    };
    explanation.bias = next();
    explanation.logits = next();
    at += classes;
    explanation.contributions = Array.from({ length: count }, () => {
      const [start, end] = numbers.subarray(at, at + 2);
      const weights = byLabel(this.#labels, numbers, at + 2);
      at += 2 + classes;
      return { text: text.slice(start, end), start, end, weights };
    });
    this.#shrink();
    return explanation;
  }

  async loadNames({ list, own = '', wasm } = {}) {
    // Both are on their way at once.
    const [text, module] = await Promise.all([
      list ?? this.#namesSource.list(),
      this.#namesSource.module(wasm),
    ]);
    const lists = [text, own];
    checkTexts(lists);
    // A new instance each time: the one before stays in use where these are no lists.
    const finder = new Finder(await WebAssembly.instantiate(module, IMPORTS), lists);
    this.#open();
    this.#finder = finder;
    return finder.names;
  }

  mentions(text) {
    checkText(text);
    const finder = this.#loaded();
    const found = [];
    finder.find(text, (name, start, end) => {
      found.push({ name: finder.names[name], text: text.slice(start, end), start, end });
    });
    return found;
  }

  mentionsBatch(texts) {
    checkTexts(texts);
    const finder = this.#loaded();
    const counts = new Uint32Array(texts.length);
    const found = [];
    texts.forEach((text, index) => {
      const once = new Set();
      finder.find(text, (name) => once.add(name));
      counts[index] = once.size;
      found.push(...once);
    });
    return { names: finder.names, counts, found: Uint32Array.from(found) };
  }

  get corrections() {
    return this.#open().corrections;
  }

  learn(text, label, { grow = false } = {}) {
    checkText(text);
    const core = this.#open();
    if (this.#answers.several) {
      throw failure(
        'several-labels',
        'expected a model that gives one label, found one that gives several',
      );
    }
    if (grow) {
      checkLabel(label);
      const start = this.#write(label);
      const words = core.learnGrowing(start, this.#write(label + text));
      this.#relabel();
      const learnt = this.#prediction(this.#float64(), core.output() / 8);
      learnt.words = lines(words);
      this.#shrink();
      return learnt;
    }
    const address = core.learn(this.#write(text), classOf(this.#labels, label));
    const prediction = this.#prediction(this.#float64(), address / 8);
    this.#shrink();
    return prediction;
  }

  unknownWords(text) {
    checkText(text);
    const core = this.#open();
    const words = lines(core.unknownWords(this.#write(text)));
    this.#shrink();
    return words;
  }

  teach(word, label, strength) {
    checkText(word);
    if (!(Math.abs(strength) <= STRONGEST)) {
      throw badOption('strength', `a number from -${STRONGEST} to ${STRONGEST}`, strength);
    }
    const core = this.#open();
    const taught = core.teach(this.#write(word), classOf(this.#labels, label), strength);
    this.#shrink();
    if (!taught) {
      throw failure('not-a-word', `expected one word, found ${JSON.stringify(word.slice(0, 80))}`);
    }
  }

  undo() {
    const isUndone = this.#open().undo();
    this.#relabel();
    return isUndone;
  }

  reset() {
    this.#open().reset();
    this.#relabel();
  }

  export() {
    return this.#open().export();
  }

  free() {
    this.#core?.free();
    this.#core = undefined;
    this.#finder = undefined;
  }

  /** Takes the core's labels over, where there are more or fewer than before. */
  #relabel() {
    const { info } = this;
    const { labels } = info;
    const count = labels.length;
    if (count === this.#labels?.length) {
      return;
    }
    this.#labels = Object.freeze(labels);
    this.#answers = answersOf(labels, info);
    const { prediction } = this.#answers;
    this.#prediction = (numbers, at) => prediction(numbers, at, numbers[at + count]);
  }

  #open() {
    if (this.#core === undefined) {
      throw failure('freed', 'this classifier has been freed: load() another one');
    }
    return this.#core;
  }

  /**
   * Scores texts and hands over their probabilities a stretch at a time.
   *
   * @param {(numbers: Float64Array, at: number, from: number, to: number) => void} take is told
   *   that the probabilities of texts[from] to texts[to - 1], each with the share of the text that is
   *   known after them, are in `numbers` from `at` on
   */
  #scoreAll(texts, take) {
    const core = this.#open();
    let from = 0;
    while (from < texts.length) {
      const to = stretchEnd(texts, from);
      let address = 0;
      if (to - from > 1) {
        // One long text is encoded faster than many short ones. A text with a line end in it makes
        // the count of lines wrong, which the core notices.
        const joined = texts.slice(from, to).join('\n');
        address = core.scoreLines(this.#write(joined), to - from);
      }
      if (address === 0) {
        for (let index = from; index < to; index += 1) {
          const address = core.score(this.#write(texts[index]));
          take(this.#float64(), address / 8, index, index + 1);
        }
      } else {
        take(this.#float64(), address / 8, from, to);
      }
      from = to;
    }
    this.#shrink();
  }

  #loaded() {
    this.#open();
    if (this.#finder === undefined) {
      throw failure('no-names', 'expected names to look for, found none: await loadNames() first');
    }
    return this.#finder;
  }

  /** Writes a text to the input buffer and gives its length in bytes. */
  #write(text) {
    const room = text.length * BYTES_PER_UNIT;
    if (room > this.#room) {
      this.#reserve(room);
    }
    if (this.#input.length === 0) {
      this.#input = new Uint8Array(this.#memory.buffer, this.#address, this.#room);
    }
    // Half a surrogate pair becomes U+FFFD.
    return encoder.encodeInto(text, this.#input).written;
  }

  #reserve(bytes) {
    this.#input = new Uint8Array();
    this.#room = 0;
    this.#address = this.#open().input(bytes);
    this.#room = bytes;
  }

  /** Gives back the buffer of a long text. */
  #shrink() {
    if (this.#room > USUAL_INPUT) {
      this.#reserve(USUAL_INPUT);
    }
  }

  #float64() {
    if (this.#numbers.length === 0) {
      this.#numbers = new Float64Array(this.#memory.buffer);
    }
    return this.#numbers;
  }
}

if (Symbol.dispose) {
  Classifier.prototype[Symbol.dispose] = Classifier.prototype.free;
}

/** @returns {string[]} */
const lines = (text) => text.split('\n').slice(0, -1);

function classOf(labels, label) {
  const index = labels.indexOf(label);
  if (index === -1) {
    const found = typeof label === 'string' ? JSON.stringify(label) : described(label);
    throw failure('unknown-label', `expected one of the labels ${labels.join(', ')}, found ${found}`);
  }
  return index;
}

/** Where the stretch of a batch that begins at `from` ends: it has at least one text. */
function stretchEnd(texts, from) {
  let units = texts[from].length;
  let to = from + 1;
  while (to < texts.length && to - from < BATCH_TEXTS) {
    units += 1 + texts[to].length;
    if (units > BATCH_UNITS) {
      break;
    }
    to += 1;
  }
  return to;
}
