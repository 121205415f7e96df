// Which lines the list shows, and in which order.

import { UNSCORED, confidence, isUnsure, labelsOf } from './scores.js';

/** Probabilities are compared at this resolution, so that a number sorts with the line's index in it. */
const STEPS = 1e9;
/** More lines than there can be; STEPS × INDEXES is below 2^53. */
const INDEXES = 2 ** 22;

export const AS_GIVEN = 'given';
export const SUREST = 'surest';
export const LEAST_SURE = 'least-sure';
export const NEWEST = 'newest';
/** `most-` and the index of a label. */
export const MOST = 'most-';

export const ALL = 'all';
export const UNSURE = 'unsure';

/**
 * The indexes of lines in their order. `show` is ALL, UNSURE or the index of a label; lines less
 * sure than `least` are left out.
 */
export function arrange(scored, tones, { show, least, order }) {
  const { lines, classes, probabilities, labels } = scored;
  const wanted = new Uint32Array(lines.length);
  let found = 0;
  for (let index = 0; index < lines.length; index += 1) {
    const sure = confidence(scored, index);
    const shown =
      show === ALL || (show === UNSURE
        ? isUnsure(scored, index, tones)
        : labelsOf(scored, index, tones).includes(Number(show)));
    // What has not been scored yet is in the full list only.
    if (shown && sure >= least && (show === ALL || classes[index] !== UNSCORED)) {
      wanted[found] = index;
      found += 1;
    }
  }
  const kept = wanted.slice(0, found);
  if (order === AS_GIVEN) {
    return kept;
  }
  if (order === NEWEST) {
    return kept.sort((a, b) => compare(lines[b].date, lines[a].date) || a - b);
  }
  const label = order.startsWith(MOST) && Number(order.slice(MOST.length));
  const key = (index) => {
    if (label !== false) {
      return 1 - probabilities[index * labels + label];
    }
    const sure = confidence(scored, index);
    return order === SUREST ? 1 - sure : sure;
  };
  // Sorting numbers without a comparison function is ten times as fast.
  return Uint32Array.from(
    Float64Array.from(kept, (index) => Math.round(key(index) * STEPS) * INDEXES + index).sort(),
    (number) => number % INDEXES,
  );
}

const compare = (a, b) => (a < b ? -1 : Number(a > b));
