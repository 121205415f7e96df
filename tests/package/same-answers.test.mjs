// One golden file, four ways to its answers: the command line, which is the native library, the
// module in Node, and the module in a browser, on this thread and in workers. scikit-learn wrote what
// is expected (tests/golden/same_answers.py); tests/core/golden.rs asks the native library itself.

import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { browser } from '../browser/browser.mjs';
import { COMMAND, project, REPOSITORY, run, shippedModel } from './project.mjs';
import { serve } from './serve.mjs';

/** How far probabilities may be apart. */
const TOLERANCE = 1e-5;
/** Texts that nobody chose, besides those of the golden file. */
const RANDOM_TEXTS = 2000;

const golden = JSON.parse(await readFile(join(REPOSITORY, 'tests/golden/same-answers.json'), 'utf8'));
const texts = golden.texts.map(({ parts }) =>
  parts.map(({ text, times, units }) => text?.repeat(times) ?? String.fromCharCode(...units)).join(''),
);

// The pipeline of the golden file as a recipe.
const RECIPE = `
folds = 0
${golden.vectorizers
  .map(
    ({ analyzer, ngram_range, min_df }) =>
      `[[vectorizer]]\nanalyzer = "${analyzer}"\nngrams = [${ngram_range}]\nmin_df = ${min_df}`,
  )
  .join('\n')}
[[data]]
path = "${golden.data.file}"
sha256 = "${golden.data.sha256}"
[solver]
c = ${golden.C.toFixed(1)}
tolerance = 1e-12
max_iterations = 10000
[model]
precision = "float32"
calibration = "none"
`;

let folder;
let installed;
const models = {};
const ways = {};

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'undertone-same-'));
  await writeFile(join(folder, 'recipe.toml'), RECIPE);
  const fixtures = ['--data-folder', join(REPOSITORY, 'tests/fixtures')];
  await run(COMMAND, ['train', '--recipe', 'recipe.toml', ...fixtures, '--out', 'golden.bin'], folder);
  models.golden = await readFile(join(folder, 'golden.bin'));
  models.shipped = await shippedModel();
  for (const [name, bytes] of Object.entries(models)) {
    await writeFile(join(folder, `${name}.bin`), bytes);
  }
  const cell = (text) => `"${text.replaceAll('"', '""')}"\n`;
  await writeFile(join(folder, 'texts.csv'), `text\n${texts.map(cell).join('')}`);

  installed = await project({
    'index.html': '<!doctype html><title>Test</title><link rel="icon" href="data:,">',
  });
  await cp(folder, installed.folder, { recursive: true });
  const entry = (name) => import(pathToFileURL(join(installed.installed, name)));
  const here = await entry('node.js');
  const there = await entry('worker-node.js');

  ways['the command line'] = async (name) => {
    const input = ['--input', 'texts.csv', '--text-column', 'text', '--format', 'jsonl'];
    const printed = await run(COMMAND, ['predict', '--model', `${name}.bin`, ...input], folder);
    return printed.trimEnd().split('\n').map((line) => JSON.parse(line));
  };
  ways['the module in Node'] = async (name) => {
    const classifier = await here.load({ model: models[name] });
    return texts.map((text) => classifier.classify(text));
  };
  ways['the module in Node, as a batch'] = async (name) =>
    (await here.load({ model: models[name] })).classifyBatch(texts);
  ways['the module in Node, explaining'] = async (name) => {
    const classifier = await here.load({ model: models[name] });
    return texts.map((text) => classifier.explain(text));
  };
  ways['the module in a thread of Node'] = async (name) => {
    const classifier = await there.load({ model: models[name] });
    return classifier.classifyBatch(texts);
  };
  for (const [way, script] of [
    ['the module in a browser', 'index.js'],
    ['the module in a worker of a browser', 'worker.js'],
  ]) {
    ways[way] = (name) => inBrowser(script, name);
  }
});

after(async () => {
  await installed.remove();
  await rm(folder, { recursive: true, force: true });
});

async function inBrowser(script, name) {
  const server = await serve(installed.folder);
  const page = await browser.newPage();
  try {
    await page.goto(server.address);
    return await page.evaluate(
      async ({ script, name, parts }) => {
        const { load } = await import(`/node_modules/undertone/${script}`);
        const model = await (await fetch(`/${name}.bin`)).arrayBuffer();
        const classifier = await load({ model: new Uint8Array(model) });
        // Made here: what is sent to a page as JSON loses its halves of surrogate pairs.
        const texts = parts.map((parts) =>
          parts
            .map(({ text, times, units }) => text?.repeat(times) ?? String.fromCharCode(...units))
            .join(''),
        );
        return Promise.all(texts.map((text) => classifier.classify(text)));
      },
      { script, name, parts: golden.texts.map(({ parts }) => parts) },
    );
  } finally {
    await page.close();
    await server.close();
  }
}

function assertClose(what, found, expected) {
  assert.equal(found.length, expected.length, what);
  golden.texts.forEach(({ name }, index) => {
    const labels = Object.keys(expected[index].probabilities);
    assert.deepEqual(Object.keys(found[index].probabilities), labels, `${what}: ${name}`);
    assert.equal(found[index].label, expected[index].label, `${what}: ${name}`);
    for (const label of labels) {
      const [a, b] = [found, expected].map((all) => all[index].probabilities[label]);
      assert.ok(Math.abs(a - b) <= TOLERANCE, `${what}: ${name}: ${label} ${a}, expected ${b}`);
    }
  });
}

test('the texts are what they are said to be', () => {
  const named = (name) => texts[golden.texts.findIndex((text) => text.name === name)];
  assert.ok(Math.max(...texts.map((text) => new TextEncoder().encode(text).length)) > 990_000);
  assert.ok(!named('half a pair, the first').isWellFormed());
  assert.ok(named('NUL').includes('\0'));
  assert.match(named('only spaces'), /^ +$/);
});

test('every way gives the answers of scikit-learn', async () => {
  const expected = golden.texts.map(({ p }) => ({
    label: golden.classes[p.indexOf(Math.max(...p))],
    probabilities: Object.fromEntries(golden.classes.map((label, index) => [label, p[index]])),
  }));
  for (const [way, ask] of Object.entries(ways)) {
    assertClose(way, await ask('golden'), expected);
  }
});

test('every way gives the same answers by the shipped model', async () => {
  const expected = await ways['the command line']('shipped');
  // Were it always the same answer, agreeing would be no art.
  assert.ok(new Set(expected.map(({ confidence }) => confidence.toFixed(3))).size > 10);
  for (const [way, ask] of Object.entries(ways)) {
    assertClose(way, await ask('shipped'), expected);
  }
});

/** Words of headlines, and any characters of any script, in any order; the same every time. */
function randomTexts(words) {
  let state = 2025;
  const below = (limit) => {
    // Numerical Recipes' constants for a congruential generator; its upper bits are the random ones.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const SURROGATES = 0x800;
  const character = () => {
    const number = below(below(2) === 0 ? 0x3000 : 0x110000 - SURROGATES);
    return String.fromCodePoint(number < 0xd800 ? number : number + SURROGATES);
  };
  const piece = () => (below(2) === 0 ? `${words[below(words.length)]} ` : character());
  return Array.from({ length: RANDOM_TEXTS }, () => Array.from({ length: below(30) }, piece).join(''));
}

test('native and module give the same answers to any text', async () => {
  const headlines = await readFile(join(REPOSITORY, 'tests/fixtures/headlines.csv'), 'utf8');
  const random = randomTexts(headlines.split(/[\s,"]+/).filter((word) => word !== ''));
  const lines = random.map((text) => `${JSON.stringify({ text })}\n`).join('');
  await writeFile(join(folder, 'random.jsonl'), lines);
  const { load } = await import(pathToFileURL(join(installed.installed, 'node.js')));
  for (const [name, model] of Object.entries(models)) {
    const options = ['--model', `${name}.bin`, '--input', 'random.jsonl', '--text-column', 'text'];
    const printed = await run(COMMAND, ['predict', ...options, '--format', 'jsonl'], folder);
    const native = printed.trimEnd().split('\n').map((line) => JSON.parse(line));
    const found = await (await load({ model })).classifyBatch(random);
    assert.equal(native.length, random.length);
    found.forEach(({ label, probabilities }, index) => {
      assert.equal(label, native[index].label, JSON.stringify(random[index]));
      assert.deepEqual({ ...probabilities }, native[index].probabilities, JSON.stringify(random[index]));
    });
  }
});
