// What the page gives as files.

import { BREATH, breath } from './lines.js';
import { UNSCORED, confidence, isForeign, isUnsure, labelsOf } from './scores.js';
import { tableText } from './table.js';

/** Six digits are enough for a probability: the model's own are no more exact. */
const STEPS = 1e6;
const rounded = (share) => Math.round(share * STEPS) / STEPS;

/** What is told of a line, in the order of the columns; those of `probabilities` have the labels' names. */
function told(scored, index, tones) {
  const { text, date } = scored.lines[index];
  const probabilities = tones.labels.map((label, k) => [
    label,
    rounded(scored.probabilities[index * scored.labels + k]),
  ]);
  return {
    text,
    ...(date && { date }),
    ...(tones.several
      ? { labels: labelsOf(scored, index, tones).map((label) => tones.labels[label]) }
      : { label: tones.labels[scored.classes[index]] }),
    confidence: rounded(confidence(scored, index)),
    unsure: isUnsure(scored, index, tones),
    probabilities: Object.fromEntries(probabilities),
    known: rounded(scored.known[index]),
    foreign: isForeign(scored, index, tones),
  };
}

/** `items` says which lines, in which order. */
export function resultsCsv(scored, tones, items) {
  const dated = scored.lines.some(({ date }) => date);
  const head = ['text', tones.several ? 'labels' : 'label', 'confidence', 'unsure', ...tones.labels, 'known', 'foreign'];
  const row = (index) => {
    const { date = '', probabilities, known, foreign, ...rest } = told(scored, index, tones);
    const shares = tones.labels.map((label) => probabilities[label]);
    if (tones.several) {
      rest.labels = rest.labels.join(';');
    }
    const cells = [...Object.values(rest), ...shares, known, foreign];
    return dated ? [date, ...cells] : cells;
  };
  const first = tableText([dated ? ['date', ...head] : head]);
  return inParts(scored, items, (part, from) => (from === 0 ? first : '') + tableText(part.map(row)));
}

export function resultsJson(scored, tones, items) {
  const result = (index) => told(scored, index, tones);
  // One list: a part's own brackets become the comma to the next.
  return inParts(scored, items, (part, from, isLast) => {
    const text = JSON.stringify(part.map(result), null, 2);
    const begun = from === 0 ? text : `,${text.slice(1)}`;
    return isLast ? `${begun}\n` : begun.slice(0, -2);
  });
}

/**
 * What `textOf` makes of the lines that are scored, part by part, with pauses so that the page stays
 * responsive.
 */
async function inParts({ classes }, items, textOf) {
  const kept = Array.from(items.filter((index) => classes[index] !== UNSCORED));
  const parts = [];
  let from = 0;
  do {
    const to = from + BREATH;
    // A blob each, so that the whole is encoded bit by bit as well.
    parts.push(new Blob([textOf(kept.slice(from, to), from, to >= kept.length)]));
    from = to;
    await breath();
  } while (from < kept.length);
  return new Blob(parts);
}

/** As `undertone train --data` reads it. A headline that was corrected twice has its last label. */
export function correctionsCsv(corrections) {
  const last = new Map(corrections.map(({ text, label }) => [text, label]));
  return tableText([['text', 'label'], ...last]);
}

/** Hands a file to the reader. */
export function download(name, type, content) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Safari reads it a moment later.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
