/// <reference lib="esnext.disposable" />

import type {
  AnswerOptions,
  Explanation,
  Info,
  Learnt,
  LoadOptions,
  Mention,
  Mentions,
  NamesOptions,
  PartialPrediction,
  Prediction,
  Scores,
  WasmSource,
} from './index.js';

export type {
  AnswerOptions,
  Contribution,
  ErrorCode,
  Explanation,
  Info,
  Learnt,
  Mention,
  Mentions,
  ModelErrorCode,
  ModelSource,
  NamesOptions,
  PartialPrediction,
  Prediction,
  Scores,
  UndertoneError,
  WasmSource,
} from './index.js';

export interface WorkerLoadOptions extends Omit<LoadOptions, 'wasm'> {
  /** As for `undertone`, or a promise of it: the thread starts meanwhile. */
  wasm?: WasmSource | PromiseLike<WasmSource>;
  /** Gives up loading, and ends the worker. */
  signal?: AbortSignal;
}

export interface BatchOptions {
  /** Gives up the batch: its promise is rejected at once with the signal's reason, an `AbortError`. */
  signal?: AbortSignal;
  /** Is told how many texts are done, of how many, after each few thousand. */
  onProgress?: (done: number, total: number) => void;
}

/**
 * A model in a worker: what `Classifier` of `undertone` does, off the main thread and promised.
 * Calls are answered in the order in which they were made; a batch lets others in between.
 */
export interface WorkerClassifier {
  /** The class names, in the order of all lists. */
  readonly labels: readonly string[];
  /** What the model was trained on and how it scored. */
  readonly info: Info;
  /** Scores a text. */
  classify(text: string): Promise<Prediction>;
  /** Scores a text, and gives a part of the answer. */
  classify(text: string, options: AnswerOptions): Promise<PartialPrediction>;
  /**
   * Scores texts, in order. Beyond some 100,000 texts the garbage collector has so many objects to
   * look at that a page may stutter: `scoreBatch` makes none.
   */
  classifyBatch(texts: readonly string[], options?: BatchOptions): Promise<Prediction[]>;
  /** Scores texts, in order, and gives a part of each answer. */
  classifyBatch(
    texts: readonly string[],
    options: BatchOptions & AnswerOptions,
  ): Promise<PartialPrediction[]>;
  /** Scores texts, in order, into flat arrays: for any number of texts. */
  scoreBatch(texts: readonly string[], options?: BatchOptions): Promise<Scores>;
  /** Scores a text and says which stretches of it decided. */
  explain(text: string): Promise<Explanation>;
  /** Loads the coins and companies to look for: see `Classifier.loadNames` of `undertone`. */
  loadNames(options?: NamesOptions): Promise<readonly string[]>;
  /** Where a text names a coin or a company. */
  mentions(text: string): Promise<Mention[]>;
  /** The names in each of several texts, in flat arrays: for any number of texts. */
  mentionsBatch(texts: readonly string[], options?: BatchOptions): Promise<Mentions>;
  /** How many corrections have been made and not been taken back, as of the last answer. */
  readonly corrections: number;
  /** Corrects the model: see `Classifier.learn` of `undertone`. */
  learn(text: string, label: string): Promise<Prediction>;
  /** Corrects a model that may grow: see `Classifier.learn` of `undertone`. */
  learn(text: string, label: string, options: { grow: boolean }): Promise<Learnt>;
  /** The words of a text that the model does not know and could learn. */
  unknownWords(text: string): Promise<string[]>;
  /** Gives a word a weight by hand: see `Classifier.teach` of `undertone`. */
  teach(word: string, label: string, strength: number): Promise<void>;
  /** Takes the last correction back, exactly. `false` where there is none left. */
  undo(): Promise<boolean>;
  /** Takes all corrections back, exactly. */
  reset(): Promise<void>;
  /** The bytes of a `model.bin` with the corrections in it: see `Classifier.export` of `undertone`. */
  export(): Promise<Uint8Array>;
  /** Ends the worker. Calls that are under way, and later ones, are rejected with `freed`. */
  free(): void;
  /** The same as `free()`. */
  [Symbol.dispose](): void;
}

/**
 * Starts a worker (in Node a worker thread) and opens a model in it. Each call starts one of its
 * own. In Node an idle worker doesn't keep the program from ending.
 */
export function load(options?: WorkerLoadOptions): Promise<WorkerClassifier>;
