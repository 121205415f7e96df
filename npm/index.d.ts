/// <reference lib="esnext.disposable" />

/** What a text was found to be. A plain object. */
export interface Prediction {
  /** The most probable label; the first of equals. One of the classifier's `labels`. */
  label: string;
  /** Its probability, 0 to 1. */
  confidence: number;
  /**
   * The labels that the text has, in the model's order, perhaps none: those that are at least as probable
   * as `info.thresholds.confidence` says. Only of a model that gives several, whose `info.link` is
   * `independent`.
   */
  labels?: string[];
  /** The probability of every label, 0 to 1; they sum to 1, unless the model gives several labels. */
  probabilities: Record<string, number>;
  /**
   * The share of the text that the model knows, 0 to 1: of the words and the like that it looks for,
   * those that it has in its vocabulary. 0 for a text without any.
   */
  known: number;
  /**
   * Whether that is so little that the text is foreign to the model: in another language, or about
   * something else. `false` for all texts where the model has no threshold of that kind.
   */
  foreign: boolean;
}

/** Which part of an answer is given. */
export interface AnswerOptions {
  /**
   * 0 to 1: a label that is less probable than this, or than the model's own threshold for it, is
   * not given, as `label` and in `labels`. 0 leaves the decision to the model's thresholds, see `info.thresholds`.
   */
  minConfidence?: number;
  /** 1 or more: `probabilities` has so many labels, the most probable ones, in descending order. */
  topK?: number;
}

/** A prediction of which only a part was asked for. */
export interface PartialPrediction extends Omit<Prediction, 'label'> {
  /** The most probable label; `null` where it is less probable than `minConfidence` asks. */
  label: string | null;
}

/**
 * Why a text was found to be what it is.
 *
 * For every label, `bias[label]` plus the sum of all `contributions[i].weights[label]` is
 * `logits[label]`, and the softmax of the logits is `probabilities` (the sigmoid of each, of a model that
 * gives several labels).
 */
export interface Explanation extends Prediction {
  /** The logit of every label for a text of which the model knows nothing. */
  bias: Record<string, number>;
  /** The logit of every label for this text. */
  logits: Record<string, number>;
  /**
   * What each stretch of the text adds to the logits, ordered by `start` and then `end`. Stretches
   * overlap where the model knows both words and word pairs.
   */
  contributions: Contribution[];
}

/** A stretch of a text and what it adds to each logit. */
export interface Contribution {
  /** The stretch itself: `given.slice(start, end)` of the text that was given. */
  text: string;
  /** Where it begins, in UTF-16 code units, as JavaScript strings count. */
  start: number;
  /** Where it ends, in UTF-16 code units: the index after its last one. */
  end: number;
  /** What it adds to the logit of every label; negative where it speaks against it. */
  weights: Record<string, number>;
}

/**
 * The scores of many texts in three arrays in place of two objects a text. Text i's probabilities,
 * in the order of the labels, are
 * `probabilities.subarray(i * labels.length, (i + 1) * labels.length)`.
 */
export interface Scores {
  /** The classifier's labels. */
  labels: readonly string[];
  /** For each text the index of its most probable label. */
  classes: Uint32Array;
  /** The probabilities, text after text. */
  probabilities: Float64Array;
  /** For each text the share of it that the model knows. */
  known: Float64Array;
}

/** A stretch of a text that names a coin or a company. */
export interface Mention {
  /** Whom it names. One of the names that `loadNames` gave. */
  name: string;
  /** The stretch itself: `given.slice(start, end)` of the text that was given. */
  text: string;
  /** Where it begins, in UTF-16 code units, as JavaScript strings count. */
  start: number;
  /** Where it ends, in UTF-16 code units: the index after its last one. */
  end: number;
}

/**
 * The names in many texts, each name once a text: those of the first text are the first `counts[0]`
 * of `found`, those of the second the next `counts[1]`, and so on.
 */
export interface Mentions {
  /** All names that are looked for. */
  names: readonly string[];
  /** For each text how many names are in it. */
  counts: Uint32Array;
  /** Indexes into `names`, text after text. */
  found: Uint32Array;
}

/** Which names to look for. */
export interface NamesOptions {
  /**
   * The text of a list in place of the package's, which is its file `mentions.txt`; `''` for none. A
   * name a line, and after commas its aliases and tickers.
   */
  list?: string;
  /** The text of a list of your own, whose names and forms go before those of the other. */
  own?: string;
  /**
   * The package's `undertone_names_bg.wasm`, the module that finds names, where it can't be found by
   * itself: see `wasm` of `load()`. Only the first `loadNames()` that succeeds looks at it.
   */
  wasm?: WasmSource;
}

/** What a text was found to be after a correction that may have brought new words. */
export interface Learnt extends Prediction {
  /** The words that the model knows from now on, in the order of their bytes. */
  words: string[];
}

/** What a model was trained on and how it scored. */
export interface Info {
  /** The class names. */
  labels: string[];
  /** How many words, word pairs and the like it knows. */
  features: number;
  /**
   * How its logits become probabilities: their `softmax`; `one-vs-rest`, the sigmoid of each divided by
   * the sum; `margins`, the same of an imported model that was never fitted as probabilities, so
   * that the order of its labels is right and how sure it is nobody has measured; or `independent`, the
   * sigmoid of each by itself: the model gives several labels, or none.
   */
  link: "softmax" | "one-vs-rest" | "margins" | "independent";
  /** Below what it rather says nothing; zeros where its recipe asks for nothing of that kind. */
  thresholds: {
    /** The least probability at which each label is given, with `minConfidence` or in `labels`. */
    confidence: Record<string, number>;
    /** The least share of a text that must be known, or the text is foreign. */
    known: number;
  };
  /** The version of Undertone that trained it. */
  version: string;
  /** SHA-256 of its recipe, in hexadecimal. */
  recipe: string;
  /** The date that the recipe gives; empty where it gives none. */
  date: string;
  /** Under what licence it may be used, as an SPDX expression; empty where its recipe says nothing. */
  licence: string;
  /** The files that it was trained on. */
  data: { name: string; sha256: string; documents: number }[];
  /** How many words corrections have added to its vocabulary. */
  grown: number;
  /** Its cross-validation on the training data; `null` where that was switched off. */
  scores: {
    /** How many folds. */
    folds: number;
    /** Share of texts whose most probable label is right, or whose `labels` all are, 0 to 1. */
    accuracy: number;
    /** Unweighted mean of the labels' F1, 0 to 1. */
    macro_f1: number;
    /** Mean of −ln of the probability given to the right label. */
    log_loss: number;
    /** Expected calibration error, 0 to 1: how far probabilities are from the share of right answers. */
    calibration_error: number;
  } | null;
}

/** What can be opened as a model: the bytes of a `model.bin`, or where they are. */
export type ModelSource = Uint8Array | ArrayBuffer | URL | string | Response;

/** The WebAssembly module, or where it is. */
export type WasmSource = WebAssembly.Module | Uint8Array | ArrayBuffer | URL | string | Response;

export interface LoadOptions {
  /**
   * A model of your own, written by `undertone train` or by `export()`, in place of the one inside.
   * A string is a URL: relative to the page in a browser, absolute (`https:` or `file:`) in Node.
   */
  model?: ModelSource;
  /**
   * The package's `undertone_bg.wasm`, where it can't be found by itself: with a bundler that does
   * not know `new URL('…', import.meta.url)`, or on Cloudflare Workers, which want it imported. Only
   * the first `load()` that succeeds looks at it; the module is the same for all classifiers.
   */
  wasm?: WasmSource;
}

/** A model, ready to score texts. */
export interface Classifier {
  /** The class names, in the order of all lists. */
  readonly labels: readonly string[];
  /** What the model was trained on and how it scored. */
  readonly info: Info;
  /** Scores a text. Any string has a prediction; half a surrogate pair counts as U+FFFD. */
  classify(text: string): Prediction;
  /** Scores a text, and gives a part of the answer. */
  classify(text: string, options: AnswerOptions): PartialPrediction;
  /** Scores texts, in order: the same as one by one, in less time. */
  classifyBatch(texts: readonly string[]): Prediction[];
  /** Scores texts, in order, and gives a part of each answer. */
  classifyBatch(texts: readonly string[], options: AnswerOptions): PartialPrediction[];
  /** Scores texts, in order, into flat arrays: for long lists. */
  scoreBatch(texts: readonly string[]): Scores;
  /** Scores a text and says which stretches of it decided. */
  explain(text: string): Explanation;
  /**
   * Loads the coins and companies that `mentions` looks for: those of the package and a list of your
   * own. The package's list, and the WebAssembly module that looks for names, are fetched only now.
   * Names have no weight in the package's model.
   *
   * @returns all names, in the lists' order
   * @throws {UndertoneError} `bad-names`, `fetch-failed`, or `wasm-failed`
   */
  loadNames(options?: NamesOptions): Promise<readonly string[]>;
  /**
   * Where a text names a coin or a company, in its order; no two stretches overlap.
   *
   * @throws {UndertoneError} `no-names` before `loadNames`
   */
  mentions(text: string): Mention[];
  /** The names in each of several texts, in flat arrays. */
  mentionsBatch(texts: readonly string[]): Mentions;
  /** How many corrections have been made and not been taken back. */
  readonly corrections: number;
  /**
   * Corrects the model: says which label the text should have had. One step of gradient descent on
   * that text, so that its label gets more probable, and so, a little, in texts with the same words:
   * with x the text's row of feature values, p its probabilities and y the right label,
   *
   * `W[j, k] += η · x[j] · ([k = y] − p[k])`, `η = 2 / Σ scale²`
   *
   * for each feature j that the text has and every label k, where the scales are those of the model's
   * vectorizers. No logit of any text changes by more than 2. A text of which the model knows nothing
   * teaches it nothing. Correcting the same text again goes further.
   *
   * @returns the text's new prediction
   * @throws {UndertoneError} `unknown-label`
   */
  learn(text: string, label: string): Prediction;
  /**
   * The same where the model may grow: the words of the text that it does not know
   * (`unknownWords(text)`) become part of its vocabulary first, and a label that it does not have is
   * added to its labels, at first with a share of 5 % of what nothing is known of. The step is four
   * times as long along the new words. `undo` and `reset` take both away again.
   *
   * @throws {UndertoneError} `unknown-label` for what is no label: no string, an empty one, or one with
   *   half a surrogate pair
   */
  learn(text: string, label: string, options: { grow: boolean }): Learnt;
  /** The words of a text that the model does not know and could learn, in the order of their bytes. */
  unknownWords(text: string): string[];
  /**
   * Gives a word a weight by hand: in a text of this word alone the logit of the label rises by
   * `strength`, -10 to 10; 1 is slight, 4 is strong. A word that the model does not know becomes part
   * of its vocabulary. It counts as a correction, which `undo` takes back.
   *
   * @throws {UndertoneError} `not-a-word`, `unknown-label`, `bad-option`
   */
  teach(word: string, label: string, strength: number): void;
  /** Takes the last correction back, exactly. `false` where there is none left. */
  undo(): boolean;
  /** Takes all corrections back, exactly. */
  reset(): void;
  /**
   * The bytes of a `model.bin` with the corrections in it: for `load({ model })`, and for
   * `undertone predict --model`. Its `info` counts the corrections among the data and has no scores,
   * which nobody has measured for it. Corrections can't be taken back from it.
   */
  export(): Uint8Array;
  /** Gives the model's memory back. Using the classifier afterwards throws `freed`. */
  free(): void;
  /** The same as `free()`: `using classifier = await load()`. */
  [Symbol.dispose](): void;
}

/**
 * Opens a model.
 *
 * The first call fetches and compiles the WebAssembly module; calls at the same time share that.
 * Importing the package fetches nothing.
 *
 * @throws {UndertoneError} `fetch-failed`, `wasm-failed`, `bad-model`, or one of the codes of a
 *   model that can't be opened
 */
export function load(options?: LoadOptions): Promise<Classifier>;

/** Why bytes are not a model that this version opens. */
export type ModelErrorCode =
  /** The first bytes are not those of a model. */
  | 'not-a-model'
  /** It is of a newer or older format. */
  | 'version'
  /** It ends early. */
  | 'truncated'
  /** Something follows its end. */
  | 'trailing-bytes'
  /** Its checksum is wrong: it was damaged. */
  | 'checksum'
  /** It has cues or changes, which `undertone/small` doesn't read. */
  | 'derived'
  /** Its checksum is right and it contradicts itself. */
  | 'content';

export type ErrorCode =
  | ModelErrorCode
  /** The `model` option is none of the kinds of `ModelSource`. */
  | 'bad-model'
  /** An address could not be fetched, or a file not read. */
  | 'fetch-failed'
  /** A WebAssembly module could not be compiled. */
  | 'wasm-failed'
  /** A text, or one of the texts, is not a string. A `TypeError`. */
  | 'not-a-text'
  /** `learn` was given a label that is none of the classifier's. */
  | 'unknown-label'
  /** `learn` is for models that give one label, and this one gives several. */
  | 'several-labels'
  /** `mentions` was called before `loadNames`. */
  | 'no-names'
  /** A list of names has a line that is none; the message says which. */
  | 'bad-names'
  /** An option is out of its range. A `TypeError`. */
  | 'bad-option'
  /** `teach` was given a text that is not one word. */
  | 'not-a-word'
  /** A text needs more memory than WebAssembly has. */
  | 'too-long'
  /** The classifier has been freed. */
  | 'freed'
  /** `undertone/worker` and `undertone/train`: the thread could not be started, or it ended. */
  | 'worker-failed'
  /** `undertone/train` was given no texts. A `TypeError`. */
  | 'no-texts'
  /** `undertone/train`: there is one label alone, and so nothing to tell apart. */
  | 'one-label'
  /** `undertone/train`: a label has fewer texts than there are folds. */
  | 'rare-label'
  /** `undertone/train`: no text has a feature that the settings let pass. */
  | 'no-features'
  /** `undertone/train`: WebAssembly stopped, as its memory holds no more. */
  | 'train-failed';

/** What everything here throws: an `Error` whose `code` is for programs and whose message is for people. */
export interface UndertoneError extends Error {
  code: ErrorCode;
}
