/// <reference lib="esnext.disposable" />

import type { AnswerOptions, Info, ModelSource, PartialPrediction, Prediction, WasmSource } from './index.js';

export type {
  AnswerOptions,
  ErrorCode,
  Info,
  ModelErrorCode,
  ModelSource,
  PartialPrediction,
  Prediction,
  UndertoneError,
  WasmSource,
} from './index.js';

export interface SmallLoadOptions {
  /** Another model in place of the small one inside: as for `undertone`, but without cues and changes (`derived`). */
  model?: ModelSource;
  /** The package's `undertone_small_bg.wasm`, where it can't be found by itself: as for `undertone`. */
  wasm?: WasmSource;
}

/** A model that scores texts and does no more: what `Classifier` of `undertone` does, in the same words. */
export interface SmallClassifier {
  /** The class names, in the order of all lists. */
  readonly labels: readonly string[];
  /** What the model was trained on and how it scored. */
  readonly info: Info;
  /** Scores a text: to the last bit as `undertone` does with the same model. */
  classify(text: string): Prediction;
  /** Scores a text, and gives a part of the answer. */
  classify(text: string, options: AnswerOptions): PartialPrediction;
  /** Scores texts, in order, one by one. */
  classifyBatch(texts: readonly string[]): Prediction[];
  /** Scores texts, in order, and gives a part of each answer. */
  classifyBatch(texts: readonly string[], options: AnswerOptions): PartialPrediction[];
  /** Gives the model's memory back. Using the classifier afterwards throws `freed`. */
  free(): void;
  /** The same as `free()`: `using classifier = await load()`. */
  [Symbol.dispose](): void;
}

/**
 * Opens a small model.
 *
 * The first call fetches and compiles the WebAssembly module; calls at the same time share that.
 *
 * @throws {UndertoneError} as `load` of `undertone`
 */
export function load(options?: SmallLoadOptions): Promise<SmallClassifier>;
