import type * as training from './train.js' with { 'resolution-mode': 'import' };

export type {
  ErrorCode,
  LabelledText,
  Trained,
  TrainOptions,
  TrainProgress,
  TrainReport,
  TrainScores,
  TrainSettings,
  TrainSource,
  UndertoneError,
  WasmSource,
} from './train.js' with { 'resolution-mode': 'import' };

/** Trains a model: the same function as `import { train } from 'undertone/train'` gives. */
export declare const train: typeof training.train;
