import type { Classifier, Prediction } from './index.js';
import type { WorkerClassifier } from './worker.js';

export type { Classifier, Prediction } from './index.js';
export type { WorkerClassifier } from './worker.js';

/** A classifier that marks can use: one of `undertone`, of `undertone/worker`, or what answers as they do. */
export type MarkClassifier =
  | Pick<Classifier, 'labels' | 'info' | 'classifyBatch' | 'explain'>
  | Pick<WorkerClassifier, 'labels' | 'info' | 'classifyBatch' | 'explain'>;

/** How all marks of a page are. */
export interface ElementOptions {
  /**
   * Gives the classifier, once, when the first mark needs it. Default: the model inside, in a worker, or
   * on the page's own thread where its Content-Security-Policy allows no worker.
   */
  load?: () => MarkClassifier | PromiseLike<MarkClassifier>;
  /** What marks say besides labels, in the language of the page. Defaults in English. */
  texts?: {
    /** In place of a label that is in doubt. */
    unsure?: string;
    /** In place of labels, for a text that has none. */
    none?: string;
    /** The name of what a mark opens. */
    why?: string;
    /** Before a label: a word speaks for it. */
    for?: string;
    /** Before a label: a word speaks against it. */
    against?: string;
    /** The model knows so little of the text that the text is foreign to it. */
    foreign?: string;
    /** No word of the text is known to the model. */
    unknown?: string;
    /** The words could not be had. */
    failed?: string;
  };
  /** What labels are called on the page, by what the model calls them. */
  labels?: Record<string, string>;
}

/** How one mark is: an attribute each. */
export interface MarkOptions {
  /** 0 to 1: a label that is less probable, or less than the model's own threshold for it, is unsure. */
  minConfidence?: number;
  /** `eager` scores at once; `lazy`, the default, when the mark is in sight or nearly so. */
  loading?: 'lazy' | 'eager';
}

/**
 * The element `<undertone-mark>`. Its content stays as it is; after it stands a button with a shape, the label
 * and its probability, which opens the words that decided.
 *
 * States, for `:state()` in a style sheet: each label that is given by its name, `unsure`, `loading`, and
 * `error`. Parts, for `::part()`: `badge`, `mark`, `shape`, `label`, `confidence`, and of what it opens `why`,
 * `probabilities`, `note`, `words`, `word`, `sign`, `said`, `towards`. Colours: `--undertone-positive`,
 * `--undertone-negative`, `--undertone-neutral`, and `--undertone-other`.
 *
 * Events: `scored`, a `CustomEvent` that bubbles, with the prediction in `detail`; `error`, an `ErrorEvent` that
 * does not, as that of an image.
 */
export interface UndertoneMark extends HTMLElement {
  /** The attribute `text`: what is scored in place of the content. */
  text: string | null;
  /** The attribute `min-confidence`, 0 to 1; 0 where it is missing or is something else. */
  minConfidence: number;
  /** The attribute `loading`. */
  loading: 'lazy' | 'eager';
  /** What the text was found to be; `null` as long as it has no score. */
  readonly prediction: Prediction | null;
  /** Whether the label is not given, as it is less probable than is asked for, or the text is foreign. */
  readonly unsure: boolean;
  /** Why there is no score, if that failed. */
  readonly error: unknown;
}

/** What `mark` has made. */
export interface Annotation {
  /** Takes the elements' text over. That happens by itself when it changes in the document. */
  update(): void;
  /** Takes the marks away: the elements are as they were. */
  remove(): void;
}

/**
 * Defines `<undertone-mark>`, once for a page; called again it only takes the options over. Does nothing
 * where there are no elements, as on a server.
 */
export function defineElement(options?: ElementOptions): void;

/**
 * Has all marks, those that are scored too, use a classifier of the page's own, which stays the page's to
 * free. Without one they go back to what `load` gives, which is also how to try again after an error. Called
 * again with the same classifier, as after a correction, it scores all marks anew.
 */
export function setClassifier(classifier?: MarkClassifier | PromiseLike<MarkClassifier>): void;

/**
 * Annotates an element, or each of several, with an `<undertone-mark>` at its end, after it if it is a link or
 * a button. Nothing else in the document changes. An element has one mark: annotated again it gets a new one.
 */
export function mark(target: Element | Iterable<Element>, options?: MarkOptions): Annotation;

declare global {
  interface HTMLElementTagNameMap {
    'undertone-mark': UndertoneMark;
  }
}
