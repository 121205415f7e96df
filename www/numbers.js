// How numbers are written, everywhere on the page. Without Intl, whose first object takes a browser
// some 15 ms to make: the page has one language, and the first score waits for no other.

const THOUSANDS = /\B(?=(?:\d{3})+$)/g;

export const count = (number) => String(number).replace(THOUSANDS, ',');
export const percent = (share, digits = 0) => `${(100 * share).toFixed(digits)}%`;

function signed(number, digits) {
  const text = Math.abs(number).toFixed(digits);
  // What rounds to zero has no sign.
  const sign = Number(text) === 0 ? '' : number < 0 ? '−' : '+';
  return sign + text;
}
/** A number of logits, with its sign. */
export const logits = (number) => signed(number, 2);
/** A difference of shares in percentage points, with its sign. */
export const points = (difference) => signed(100 * difference, 0);
/** So many of something, whose plural ends in s. */
export const many = (number, what) => (number === 1 ? `1 ${what}` : `${count(number)} ${what}s`);
export const lineCount = (number) => many(number, 'headline');
