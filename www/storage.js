// What survives a reload: what was pasted, the corrections, and what is unsure. It stays in this browser.

import { byId } from './element.js';
import { isLinked } from './link.js';

/** Storage belongs to an origin, which may hold several copies of the page, each in a folder. */
const FOLDER = new URL('./', location).pathname;
export const KEY = `undertone${FOLDER === '/' ? '' : FOLDER}`;
/** Browsers keep about five million UTF-16 units for a site; writing more would also be felt. */
const MOST_UNITS = 2_000_000;

export function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    // Forbidden by the reader, or written by something else.
    return {};
  }
}

/** Keeps what is on the page, or forgets it once there is nothing. `unsureBelow` is undefined if not chosen. */
export function keep({ typed, attached, corrections, unsureBelow }) {
  if (isLinked()) {
    // What the reader had before stays until they make this their own.
    return;
  }
  const empty = typed === '' && !attached && corrections.length === 0;
  const units = attached?.lines.reduce((sum, { text }) => sum + text.length, 0) ?? 0;
  let whole = typed.length + units <= MOST_UNITS;
  try {
    if (empty && unsureBelow === undefined) {
      localStorage.removeItem(KEY);
    } else {
      const kept = { typed, attached: whole ? attached : null, corrections, unsureBelow };
      localStorage.setItem(KEY, JSON.stringify(kept));
    }
  } catch {
    // Forbidden by the reader, or full.
    whole = false;
  }
  if (!empty) {
    const taught = corrections.length > 0 ? ', corrections until you undo them' : '';
    byId('kept').textContent = whole
      ? `What is here stays in this browser until you clear it${taught}.`
      : 'This is too long to be here after a reload.';
  }
}
