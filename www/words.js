// The words that pulled most over a whole list.

import { pull } from './tones.js';

/** A longer list is judged by so many of its lines, evenly spread. */
export const MOST_ASKED = 1000;
/** So many lines are asked about together, and then the page may answer a key. */
const TOGETHER = 50;

/**
 * How many lines were asked about, and `words` from the strongest pull down to the strongest pull
 * up, in logits summed over those lines.
 */
export async function wordsThatPulled({ lines, classes }, tones, classifier, signal) {
  const asked = Math.min(lines.length, MOST_ASKED);
  const sums = new Map();
  for (let from = 0; from < asked; from += TOGETHER) {
    const indexes = Array.from({ length: Math.min(TOGETHER, asked - from) }, (_, at) =>
      Math.floor(((from + at) * lines.length) / asked),
    );
    const explanations = await Promise.all(
      indexes.map((index) => classifier.explain(lines[index].text)),
    );
    signal.throwIfAborted();
    explanations.forEach(({ contributions }, at) => {
      for (const { text, weights } of contributions) {
        const word = text.toLowerCase();
        const sum = sums.get(word) ?? { word, pull: 0 };
        sum.pull += pull(tones, weights, classes[indexes[at]]);
        sums.set(word, sum);
      }
    });
  }
  return { asked, words: [...sums.values()].sort((a, b) => a.pull - b.pull) };
}
