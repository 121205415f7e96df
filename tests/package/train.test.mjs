// `undertone/train` in Node: the command's bytes, and what it says of data and settings that don't do.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { rowsOf } from '../../www/table.js';
import { COMMAND, project, REPOSITORY, run } from './project.mjs';

const FILE = 'headlines.csv';
const ROWS = 3000;

let installed;
let load;
let train;
let bytes;
let documents;

/** The labelled texts of a CSV file whose heading is text,label,… */
const read = (csv) => {
  const [, ...rows] = rowsOf(csv, ',');
  return rows.map(({ cells: [text, label], line }) => ({ text, label, line }));
};

before(async () => {
  const lines = (await readFile(join(REPOSITORY, 'data', FILE), 'utf8')).split('\n');
  const csv = `${lines.slice(0, ROWS + 1).join('\n')}\n`;
  installed = await project({ [FILE]: csv });
  bytes = new TextEncoder().encode(csv);
  documents = read(csv);
  assert.equal(documents.length, ROWS);
  const entry = (name) => import(pathToFileURL(join(installed.installed, name)));
  ({ load } = await entry('node.js'));
  ({ train } = await entry('train-node.js'));
});

after(() => installed.remove());

async function refused(act, code, message) {
  const error = await act().then(
    () => assert.fail(`${code} was expected, and nothing went wrong`),
    (error) => error,
  );
  assert.equal(error.code, code, error.message);
  assert.match(error.message, message);
}

describe('the model of a file is the command’s, byte for byte', () => {
  for (const [name, options, settings] of [
    ['with its defaults', [], {}],
    [
      'with settings of all kinds',
      [
        '--ngrams=1,2 --min-df=2 --max-df=0.5 --max-features=9000 --sublinear-tf --stop-words=the,of',
        '--c=2.5 --class-weight=balanced --tolerance=0.001 --max-iterations=200 --calibration=vector',
        '--features=2000 --precision=int8 --precision=positive=0.7 --foreign=0.01 --folds=4 --seed=7',
        '--date=2026-11-29 --join-labels',
      ],
      {
        ngrams: [1, 2],
        minDf: 2,
        maxDf: 0.5,
        maxFeatures: 9000,
        sublinearTf: true,
        stopWords: ['the', 'of'],
        c: 2.5,
        classWeight: 'balanced',
        tolerance: 0.001,
        maxIterations: 200,
        calibration: 'vector',
        features: 2000,
        precision: ['int8', 'positive=0.7'],
        foreign: 0.01,
        folds: 4,
        seed: 7,
        date: '2026-11-29',
        joinLabels: true,
      },
    ],
    [
      'of characters, without cross-validation',
      ['--analyzer=char_wb --ngrams=2,3 --folds=0 --calibration=none'],
      { analyzer: 'char_wb', ngrams: [2, 3], folds: 0, calibration: 'none' },
    ],
    ['with a head start', ['--vectors --folds=0 --c=0.5'], { vectors: true, folds: 0, c: 0.5 }],
  ]) {
    test(name, async () => {
      const { model, report } = await train(documents, settings, { source: { name: FILE, bytes } });
      const given = options.flatMap((each) => each.split(' '));
      const out = ['--data', FILE, '--out', 'model.bin', '--json'];
      const said = JSON.parse(await run(COMMAND, ['train', ...out, ...given], installed.folder));
      const written = await readFile(join(installed.folder, 'model.bin'));
      assert.ok(written.equals(model), `${written.length} and ${model.length} bytes`);
      for (const what of ['documents', 'labels', 'duplicates', 'conflicting', 'features', 'iterations', 'objective']) {
        assert.deepEqual(report[what], said[what], what);
      }
      for (const [what, value] of Object.entries(said.cv ?? {})) {
        if (!['per_fold', 'by_weight'].includes(what)) {
          assert.deepEqual(report.cv[what], value, what);
        }
      }
      assert.equal(report.cv === null, said.cv === null);
      const { data } = (await load({ model })).info;
      assert.deepEqual([data[0].name, data[0].documents], [FILE, ROWS]);
      assert.equal(data.length, settings.vectors ? 4 : 1);
    });
  }

  test('however a source says it', async () => {
    const few = documents.slice(0, 300);
    const { createHash } = await import('node:crypto');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const one = await train(few, {}, { source: { name: FILE, bytes } });
    const other = await train(few, {}, { source: { name: FILE, sha256 } });
    assert.deepEqual(one.model, other.model);
    const inMemory = await train(few);
    assert.equal((await load({ model: inMemory.model })).info.data[0].name, 'memory');
  });
});

test('a learning curve, progress by steps, and a model in use', async () => {
  const steps = [];
  const onProgress = ({ step, done, of }) => steps.push([step, done, of]);
  const few = documents.slice(0, 400);
  const { model, report } = await train(few, { learningCurve: true }, { onProgress });
  assert.deepEqual(report.learning_curve.map(({ percent }) => percent), [10, 25, 50, 75, 100]);
  const last = report.learning_curve.at(-1);
  assert.deepEqual([last.documents, last.accuracy], [320, report.cv.accuracy]);
  assert.deepEqual(
    [...new Set(steps.map(([step]) => step))],
    ['read', 'cross-validate', 'fit', 'learning-curve'],
  );
  assert.deepEqual(steps.at(-1), ['learning-curve', 25, 25]);
  const { cv } = report;
  const right = cv.confusion.reduce((sum, row, index) => sum + row[index], 0);
  assert.equal(cv.confusion.flat().reduce((a, b) => a + b), 400);
  assert.ok(Math.abs(right / 400 - cv.accuracy) < 1e-12);
  assert.deepEqual(cv.per_class.map(({ support }) => support), report.labels.map(({ documents }) => documents));
  const classifier = await load({ model });
  assert.deepEqual(classifier.labels, cv.labels);
  assert.ok(classifier.classify('Losses mount').confidence > 0);
});

test('it can be given up, before and meanwhile', async () => {
  const control = new AbortController();
  const onProgress = () => control.abort();
  await assert.rejects(train(documents, {}, { signal: control.signal, onProgress }), { name: 'AbortError' });
  await assert.rejects(train(documents, {}, { signal: control.signal }), { name: 'AbortError' });
});

test('two can be trained side by side', async () => {
  const [one, other] = await Promise.all([100, 200].map((count) => train(documents.slice(0, count), { folds: 2 })));
  assert.deepEqual([one.report.documents, other.report.documents], [100, 200]);
});

describe('what does not do is said in words', () => {
  const texts = (...labels) => labels.map((label, index) => ({ text: `profit number ${index}`, label }));

  test('data', async () => {
    await refused(() => train([]), 'no-texts', /found none/);
    await refused(() => train('a'), 'no-texts', /found string/);
    await refused(() => train([{ text: 'a' }]), 'not-a-text', /a label at index 0, found undefined/);
    await refused(() => train([{ text: ' ', label: 'a' }]), 'not-a-text', /a text at index 0, found nothing/);
    await refused(() => train(texts('a', 'a ')), 'one-label', /at least two labels, found only "a"/);
    const source = { name: 'few.csv', bytes: new Uint8Array() };
    const few = texts('a', 'a', 'b', 'b').map((each, index) => ({ ...each, line: index + 2 }));
    await refused(
      () => train(few, {}, { source }),
      'rare-label',
      /^few\.csv, line 2, column 2: label "a" has 2 rows, expected at least 5/,
    );
    const short = texts('a', 'b', 'a', 'b').map(({ label }) => ({ text: 'x', label }));
    await refused(() => train(short, { folds: 2 }), 'no-features', /no feature is left/);
  });

  test('settings', async () => {
    const some = texts('a', 'b', 'a', 'b');
    for (const [settings, message] of [
      [{ c: -1 }, /solver\.c: expected a finite number above 0, found -1/],
      [{ c: 'much' }, /^c: expected/],
      [{ folds: 1 }, /2 or more, or 0/],
      [{ folds: 2.5 }, /^folds: expected a whole number from 0 on, found 2\.5/],
      [{ ngrams: [1] }, /^ngrams: expected two numbers/],
      [{ ngrams: [3, 1] }, /n-gram range 3 to 1/],
      [{ minDf: 1.5 }, /a share from 0 to 1/],
      [{ analyzer: 'sentence' }, /^analyzer: .*sentence/],
      [{ precision: 'int4' }, /^precision: .*int4/],
      [{ precision: 'good=0.9' }, /labels of the data/],
      [{ tokenPattern: '(' }, /the word vectorizer/],
      [{ learningRate: 1 }, /^learningRate: expected an option of the command/],
    ]) {
      await refused(() => train(some, { folds: 2, ...settings }), 'bad-option', message);
    }
    await refused(() => train(some, {}, { source: {} }), 'bad-option', /^source: /);
  });
});
