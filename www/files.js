// Files of headlines: their encoding, their format, their columns.

import { BREATH, breath, dayOf, linesOf, linesOfLong } from './lines.js';
import { readTable } from './table.js';

/** In bytes: what a browser still holds twice over on a telephone. */
const LARGEST = 64_000_000;
/** Offered in this order; every one is known to every browser. */
export const ENCODINGS = [
  'utf-8',
  'windows-1252',
  'utf-16le',
  'utf-16be',
  'windows-1251',
  'shift_jis',
  'gb18030',
  'big5',
  'euc-kr',
];
const UTF_8 = ENCODINGS[0];
const WESTERN = ENCODINGS[1];
/** How a model.bin begins. */
const MODEL_MAGIC = 'undrtone';

const TEXT_COLUMN = /^(headlines?|titles?|text|sentences?|news|content|summary|body)$/i;
const DATE_COLUMN = /^(date|day|time|timestamp|datetime|published(_?(at|on))?|created(_?at)?)$/i;
const OTHER_COLUMN = /^(label|sentiment|class|target|id|url|link|source|author|ticker|symbol)$/i;
/** Columns are judged by so many rows. */
const JUDGED = 100;

/** No column holds it. */
export const NONE = -1;

export const isModel = (bytes) =>
  new TextDecoder(WESTERN).decode(bytes.subarray(0, MODEL_MAGIC.length)) === MODEL_MAGIC;

export async function bytesOf(file) {
  if (file.size > LARGEST) {
    throw new Error(
      `${file.name} has ${Math.round(file.size / 1e6)} MB, and the page takes up to ` +
        `${LARGEST / 1e6} MB. Split it, or use the command line: undertone predict --input`,
    );
  }
  return new Uint8Array(await file.arrayBuffer());
}

/** What a byte order mark says; else UTF-8 if it is valid, else what Windows writes. */
export function encodingOf(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) {
    return 'utf-16le';
  }
  if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    return 'utf-16be';
  }
  try {
    new TextDecoder(UTF_8, { fatal: true }).decode(bytes);
    return UTF_8;
  } catch {
    return WESTERN;
  }
}

/**
 * A file as it was read: of a table `rows` of cells, `heading` if the first row is one, `textColumn`
 * and `dateColumn`; of plain text its `text`.
 */
export async function contentOf(name, bytes, encoding) {
  const text = new TextDecoder(encoding).decode(bytes);
  await breath();
  const kind = /\.(\w+)$/.exec(name)?.[1].toLowerCase();
  if (kind === 'json' || kind === 'jsonl' || kind === 'ndjson') {
    const values = kind === 'json' ? jsonValues(name, text) : jsonLines(name, text);
    return judged(tableOf(name, values), true);
  }
  if (kind === 'csv' || kind === 'tsv') {
    const rows = await readTable(text);
    if (rows.length === 0) {
      throw new Error(`${name} is empty: expected at least one row`);
    }
    return judged(rows, hasHeading(rows[0]));
  }
  return { text };
}

function jsonValues(name, text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${name} is not JSON: ${error.message}. If it has one object a line, name it .jsonl`);
  }
  const list = Array.isArray(value) ? value : Object.values(value ?? {}).find(Array.isArray);
  if (!list) {
    throw new Error(`${name} holds no list: expected an array of headlines, or an object with one`);
  }
  return list;
}

function jsonLines(name, text) {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') {
      return [];
    }
    try {
      return [JSON.parse(line)];
    } catch (error) {
      throw new Error(`${name}, line ${index + 1} is not JSON: ${error.message}`);
    }
  });
}

/** Strings and objects as a table with a heading. */
function tableOf(name, values) {
  const columns = new Set();
  for (const value of values.slice(0, JUDGED)) {
    const keys = typeof value === 'object' && value !== null ? Object.keys(value) : ['text'];
    keys.forEach((key) => columns.add(key));
  }
  if (columns.size === 0) {
    throw new Error(`${name} holds no headlines: expected strings, or objects with a text each`);
  }
  const cells = (value) =>
    [...columns].map((key) => {
      const cell = typeof value === 'object' ? value?.[key] : key === 'text' ? value : '';
      return cell === undefined || cell === null || typeof cell === 'object' ? '' : String(cell);
    });
  return [[...columns], ...values.map(cells)];
}

const hasHeading = (row) =>
  row.some((cell) =>
    [TEXT_COLUMN, DATE_COLUMN, OTHER_COLUMN].some((known) => known.test(cell.trim())),
  );

/** Guesses the columns by their names, or else by what they hold. */
function judged(rows, heading) {
  const width = Math.max(...rows.slice(0, JUDGED).map((row) => row.length));
  const names = heading ? rows[0] : [];
  const sample = rows.slice(Number(heading), JUDGED);
  const columns = Array.from({ length: width }, (_, index) => index);
  const named = (known) => names.findIndex((name) => known.test(name.trim()));
  const length = (index) => sample.reduce((sum, row) => sum + (row[index]?.length ?? 0), 0);
  const dated = (index) => sample.filter((row) => dayOf(row[index] ?? '')).length * 2 > sample.length;

  const dateName = named(DATE_COLUMN);
  const dateColumn = dateName >= 0 && dated(dateName) ? dateName : columns.findIndex(dated);
  const textName = named(TEXT_COLUMN);
  const longest = columns.reduce((best, index) => (length(index) > length(best) ? index : best));
  const textColumn = textName >= 0 ? textName : longest;
  return { rows, heading, textColumn, dateColumn: dateColumn === textColumn ? NONE : dateColumn };
}

/** The names of the columns, or their numbers. */
export function columnsOf({ rows, heading }) {
  const [first] = rows;
  return first.map((name, index) => (heading && name.trim()) || `column ${index + 1}`);
}

export async function fileLines({ text, rows, heading, textColumn, dateColumn }) {
  if (!rows) {
    return linesOfLong(text);
  }
  const lines = [];
  const body = rows.slice(Number(heading));
  for (const [index, row] of body.entries()) {
    if (index % BREATH === BREATH - 1) {
      await breath();
    }
    // A cell is one headline, whatever line ends it has.
    const cell = (row[textColumn] ?? '').replace(/\s*[\r\n]+\s*/g, ' ');
    const date = dateColumn === NONE ? '' : dayOf(row[dateColumn] ?? '');
    lines.push(...linesOf(cell).map((line) => ({ text: line.text, date: date || line.date })));
  }
  return lines;
}
