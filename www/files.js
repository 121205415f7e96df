// Files of headlines: their encoding, their format, their columns, each guessed and to be chosen.

import { element, fillSelect } from './element.js';
import { BREATH, breath, dayOf, linesOf, linesOfLong } from './lines.js';
import { listsIn, textColumnOf } from './json.js';
import { attempt, notice } from './notice.js';
import { lineCount } from './numbers.js';
import { readTable } from './table.js';

/** In bytes: what a browser still holds twice over on a telephone. */
const LARGEST = 64_000_000;
/** Offered in this order; every one is known to every browser. */
const ENCODINGS = [
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
const NONE = -1;

export const isModel = (bytes) =>
  new TextDecoder(WESTERN).decode(bytes.subarray(0, MODEL_MAGIC.length)) === MODEL_MAGIC;

const tooLarge = (name, size) =>
  new Error(
    `${name} has ${Math.round(size / 1e6)} MB, and the page takes up to ` +
      `${LARGEST / 1e6} MB. Split it, or use the command line: undertone predict --input`,
  );

/** A file's bytes, unpacked if they are gzip, and its name without what says so. */
export async function bytesOf(file) {
  if (file.size > LARGEST) {
    throw tooLarge(file.name, file.size);
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (!begins(bytes, '\x1f\x8b') || !globalThis.DecompressionStream) {
    return { name: file.name, bytes };
  }
  const parts = [];
  let size = 0;
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  for (let reader = unpacked.getReader(), part; !(part = await reader.read()).done; ) {
    parts.push(part.value);
    size += part.value.length;
    if (size > LARGEST) {
      throw tooLarge(`${file.name}, unpacked,`, size);
    }
  }
  return { name: file.name.replace(/\.gz$/i, ''), bytes: new Uint8Array(await new Blob(parts).arrayBuffer()) };
}

const begins = (bytes, start) => [...start].every((c, at) => bytes[at] === c.charCodeAt(0));

const SAVE_AS_CSV = 'save its table as CSV';
const COPY = 'copy its headlines into a text file, one a line, or into a CSV';
const UNPACK = 'unpack it and open what is inside, a CSV or text file';
/** How files begin that are no text, what they are, and what to do. */
const FOREIGN = [
  ['PK\x03\x04', 'a workbook or another zip archive', SAVE_AS_CSV],
  ['\xd0\xcf\x11\xe0', 'a workbook or document of an old Office', SAVE_AS_CSV],
  ['%PDF-', 'a PDF', COPY],
  ['{\\rtf', 'a document in RTF', COPY],
  ['PAR1\x15', 'a Parquet file', SAVE_AS_CSV],
  ['ARROW1\0', 'an Arrow file', SAVE_AS_CSV],
  ['SQLite format 3', 'an SQLite database', SAVE_AS_CSV],
  ['\x1f\x8b', 'gzip', UNPACK],
  ['\x28\xb5\x2f\xfd', 'Zstandard', UNPACK],
  ['BZh91AY', 'bzip2', UNPACK],
  ['\xfd7zXZ', 'xz', UNPACK],
  ['7z\xbc\xaf', 'a 7z archive', UNPACK],
  ['Rar!\x1a', 'a RAR archive', UNPACK],
  ['\x89PNG', 'a picture', COPY],
  ['\xff\xd8\xff', 'a picture', COPY],
  ['GIF87a', 'a picture', COPY],
  ['GIF89a', 'a picture', COPY],
];
const MARKUP = /^\s*<(!doctype html|html|head|body|\?xml|rss|feed|rdf:rdf|svg)[\s>]/i;

/** Throws where a file is no text: its bytes are no headlines. */
function checkIsText(name, bytes, text) {
  let [, what, remedy] = FOREIGN.find(([start]) => begins(bytes, start)) ?? [];
  if (MARKUP.test(text.slice(0, 200))) {
    [what, remedy] = ['a web page, a feed or other markup', COPY];
  }
  // Text has line ends, tabs and escapes, and whatever is packed a tenth of all the others.
  const head = text.slice(0, 1000);
  const controls = head.match(/[\0-\x08\x0e-\x1a\x1c-\x1f]/g)?.length ?? 0;
  if (controls > Math.max(3, head.length / 20)) {
    what ??= 'binary data';
    remedy ??= SAVE_AS_CSV;
  }
  if (what) {
    throw new Error(`${name} is ${what}: ${remedy}`);
  }
}

/** What a byte order mark says, or the zeros of UTF-16; else UTF-8 if it is valid, else what Windows writes. */
export function encodingOf(bytes) {
  const zeros = [0, 0];
  bytes.subarray(0, 1000).forEach((byte, at) => {
    zeros[at % 2] += byte === 0;
  });
  const wide = ([some, none]) => some >= 2 && some * 6 >= Math.min(bytes.length, 1000) && none * 8 < some;
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || wide(zeros.toReversed())) {
    return 'utf-16le';
  }
  if ((bytes[0] === 0xfe && bytes[1] === 0xff) || wide(zeros)) {
    return 'utf-16be';
  }
  try {
    new TextDecoder(UTF_8, { fatal: true }).decode(bytes);
    return UTF_8;
  } catch {
    return WESTERN;
  }
}

const isText = (name) => TEXT_COLUMN.test(name);
const isName = (name) => [TEXT_COLUMN, DATE_COLUMN, OTHER_COLUMN].some((known) => known.test(name));

/**
 * A file as it was read: of a table `rows` of cells, `heading` if the first row is one, `textColumn`
 * and `dateColumn`, and of JSON the `lists` that it holds and the number of the one that was taken; of
 * plain text its `text`. What was `left` out, or is to be told, is in words.
 */
export async function contentOf(name, bytes, encoding, list = 0) {
  const text = new TextDecoder(encoding).decode(bytes);
  checkIsText(name, bytes, text);
  await breath();
  const kind = /\.(\w+)$/.exec(name)?.[1].toLowerCase();
  const json = kind === 'json' || kind === 'jsonl' || kind === 'ndjson';
  const value = json ? jsonOf(name, text, kind) : jsonInText(text);
  if (value) {
    return taken(name, listsIn(value, isText), list);
  }
  if (kind === 'csv' || kind === 'tsv' || kind === 'tab' || kind === 'psv') {
    const { rows, left } = await readTable(text, isName).catch(({ message }) => {
      throw new Error(`${name}, ${message}`);
    });
    if (rows.length === 0) {
      throw new Error(`${name} is empty: expected at least one row`);
    }
    return { ...judged(rows, hasHeading(rows[0])), left };
  }
  return { text, left: [] };
}

/** One of the lists, and in words which, where several would do. */
function taken(name, lists, list) {
  if (lists.length === 0) {
    throw new Error(
      `${name} holds no list of headlines: expected an array of texts, or of objects with a title each`,
    );
  }
  const { rows, heading, sure, path } = lists[list];
  const others = lists.filter((each) => each.sure === sure && each !== lists[list]);
  const named = others.map((each) => `"${each.path}"`).join(' and ');
  const left =
    others.length > 0 && list === 0
      ? [`The list "${path}" was taken; ${named} would do, too, and can be chosen under List.`]
      : [];
  return { ...judged(rows, heading || hasHeading(rows[0])), lists: lists.map((each) => each.path), list, left };
}

function jsonOf(name, text, kind) {
  if (kind !== 'json') {
    return jsonLines(name, text);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    try {
      return jsonLines(name, text);
    } catch {
      throw new Error(`${name} is not JSON: ${error.message}`);
    }
  }
}

/** The value of a text that is JSON whatever its name, if it is an object or an array. */
function jsonInText(text) {
  if (!/^\s*[[{]/.test(text)) {
    return undefined;
  }
  try {
    return jsonOf('', text, 'json');
  } catch {
    return undefined;
  }
}

function jsonLines(name, text) {
  return text.split(/\r\n?|\n/).flatMap((line, index) => {
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

const hasHeading = (row) => row.some((cell) => isName(cell.trim()));

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
  const textName = textColumnOf(names.map((name) => name.trim()), isText);
  const longest = columns.reduce((best, index) => (length(index) > length(best) ? index : best));
  const textColumn = textName >= 0 ? textName : longest;
  return { rows, heading, textColumn, dateColumn: dateColumn === textColumn ? NONE : dateColumn };
}

/** The names of the columns, or their numbers. */
export function columnsOf({ rows, heading }) {
  const [first] = rows;
  return first.map((name, index) => (heading && name.trim()) || `column ${index + 1}`);
}

/** The headlines of a file, and in words what has none. */
async function fileLines({ text, rows, heading, textColumn, dateColumn }) {
  if (!rows) {
    return { lines: await linesOfLong(text), empty: '' };
  }
  const lines = [];
  let empty = 0;
  const body = rows.slice(Number(heading));
  for (const [index, row] of body.entries()) {
    if (index % BREATH === BREATH - 1) {
      await breath();
    }
    // A cell is one headline, whatever line ends it has.
    const cell = (row[textColumn] ?? '').replace(/\s*[\r\n]+\s*/g, ' ');
    const date = dateColumn === NONE ? '' : dayOf(row[dateColumn] ?? '');
    const read = linesOf(cell);
    empty += read.length === 0;
    lines.push(...read.map((line) => ({ text: line.text, date: date || line.date })));
  }
  return { lines, empty: empty > 0 ? `${lineCount(empty).replace('headline', 'row')} without a text` : '' };
}

/**
 * Reads a file and hands its headlines to `attach`, and again whenever the reader chooses another way
 * to read it. Says each time what was left out.
 */
export async function putFile(name, bytes, attach) {
  const read = async (encoding, list) => put(encoding, await contentOf(name, bytes, encoding, list));

  async function put(encoding, content) {
    await attach({ name, ...(await fileLines(content)), choices: () => choicesOf(encoding, content) });
    notice(content.left.map((each) => `${name}: ${each}`).join(' '));
  }

  function choicesOf(encoding, content) {
    const { lists, list, rows } = content;
    const numbered = (texts) => texts.map((text, index) => [index, text]);
    // A select has its values as text.
    const choiceOf = (key, title, options) =>
      choice(title, options, content[key], (value) => put(encoding, { ...content, [key]: JSON.parse(value) }));
    const choices = [choice('Encoding', ENCODINGS.map((each) => [each, each]), encoding, (value) => read(value))];
    if (lists?.length > 1) {
      choices.push(choice('List', numbered(lists), list, (value) => read(encoding, Number(value))));
    }
    if (rows) {
      const columns = numbered(columnsOf(content));
      choices.push(
        choiceOf('textColumn', 'Text column', columns),
        choiceOf('dateColumn', 'Date column', [[NONE, 'none'], ...columns]),
        choiceOf('heading', 'First row', [[true, 'a heading'], [false, 'a headline']]),
      );
    }
    return choices;
  }

  await read(encodingOf(bytes));
}

function choice(name, options, chosen, change) {
  const select = element('select');
  fillSelect(select, options, chosen);
  select.dataset.part = name;
  select.addEventListener(
    'change',
    attempt('The file could not be read so', async () => {
      await change(select.value);
      // By now another one stands in its place.
      document.querySelector(`#attached [data-part="${name}"]`)?.focus();
    }),
  );
  return element('label', '', `${name} `, select);
}
