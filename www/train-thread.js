// Reads labelled files and trains on them, in a thread of its own: the page answers keys meanwhile.

import { bytesOf, columnsOf, contentOf, encodingOf } from './files.js';
import { start, train } from './pkg/trainer.js';

const LABEL_COLUMN = /^(labels?|sentiment|class|category|target|polarity|tone|rating|stars?)$/i;
/** A column with so many different values has no labels, or so few texts for each that nothing is learnt. */
const MOST_LABELS = 100;
/** Columns are judged by so many rows. */
const JUDGED = 1000;
/** The words of word vectors, their components, and the page's own model. */
const HEAD_START = ['pkg/vectors64.words', 'pkg/vectors64.i8', 'pkg/model.bin'];

/** A file as it was read, and how. */
let file;
/** What is trained on, and of which file it is. */
let documents;
let source;
let started;

const methods = {
  /** Reads a file; without an encoding in the one that it seems to have. */
  async open(chosen, encoding, list) {
    const { name, bytes } = await bytesOf(chosen);
    const how = encoding ?? encodingOf(bytes);
    const content = await contentOf(name, bytes, how, list);
    if (!content.rows) {
      throw new Error(
        `${name} is plain text: expected a table with a column of texts and a column of labels, as CSV, TSV, JSON or JSONL`,
      );
    }
    file = { name, bytes, encoding: how, content };
    return methods.choose({ labelColumn: labelColumnOf(content) });
  },

  /** Takes other columns, or the first row for something else. */
  choose(choice) {
    const { name, bytes, encoding, content } = file;
    Object.assign(content, choice);
    const { rows, heading, textColumn, labelColumn } = content;
    const columns = columnsOf(content);
    documents = { texts: [], labels: [], lines: [] };
    let empty = 0;
    rows.slice(Number(heading)).forEach((row, index) => {
      const text = row[textColumn] ?? '';
      const label = (row[labelColumn] ?? '').trim();
      if (text.trim() === '' || label === '') {
        empty += 1;
        return;
      }
      documents.texts.push(text);
      documents.labels.push(label);
      documents.lines.push(index + 1 + Number(heading));
    });
    source = {
      name,
      bytes,
      encoding,
      columns: heading ? [] : columns,
      textColumn: columns[textColumn],
      labelColumn: columns[labelColumn] ?? '',
    };
    const { lists = [], list = 0, left } = content;
    return { name, encoding, lists, list, left, columns, heading, textColumn, labelColumn, empty, ...counted() };
  },

  /** Takes texts that the page has, such as corrections. */
  take(texts) {
    documents = {
      texts: texts.map(({ text }) => text),
      labels: texts.map(({ label }) => label.trim()),
      lines: texts.map((_, index) => index + 1),
    };
    source = undefined;
    return counted();
  },

  /** Trains, without the labels that fewer than `least` texts have. */
  async train(settings, least, tell) {
    started ??= WebAssembly.compileStreaming(fetch('pkg/undertone_train_bg.wasm')).then(start);
    await started.catch((error) => {
      started = undefined;
      throw new Error(`what trains could not be loaded: ${error.message}`);
    });
    const known = settings.vectors && (await Promise.all(HEAD_START.map(fetched)));
    return train(withoutRare(least, settings.joinLabels), settings, source, tell, known);
  },
};

async function fetched(url) {
  const response = await fetch(url).catch((cause) => ({ statusText: cause.message }));
  if (!response.ok) {
    throw new Error(`the head start could not be loaded: ${response.statusText}. Train without it, or try again`);
  }
  return new Uint8Array(await response.arrayBuffer());
}

/** The column called as labels are, else the first of few different values; −1 where there is none. */
function labelColumnOf({ rows, heading, textColumn }) {
  const names = heading ? rows[0] : [];
  const named = names.findIndex((name, index) => index !== textColumn && LABEL_COLUMN.test(name.trim()));
  if (named >= 0) {
    return named;
  }
  const sample = rows.slice(Number(heading), JUDGED);
  return rows[0].findIndex((_, index) => {
    const values = new Set(sample.map((row) => row[index]));
    return index !== textColumn && values.size > 1 && values.size <= Math.min(MOST_LABELS, sample.length / 2);
  });
}

/** How many texts each label has, the most frequent first. */
function counts() {
  const found = new Map();
  for (const label of documents.labels) {
    found.set(label, (found.get(label) ?? 0) + 1);
  }
  return Array.from(found).sort(([, one], [, other]) => other - one);
}

/** Equal for labels that the trainer joins: those that differ in case or space alone. */
const alikeKey = (label) => label.toLowerCase().replace(/\s+/g, ' ');

function counted() {
  const labels = counts();
  const spellings = new Map();
  for (const [label] of labels) {
    const key = alikeKey(label);
    spellings.set(key, [...(spellings.get(key) ?? []), label]);
  }
  const alike = [...spellings.values()].filter(({ length }) => length > 1);
  return {
    texts: documents.texts.length,
    distinct: labels.length,
    labels: labels.slice(0, MOST_LABELS + 1),
    most: MOST_LABELS,
    alike: alike.slice(0, MOST_LABELS),
  };
}

/** The documents of labels that at least so many have, alike ones together if they are joined. */
function withoutRare(least, isJoined) {
  const keys = isJoined ? documents.labels.map(alikeKey) : documents.labels;
  const of = new Map();
  keys.forEach((key) => of.set(key, (of.get(key) ?? 0) + 1));
  const kept = (values) => values.filter((_, index) => of.get(keys[index]) >= least);
  return { texts: kept(documents.texts), labels: kept(documents.labels), lines: kept(documents.lines) };
}

addEventListener('message', async ({ data: [id, method, ...parameters] }) => {
  try {
    const result = await methods[method](...parameters, (progress) => postMessage({ id, progress }));
    postMessage({ id, result });
  } catch ({ message }) {
    postMessage({ id, error: message });
  }
});
