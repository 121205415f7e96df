import type { WasmSource } from './index.js';

export type { ErrorCode, UndertoneError, WasmSource } from './index.js';

/** A text and what it is. */
export interface LabelledText {
  /** The text. */
  text: string;
  /** Its label, any text; white space around it does not count. */
  label: string;
  /** The line of its file on which it begins, for messages. Without: its number, counted from 1. */
  line?: number;
}

/** How to train: the options of `undertone train` by their names, and its defaults. */
export interface TrainSettings {
  /** What n-grams are made of. Default `'word'`. */
  analyzer?: "word" | "char" | "char_wb" | "cue";
  /** Fewest and most tokens or characters in an n-gram. Default `[1, 1]`. */
  ngrams?: readonly [number, number];
  /** What a token is. Default `'\\b\\w\\w+\\b'`. */
  tokenPattern?: string;
  /** Tokens to leave out. */
  stopWords?: readonly string[];
  /** Leave out features in fewer texts: a whole number of them, or a share such as 0.001. Default 1. */
  minDf?: number;
  /** Leave out features in more texts: a whole number of them, or a share such as 0.5. Default none. */
  maxDf?: number;
  /** Keep only the most frequent features; 0, the default, keeps all. */
  maxFeatures?: number;
  /** Use 1 + ln tf in place of tf. Default `false`. */
  sublinearTf?: boolean;
  /** The weight of the data against the penalty; larger fits closer. Default 1. */
  c?: number;
  /** Whether rare labels count more. Default `'none'`. */
  classWeight?: "none" | "balanced";
  /** Stop when no component of the mean loss's gradient exceeds this. Default 0.0001. */
  tolerance?: number;
  /** Stop after so many steps all the same. Default 1000. */
  maxIterations?: number;
  /** Rescale the logits by what cross-validation saw. Default `'none'`. */
  calibration?: "none" | "temperature" | "vector";
  /** Keep only the features that decide most, and fit again; 0 keeps all. Default 0, with `vectors` 10000. */
  features?: number;
  /**
   * How coefficients are stored, `'float32'` (the default) or `'int8'`; or `LABEL=SHARE`, such as
   * `'positive=0.9'`: keep the threshold from which on cross-validation is right so often about texts
   * given that label. Or several of these.
   */
  precision?: string | readonly string[];
  /** Keep the threshold below which a text counts as foreign: this share of the data's own do. Default 0. */
  foreign?: number;
  /**
   * A head start for few texts, as `--vectors` gives it: word vectors, and what the package's own model
   * knows. `true` fetches them, 1.5 MB; where a bundler doesn't take them along, give the bytes of
   * `undertone/vectors64.words`, `undertone/vectors64.i8` and `undertone/model.bin`. Default `false`.
   */
  vectors?: boolean | readonly [words: Uint8Array, components: Uint8Array, model: Uint8Array];
  /** A date to carry in the model; the clock is never asked. */
  date?: string;
  /** Folds of the cross-validation; 0 skips it. Default 5. */
  folds?: number;
  /** Decides which texts share a fold. Default 1. */
  seed?: number;
  /** Take labels that differ in case or space alone for one, spelled as most often. Default `false`. */
  joinLabels?: boolean;
  /** Also fit growing shares of the data, for the learning curve. Default `false`. */
  learningCurve?: boolean;
}

/**
 * The file that the texts were read from, as the command is told of it. A model carries its name and
 * hash: with the same file, columns and settings it is, byte for byte, the one that
 * `undertone train --data FILE` writes.
 */
export interface TrainSource {
  /** Its name, without the folder. */
  name: string;
  /** Its bytes, whose SHA-256 the model carries. */
  bytes?: Uint8Array;
  /** The SHA-256 itself, in lowercase hexadecimal. */
  sha256?: string;
  /** Its encoding, as `--encoding` names it. Default `'utf-8'`. */
  encoding?: string;
  /** The names of its columns, as `--columns` has them, where it has no heading. */
  columns?: readonly string[];
  /** The column of texts. Default `'text'`. */
  textColumn?: string;
  /** The column of labels. Default `'label'`. */
  labelColumn?: string;
}

/** How far the training is. */
export interface TrainProgress {
  /** What is being done; steps are taken in this order. */
  step: "read" | "cross-validate" | "fit" | "learning-curve";
  /** How many of its parts are done. */
  done: number;
  /** How many parts it has. */
  of: number;
}

export interface TrainOptions {
  /** The file that the texts were read from. Without, the model says that they were in memory. */
  source?: TrainSource;
  /** The module that trains, or where it is, where the file beside the script can't be had. */
  wasm?: WasmSource | PromiseLike<WasmSource>;
  /** Gives up: the promise is rejected at once with the signal's reason, and the worker ends. */
  signal?: AbortSignal;
  /** Is told how far the training is, when a step begins and whenever a part of it is done. */
  onProgress?: (progress: TrainProgress) => void;
}

/** Scores in cross-validation, each text by a model that had not seen it, by the names of `--json`. */
export interface TrainScores {
  folds: number;
  /** Share of texts whose most probable label is right: the mean over the folds, 0 to 1. */
  accuracy: number;
  accuracy_deviation: number;
  /** Unweighted mean of the labels' F1: the mean over the folds, 0 to 1. */
  macro_f1: number;
  macro_f1_deviation: number;
  /** Mean of −ln of the probability given to the right label: the mean over the folds. */
  log_loss: number;
  log_loss_deviation: number;
  /** Expected calibration error, 0 to 1. */
  calibration_error: number;
  labels: string[];
  per_class: { label: string; precision: number; recall: number; f1: number; support: number }[];
  /** How many texts of the row's label were taken for the column's. */
  confusion: number[][];
}

/** What was found in training, by the names of the command's `--json`. */
export interface TrainReport {
  documents: number;
  /** The labels in the model's order, and how many texts have each. */
  labels: { label: string; documents: number }[];
  /** How many texts occur more than once, compared without case. */
  duplicates: number;
  /** How many of those have different labels. */
  conflicting: number;
  features: number;
  /** The steps of the solver. */
  iterations: number;
  /** Whether the solver met its tolerance. */
  converged: boolean;
  objective: number;
  /** `null` with 0 folds. */
  cv: TrainScores | null;
  /** Scores by the share of the texts that is trained on; empty unless asked for. */
  learning_curve: {
    /** The share of each fold's training part, in percent. */
    percent: number;
    /** How many texts that is, the mean over the folds. */
    documents: number;
    accuracy: number;
    accuracy_deviation: number;
    macro_f1: number;
    macro_f1_deviation: number;
  }[];
}

export interface Trained {
  /** The bytes of a `model.bin`, for `load({ model })`, the command and the API. */
  model: Uint8Array;
  /** How good it is. */
  report: TrainReport;
}

/** Trains a model on labelled texts in a worker of its own (in Node a worker thread). */
export function train(
  documents: readonly LabelledText[],
  settings?: TrainSettings,
  options?: TrainOptions,
): Promise<Trained>;
