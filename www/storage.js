// What survives a reload: what was pasted, and the corrections. It stays in this browser.

/** Storage belongs to an origin, which may hold several copies of the page, each in a folder. */
const FOLDER = new URL('./', location).pathname;
const KEY = `undertone${FOLDER === '/' ? '' : FOLDER}`;
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

/** Gives whether all of it was kept. */
export function remember({ typed, attached, corrections }) {
  const units = attached?.lines.reduce((sum, { text }) => sum + text.length, 0) ?? 0;
  const small = typed.length + units <= MOST_UNITS;
  try {
    localStorage.setItem(KEY, JSON.stringify({ typed, attached: small ? attached : null, corrections }));
    return small;
  } catch {
    // Forbidden by the reader, or full.
    return false;
  }
}

export function forget() {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // Forbidden by the reader: then there is nothing to forget.
  }
}
