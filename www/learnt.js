// What the model has learnt from its reader, in words.

import { count, many } from './numbers.js';

/** So many words are named, and of more how many there are. */
const MOST_NAMED = 6;

/** Some words: `a`, `a and b`, `a, b and 12 more`. */
export function listed(words) {
  const named = words.slice(0, words.length > MOST_NAMED + 1 ? MOST_NAMED : words.length);
  const rest = words.length - named.length;
  const last = rest > 0 ? `${count(rest)} more` : named.pop();
  return [named.join(', '), last].filter(Boolean).join(' and ');
}

/** By what a model has grown: `2 words and 1 label`, or nothing. */
export function grownBy({ classifier, corrections, ownLabels }) {
  const words = corrections.reduce((sum, each) => sum + (each.grow ? each.words.length : 0), 0);
  const labels = classifier.labels.length - ownLabels;
  const both = [words > 0 && many(words, 'word'), labels > 0 && many(labels, 'label')];
  return both.filter(Boolean).join(' and ');
}

/**
 * What was just taught and what it did. `was` and `is` say how the headline was scored before and
 * after, `hasNewLabel` whether its label was new, `changed` how many lines have another label now.
 */
export function told({ word, label, words, grow }, { was, is, hasNewLabel, changed }) {
  const taken = words.length === 1 ? 'word' : 'words';
  return [
    word !== undefined && `“${word}” speaks for ${label} now.`,
    grow && words.length > 0 && `New in the model: the ${taken} ${listed(words)}.`,
    hasNewLabel && `New in the model: the label ${label}.`,
    was && `The headline was ${was} and is ${is} now.`,
    `${changed === 0 ? 'No label' : many(changed, 'label')} in the list changed.`,
  ]
    .filter(Boolean)
    .join(' ');
}
