// Text → lines: one headline each, with its date if it begins with one. Running text is split into
// its sentences.

/** @typedef {{ text: string, date: string }} Line `date` is YYYY-MM-DD, or empty */

/** A longer line is not a headline but running text, in UTF-16 units. */
const RUNNING_TEXT = 140;
/** So many lines are read before the page may answer a key. */
export const BREATH = 2000;

/** An ISO date or date and time, with what usually stands between it and the headline. */
const DATE =
  /^\s*[[(]?(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?[\])]?(?:[\s,;:|–—-]+|$)/;
/** What may yet become a date, and is no headline until it is one: no chart comes late and moves the list. */
const BEGUN_DATE = /^[[(]?(?:\d{1,4}(?:-\d{0,2}(?:-\d{0,2}(?:T[\d:.]*(?:Z|[+-][\d:]*)?)?)?)?)?[\])]?$/;
/** What ends in a full stop and yet no sentence. */
const ABBREVIATION =
  /(?:^|[\s(])(?:[A-Z]|(?:[A-Za-z]\.)+[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|St|Inc|Corp|Co|Ltd|Plc|No|vs|approx|est|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.\s*$/;

/** Made when running text first comes: making it takes some 15 ms. */
let sentences;

/** The day at the start of a text that has one, else an empty string. */
export function dayOf(text) {
  const day = DATE.exec(text)?.[1];
  return day && isDay(day) ? day : '';
}

function isDay(day) {
  const time = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

/** The sentences of running text. */
export function sentencesOf(text) {
  // Firefox has it since 2024; a browser without keeps running text whole.
  if (!Intl.Segmenter) {
    return [text];
  }
  sentences ??= new Intl.Segmenter('en', { granularity: 'sentence' });
  const found = [];
  let open = '';
  for (const { segment } of sentences.segment(text)) {
    open += segment;
    if (!ABBREVIATION.test(open)) {
      found.push(open.trim());
      open = '';
    }
  }
  if (open.trim() !== '') {
    found.push(open.trim());
  }
  return found;
}

/** Adds what one line of the input holds to `lines`. */
function readLine(raw, lines) {
  const date = dayOf(raw);
  const text = (date ? raw.replace(DATE, '') : raw).trim();
  if (text.length > RUNNING_TEXT) {
    for (const sentence of sentencesOf(text)) {
      lines.push({ text: sentence, date });
    }
  } else if (text !== '' && !BEGUN_DATE.test(text)) {
    lines.push({ text, date });
  }
}

const RAW_LINES = /[^\r\n]+/g;

/** @returns {Line[]} of text that is short enough to be read at once */
export function linesOf(text) {
  const lines = [];
  for (const [raw] of text.matchAll(RAW_LINES)) {
    readLine(raw, lines);
  }
  return lines;
}

/** The same for a long text, with pauses so that the page stays responsive. */
export async function linesOfLong(text) {
  const lines = [];
  let read = 0;
  for (const [raw] of text.matchAll(RAW_LINES)) {
    read += 1;
    if (read % BREATH === 0) {
      await breath();
    }
    readLine(raw, lines);
  }
  return lines;
}

/** Lets the browser do what is waiting. */
export function breath() {
  return globalThis.scheduler?.yield?.() ?? new Promise((resolve) => setTimeout(resolve));
}

/** Lines as text that `linesOf` reads back. */
export function textOf(lines) {
  return lines.map(({ text, date }) => (date ? `${date} ${text}` : text)).join('\n');
}
