// Numbers as predictions and scores: what the two ends of a worker share. Apart from the classifier, so
// that a page with a worker doesn't load it twice.

import { checkCount, checkShare } from './errors.js';

/**
 * How a model with these labels answers.
 *
 * @param {string[]} labels
 * @param {{ thresholds: object, link: string }} info what it says of itself
 * @returns {{
 *   several: boolean,
 *   prediction: (numbers: Float64Array, at: number, known: number) => object,
 *   choice: (options: object) => (prediction: object) => object
 * }} whether a text may have several labels; what makes a prediction of the probabilities at a place and of the share of the text that is known;
 *   and what applies options to one
 */
export function answersOf(labels, { thresholds, link }) {
  const several = link === 'independent';
  const names = labels.map(propertyName);
  const count = names.length;
  const prediction = (numbers, at, known) => {
    const best = highest(numbers, at, count);
    const found = {
      label: names[best],
      confidence: numbers[at + best],
      probabilities: byLabel(names, numbers, at),
      known,
      foreign: known < thresholds.known,
    };
    if (several) {
      found.labels = names.filter((name) => found.probabilities[name] >= thresholds.confidence[name]);
    }
    return found;
  };
  const choice = ({ minConfidence, topK }) => {
    checkShare('minConfidence', minConfidence);
    checkCount('topK', topK);
    return (found) => {
      if (minConfidence !== undefined) {
        const least = Math.max(minConfidence, thresholds.confidence[found.label] ?? 0);
        found.label = found.confidence < least ? null : found.label;
        found.labels &&= found.labels.filter((name) => found.probabilities[name] >= minConfidence);
      }
      if (topK !== undefined) {
        const entries = Object.entries(found.probabilities).sort((one, other) => other[1] - one[1]);
        found.probabilities = Object.fromEntries(entries.slice(0, topK));
      }
      return found;
    };
  };
  return { several, prediction, choice };
}

/**
 * The same string, as the engine keeps the names of properties. An object gets a property by any other
 * string only after the engine has looked for that one: several times what it takes to make the object.
 */
function propertyName(name) {
  return Object.keys({ [name]: 0 })[0];
}

/** The numbers from `at` on, one for each label. */
export function byLabel(labels, numbers, at) {
  // A literal is several times as fast as entries, and two or three labels are what most have.
  switch (labels.length) {
    case 2:
      return { [labels[0]]: numbers[at], [labels[1]]: numbers[at + 1] };
    case 3:
      return {
        [labels[0]]: numbers[at],
        [labels[1]]: numbers[at + 1],
        [labels[2]]: numbers[at + 2],
      };
    default:
      return Object.fromEntries(labels.map((label, index) => [label, numbers[at + index]]));
  }
}

/** The index of the highest of `count` numbers from `at` on, the first of equals. */
export function highest(numbers, at, count) {
  let best = 0;
  for (let index = 1; index < count; index += 1) {
    if (numbers[at + index] > numbers[at + best]) {
      best = index;
    }
  }
  return best;
}

/** The compact result of a batch of `count` texts, not yet filled. */
export function emptyScores(labels, count) {
  return {
    labels,
    classes: new Uint32Array(count),
    probabilities: new Float64Array(count * labels.length),
    known: new Float64Array(count),
  };
}
