// The lines and what the model says of each.

/** So many lines go to the worker together, and appear together. */
const BLOCK = 4096;

/** The class of a line that has not been scored yet. */
export const UNSCORED = -1;

/**
 * n lines, K labels.
 *
 * @typedef {object} Scored
 * @property {import('./lines.js').Line[]} lines (n)
 * @property {Int16Array} classes (n) the index of the most probable label, or UNSCORED
 * @property {Float64Array} probabilities (n×K) row after row
 * @property {Float64Array} known (n) the share of each line that the model knows, 0 to 1
 * @property {number} labels K
 */

export function nothing(labels) {
  const none = new Float64Array(0);
  return { lines: [], classes: new Int16Array(0), probabilities: none, known: none, labels };
}

/** New lines, with the scores of those before and after the part that differs. */
export function carriedOver(old, lines) {
  const same = (a, b) => a === b || (a.text === b.text && a.date === b.date);
  const most = Math.min(old.lines.length, lines.length);
  let before = 0;
  while (before < most && same(old.lines[before], lines[before])) {
    before += 1;
  }
  let after = 0;
  while (after < most - before && same(old.lines.at(-1 - after), lines.at(-1 - after))) {
    after += 1;
  }
  const { labels } = old;
  // The very lines stay, so that what is known of them (see model-panel.js) stays known.
  const kept = [
    ...old.lines.slice(0, before),
    ...lines.slice(before, lines.length - after),
    ...old.lines.slice(old.lines.length - after),
  ];
  const classes = new Int16Array(lines.length).fill(UNSCORED);
  const probabilities = new Float64Array(lines.length * labels);
  const known = new Float64Array(lines.length);
  for (const [from, to, by] of [
    [old.classes, classes, 1],
    [old.probabilities, probabilities, labels],
    [old.known, known, 1],
  ]) {
    to.set(from.subarray(0, before * by));
    to.set(from.subarray(from.length - after * by), to.length - after * by);
  }
  return { lines: kept, classes, probabilities, known, labels };
}

/** Where lines have no score yet. */
export function unscored({ classes }) {
  const found = [];
  classes.forEach((label, index) => {
    if (label === UNSCORED) {
      found.push(index);
    }
  });
  return found;
}

/**
 * Scores what has no score yet, block by block. `onProgress` hears after each block how many are
 * done of how many; when `signal` stops it, what is scored stays.
 */
export async function fill(scored, classifier, signal, onProgress) {
  const { lines, classes, probabilities, known, labels } = scored;
  const missing = unscored(scored);
  for (let from = 0; from < missing.length; from += BLOCK) {
    const part = missing.slice(from, from + BLOCK);
    const texts = part.map((index) => lines[index].text);
    const scores = await classifier.scoreBatch(texts, { signal });
    part.forEach((index, at) => {
      classes[index] = scores.classes[at];
      known[index] = scores.known[at];
      const row = scores.probabilities.subarray(at * labels, (at + 1) * labels);
      probabilities.set(row, index * labels);
    });
    onProgress(from + part.length, missing.length);
  }
}

/** Whether lines will appear in more than one step. */
export const isLong = (scored) => unscored(scored).length > BLOCK;

/** The probability of a line's own label. */
export function confidence({ classes, probabilities, labels }, index) {
  return classes[index] === UNSCORED ? 0 : probabilities[index * labels + classes[index]];
}

/** The indexes of a line's labels, of which a model may give several. */
export function labelsOf({ classes, probabilities }, index, { several, labels, thresholds }) {
  const from = index * labels.length;
  return several
    ? [...labels.keys()].filter((k) => probabilities[from + k] >= thresholds.confidence[labels[k]])
    : [classes[index]];
}

/** Whether the model knows too little of a line, which is then in another language, say. */
export const isForeign = ({ known }, index, { thresholds }) => known[index] < thresholds.known;

/** Whether a line's label is doubtful: foreign, or less probable than the reader or the model asks. */
export function isUnsure(scored, index, tones) {
  // A label that the reader brought has none.
  const own = tones.thresholds.confidence[tones.labels[scored.classes[index]]] ?? 0;
  const isDoubtful = !tones.several && confidence(scored, index) < Math.max(tones.unsureBelow, own);
  return isDoubtful || isForeign(scored, index, tones);
}
