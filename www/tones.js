// What the labels of a model look like, which of them are opposites, and when one is doubtful.

import { percent } from './numbers.js';

/** Colours and patterns in style.css; the first and the third are the ends of a scale. */
const NEGATIVE = 'tone-a';
const POSITIVE = 'tone-c';
const OTHERS = ['tone-b', 'tone-d', 'tone-e', 'tone-f'];

/**
 * Each label's class in style.css, the indexes of the label that is good news and of its opposite,
 * -1 where there are none, and the model's own thresholds. Below `unsureBelow`, a probability that the
 * reader chooses, any label is doubtful. A line may have `several` labels of some models.
 */
export function tonesOf(labels, { thresholds, link } = {}) {
  let positive = labels.findIndex((label) => /^(pos|bull)/i.test(label));
  let negative = labels.findIndex((label) => /^(neg|bear)/i.test(label));
  const several = link === 'independent';
  if (several || positive < 0 || negative < 0) {
    // Without names that say so, no label is the better one.
    positive = negative = -1;
  }
  let next = 0;
  const names = labels.map((_, index) => {
    if (index === negative) {
      return NEGATIVE;
    }
    if (index === positive) {
      return POSITIVE;
    }
    next += 1;
    return OTHERS[(next - 1) % OTHERS.length];
  });
  return { labels, names, several, positive, negative, thresholds, unsureBelow: 0 };
}

/** What doubtful lines are called, with the probability that the reader chose, if any. */
export const unsureText = ({ unsureBelow }) => (unsureBelow > 0 ? `unsure, below ${percent(unsureBelow)}` : 'unsure');

/**
 * How far a stretch pulls along the scale, in logits: up for good news. A model without a scale has
 * labels only, so there it is for or against the label `chosen`, compared with the other labels.
 */
export function pull({ labels, several, positive, negative }, weights, chosen) {
  if (several) {
    return weights[labels[chosen]];
  }
  if (positive >= 0) {
    return weights[labels[positive]] - weights[labels[negative]];
  }
  const others = labels.filter((_, index) => index !== chosen).map((label) => weights[label]);
  const mean = others.reduce((a, b) => a + b, 0) / (others.length || 1);
  return weights[labels[chosen]] - mean;
}
