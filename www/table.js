// Delimited text (RFC 4180, with any delimiter) → rows of cells, and back.

import { BREATH, breath } from './lines.js';

const DELIMITERS = [',', ';', '\t', '|'];

/** The delimiter that the first row has most of, outside quotes. */
export function delimiterOf(text) {
  const first = text.slice(0, 1 << 14).replace(/"[^"]*"/g, '');
  const [line] = first.split(/[\r\n]/, 1);
  const counts = DELIMITERS.map((delimiter) => line.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))];
}

/** Reads rows one by one. A quote that is never closed reaches to the end. */
export function* rowsOf(text, delimiter) {
  const bare = new RegExp(`[${delimiter === '\t' ? '\\t' : `\\${delimiter}`}\\r\\n]|$`, 'g');
  let at = 0;
  let row = [];
  while (at < text.length) {
    let cell = '';
    if (text[at] === '"') {
      let end = text.indexOf('"', at + 1);
      let from = at + 1;
      while (end >= 0 && text[end + 1] === '"') {
        cell += text.slice(from, end + 1);
        from = end + 2;
        end = text.indexOf('"', from);
      }
      const close = end < 0 ? text.length : end;
      cell += text.slice(from, close);
      at = Math.min(text.length, close + 1);
    }
    bare.lastIndex = at;
    const end = bare.exec(text).index;
    row.push(cell + text.slice(at, end));
    at = end + 1;
    if (text[end] === delimiter) {
      if (at >= text.length) {
        row.push('');
      }
      continue;
    }
    if (text[end] === '\r' && text[at] === '\n') {
      at += 1;
    }
    if (row.length > 1 || row[0] !== '') {
      yield row;
    }
    row = [];
  }
  if (row.length > 0) {
    yield row;
  }
}

/** All rows, with pauses so that the page stays responsive. */
export async function readTable(text) {
  const rows = [];
  for (const row of rowsOf(text, delimiterOf(text))) {
    rows.push(row);
    if (rows.length % BREATH === 0) {
      await breath();
    }
  }
  return rows;
}

/** Rows as CSV that every reader of RFC 4180 understands. */
export function tableText(rows) {
  const cell = (value) => {
    const quoted = typeof value === 'string' && /[",\r\n]/.test(value);
    return quoted ? `"${value.replaceAll('"', '""')}"` : value;
  };
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}
