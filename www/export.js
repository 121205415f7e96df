// What the page gives as files.

import { UNSCORED, confidence } from './scores.js';
import { tableText } from './table.js';
import { UNSURE_BELOW } from './tones.js';

/** Six digits are enough for a probability: the model's own are no more exact. */
const STEPS = 1e6;
const rounded = (probability) => Math.round(probability * STEPS) / STEPS;

/** `items` says which lines, in which order. */
export function resultsCsv(scored, tones, items) {
  const dated = scored.lines.some(({ date }) => date);
  const head = ['text', 'label', 'confidence', 'unsure', ...tones.labels];
  const rows = [...kept(scored, items)].map((index) => {
    const { text, date } = scored.lines[index];
    const sure = confidence(scored, index);
    const shares = tones.labels.map((_, k) => rounded(scored.probabilities[index * scored.labels + k]));
    const label = tones.labels[scored.classes[index]];
    const row = [text, label, rounded(sure), sure < UNSURE_BELOW, ...shares];
    return dated ? [date, ...row] : row;
  });
  return tableText([dated ? ['date', ...head] : head, ...rows]);
}

export function resultsJson(scored, tones, items) {
  const results = Array.from(kept(scored, items), (index) => {
    const { text, date } = scored.lines[index];
    const probabilities = Object.fromEntries(
      tones.labels.map((label, k) => [label, rounded(scored.probabilities[index * scored.labels + k])]),
    );
    const sure = confidence(scored, index);
    return {
      text,
      ...(date && { date }),
      label: tones.labels[scored.classes[index]],
      confidence: rounded(sure),
      unsure: sure < UNSURE_BELOW,
      probabilities,
    };
  });
  return `${JSON.stringify(results, null, 2)}\n`;
}

const kept = ({ classes }, items) => items.filter((index) => classes[index] !== UNSCORED);

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
