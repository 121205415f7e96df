import type * as element from './element.js' with { 'resolution-mode': 'import' };

export type {
  Annotation,
  Classifier,
  ElementOptions,
  MarkClassifier,
  MarkOptions,
  Prediction,
  UndertoneMark,
  WorkerClassifier,
} from './element.js' with { 'resolution-mode': 'import' };

/** Defines the element: the same function as `import { defineElement } from 'undertone/element'` gives. */
export declare const defineElement: typeof element.defineElement;
/** The same function as `import { setClassifier } from 'undertone/element'` gives. */
export declare const setClassifier: typeof element.setClassifier;
/** The same function as `import { mark } from 'undertone/element'` gives. */
export declare const mark: typeof element.mark;
