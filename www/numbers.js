// How numbers are written, everywhere on the page.

const plain = new Intl.NumberFormat('en');
const signedLogit = new Intl.NumberFormat('en', {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
  signDisplay: 'exceptZero',
});
const signedPoints = new Intl.NumberFormat('en', {
  maximumFractionDigits: 0,
  signDisplay: 'exceptZero',
});

const typographic = (text) => text.replace('-', '−');

export const count = (number) => plain.format(number);
export const percent = (share, digits = 0) => `${(100 * share).toFixed(digits)}%`;
/** A number of logits, with its sign. */
export const logits = (number) => typographic(signedLogit.format(number));
/** A difference of shares in percentage points, with its sign. */
export const points = (difference) => typographic(signedPoints.format(100 * difference));
export const lineCount = (number) => (number === 1 ? '1 headline' : `${count(number)} headlines`);
