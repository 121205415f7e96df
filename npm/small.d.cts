import type * as small from './small.js' with { 'resolution-mode': 'import' };

export type {
  AnswerOptions,
  ErrorCode,
  Info,
  ModelErrorCode,
  ModelSource,
  PartialPrediction,
  Prediction,
  SmallClassifier,
  SmallLoadOptions,
  UndertoneError,
  WasmSource,
} from './small.js' with { 'resolution-mode': 'import' };

/** Opens a small model: the same function as `import { load } from 'undertone/small'` gives. */
export declare const load: typeof small.load;
