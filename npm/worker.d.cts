import type * as worker from './worker.js' with { 'resolution-mode': 'import' };

export type {
  AnswerOptions,
  BatchOptions,
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
  WorkerClassifier,
  WorkerLoadOptions,
} from './worker.js' with { 'resolution-mode': 'import' };

/** Starts a worker: the same function as `import { load } from 'undertone/worker'` gives. */
export declare const load: typeof worker.load;
