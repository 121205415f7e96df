import type * as worker from './worker.js' with { 'resolution-mode': 'import' };

export type {
  BatchOptions,
  Contribution,
  ErrorCode,
  Explanation,
  Info,
  Mention,
  Mentions,
  ModelErrorCode,
  ModelSource,
  NamesOptions,
  Prediction,
  Scores,
  UndertoneError,
  WasmSource,
  WorkerClassifier,
  WorkerLoadOptions,
} from './worker.js' with { 'resolution-mode': 'import' };

/** Starts a worker: the same function as `import { load } from 'undertone/worker'` gives. */
export declare const load: typeof worker.load;
