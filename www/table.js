// Delimited text (RFC 4180, with any delimiter) → rows of cells, and back.

import { BREATH, breath } from './lines.js';

const DELIMITERS = [',', ';', '\t', '|'];
/** The delimiter and the names of the columns are looked for in so many lines. */
const FIRST_LINES = 10;
/** What a spreadsheet is told by: a first line that names the delimiter. */
const INSTRUCTION = /^"?sep=(.|\\t)"?[ \t]*(?=[\r\n]|$)/i;

/**
 * How delimited text begins: its `delimiter`, and `from` where its rows do. `isName` knows what columns
 * are called.
 */
function dialectOf(text, isName) {
  const instruction = INSTRUCTION.exec(text);
  if (instruction) {
    const [line, delimiter] = instruction;
    return { delimiter: delimiter === '\\t' ? '\t' : delimiter, from: line.length };
  }
  const lines = text.slice(0, 1 << 14).split(/[\r\n]+/, FIRST_LINES);
  // What stands in quotes parts nothing.
  const bare = lines.map((line) => line.replace(/"[^"]*"/g, (cell) => cell.replace(/[,;\t|]/g, ' ')));
  for (const [index, line] of bare.entries()) {
    const names = line.replaceAll('"', '');
    const found = DELIMITERS.find((delimiter) => isHeading(names.split(delimiter), index, isName));
    if (found) {
      return { delimiter: found, from: 0 };
    }
  }
  const [line] = bare.filter((each) => each !== '').concat('');
  const counts = DELIMITERS.map((delimiter) => line.split(delimiter).length);
  return { delimiter: DELIMITERS[counts.indexOf(Math.max(...counts))], from: 0 };
}

/** A first row with one name is a heading; a later one needs two, for a headline may be one word. */
const isHeading = (row, index, isName) => row.filter((cell) => isName(cell.trim())).length > Number(index > 0);

/**
 * Reads rows one by one, each with the `line` on which it begins. A quote that is not closed, or whose
 * cell goes on behind it, is an error with the line where it opens.
 */
export function* rowsOf(text, delimiter, from = 0) {
  const ends = new RegExp(`[${delimiter === '\t' ? '\\t' : `\\${delimiter}`}\\r\\n]|$`, 'g');
  /** White space that stands between delimiter and quote. */
  const opens = delimiter === ' ' ? /"/y : / *"/y;
  const closes = delimiter === ' ' ? /(?:)/y : / */y;
  let at = from;
  let line = 1;
  let cells = [];
  let begins = 1;
  while (at < text.length) {
    let cell = '';
    opens.lastIndex = at;
    const quoted = opens.test(text);
    if (quoted) {
      let start = opens.lastIndex;
      let end = text.indexOf('"', start);
      while (end >= 0 && text[end + 1] === '"') {
        cell += text.slice(start, end + 1);
        start = end + 2;
        end = text.indexOf('"', start);
      }
      if (end < 0) {
        throw new Error(
          `line ${line}: a quote opens here and is never closed. Close it, or double it inside of quotes`,
        );
      }
      cell += text.slice(start, end);
      closes.lastIndex = end + 1;
      closes.test(text);
      at = closes.lastIndex;
    }
    ends.lastIndex = at;
    const end = ends.exec(text).index;
    if (quoted && end > at) {
      throw new Error(
        `line ${line}: text stands behind the quote that closes the one here. Double quotes inside of quotes`,
      );
    }
    if (quoted) {
      line += cell.match(/\r\n?|\n/g)?.length ?? 0;
    } else {
      cell = text.slice(at, end);
    }
    cells.push(cell);
    at = end + 1;
    if (text[end] === delimiter) {
      if (at >= text.length) {
        cells.push('');
      }
      continue;
    }
    if (text[end] === '\r' && text[at] === '\n') {
      at += 1;
    }
    line += 1;
    if (cells.length > 1 || cells[0] !== '') {
      yield { cells, line: begins };
    }
    cells = [];
    begins = line;
  }
  if (cells.length > 0) {
    yield { cells, line: begins };
  }
}

/**
 * All rows, with pauses so that the page stays responsive, and what was `left` out: rows of another
 * length than the first, which lack quotes or cells, and lines before the names of the columns.
 */
export async function readTable(text, isName) {
  const { delimiter, from } = dialectOf(text, isName);
  const read = [];
  for (const row of rowsOf(text, delimiter, from)) {
    read.push(row);
    if (read.length % BREATH === 0) {
      await breath();
    }
  }
  const first = read.slice(0, FIRST_LINES).findIndex(({ cells }, index) => isHeading(cells, index, isName));
  const left = [];
  if (first > 0) {
    const before = first === 1 ? 'the line before it is' : `the ${first} lines before it are`;
    left.push(`The heading is taken from line ${read[first].line}; ${before} left out.`);
  }
  const body = read.slice(Math.max(0, first));
  const [{ cells: heading }] = body.concat({ cells: [] });
  const least = lengthOf(heading);
  const fits = ({ cells }) => lengthOf(cells) <= heading.length && cells.length >= least;
  const odd = body.filter((row) => !fits(row));
  if (odd.length > 0) {
    const [{ cells, line }] = odd;
    const rows = odd.length === 1 ? '1 row is' : `${odd.length} rows are`;
    left.push(
      `${rows} left out: line ${line} has ${cells.length} cells where the first row has ${heading.length}. ` +
        'Quote texts that hold delimiters.',
    );
  }
  return { rows: body.filter(fits).map(({ cells }) => cells), left };
}

/** The length of a row without empty cells at its end. */
const lengthOf = (cells) => cells.findLastIndex((cell) => cell !== '') + 1;

/** Rows as CSV that every reader of RFC 4180 understands. */
export function tableText(rows) {
  const cell = (value) => {
    const quoted = typeof value === 'string' && /[",\r\n]/.test(value);
    return quoted ? `"${value.replaceAll('"', '""')}"` : value;
  };
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}
