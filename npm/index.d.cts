import type * as undertone from './index.js' with { 'resolution-mode': 'import' };

export type {
  AnswerOptions,
  Classifier,
  Contribution,
  ErrorCode,
  Explanation,
  Info,
  Learnt,
  LoadOptions,
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
} from './index.js' with { 'resolution-mode': 'import' };

/** Opens a model: the same function as `import { load } from 'undertone'` gives. */
export declare const load: typeof undertone.load;
