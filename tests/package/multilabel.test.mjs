// Models that give a text several labels, or none: here and in a worker.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { COMMAND, REPOSITORY, project, run } from './project.mjs';

const MODEL = join(REPOSITORY, 'tests/fixtures/models/version-5-several-labels.bin');
const TEXTS = [
  'Norvik Ferries cuts jobs after a wider quarterly loss',
  'Court fines Orrin Bank over pricing',
  'Orrin Bank opens a visitor centre',
];

let installed;
let model;
let here;
let there;

before(async () => {
  installed = await project();
  const entry = (name) => import(pathToFileURL(join(installed.installed, name)));
  model = await readFile(MODEL);
  here = await (await entry('node.js')).load({ model });
  there = await (await entry('worker-node.js')).load({ model });
});

after(async () => {
  here?.free();
  there?.free();
  await installed.remove();
});

test('each text has all labels that are probable enough, as the command says', async () => {
  const found = here.classifyBatch(TEXTS);
  assert.deepEqual(
    found.map(({ labels }) => labels),
    [['earnings', 'jobs'], ['law'], []],
  );
  assert.deepEqual(TEXTS.map((text) => here.classify(text)), found);
  assert.deepEqual(await there.classifyBatch(TEXTS), found);
  assert.deepEqual(await there.classify(TEXTS[0]), found[0]);
  const said = JSON.parse(
    await run(COMMAND, ['predict', '--model', MODEL, '--format=json', ...TEXTS], REPOSITORY),
  );
  assert.deepEqual(
    said.map(({ labels }) => labels),
    found.map(({ labels }) => labels),
  );
  said.forEach(({ probabilities }, index) => {
    for (const [label, probability] of Object.entries(found[index].probabilities)) {
      assert.ok(Math.abs(probability - probabilities[label]) < 1e-12, label);
    }
  });
});

test('its thresholds decide, and minConfidence asks for more', async () => {
  const { link, thresholds } = here.info;
  assert.equal(link, 'independent');
  for (const text of TEXTS) {
    const { labels, probabilities } = here.classify(text);
    const from = (least) => here.labels.filter((label) => probabilities[label] >= least(label));
    assert.deepEqual(labels, from((label) => thresholds.confidence[label]));
    const sure = here.classify(text, { minConfidence: 0.5, topK: 1 });
    const asked = from((label) => Math.max(0.5, thresholds.confidence[label]));
    assert.deepEqual(sure.labels, asked);
    assert.equal(Object.keys(sure.probabilities).length, 1);
    assert.deepEqual(await there.classify(text, { minConfidence: 0.5, topK: 1 }), sure);
  }
});

test('an explanation is exact for each label by itself', () => {
  const { bias, logits, contributions, probabilities, labels } = here.explain(TEXTS[0]);
  assert.deepEqual(labels, ['earnings', 'jobs']);
  for (const label of here.labels) {
    const sum = contributions.reduce((total, { weights }) => total + weights[label], bias[label]);
    assert.ok(Math.abs(sum - logits[label]) < 1e-9);
    assert.ok(Math.abs(1 / (1 + Math.exp(-logits[label])) - probabilities[label]) < 1e-12);
  }
});

test('a correction is refused in words, and a word can be taught', async () => {
  const refused = { code: 'several-labels', message: /one label, found one that gives several/ };
  assert.throws(() => here.learn(TEXTS[2], 'law'), refused);
  assert.throws(() => here.learn(TEXTS[2], 'law', { grow: true }), refused);
  await assert.rejects(there.learn(TEXTS[2], 'law'), refused);
  assert.equal(here.corrections, 0);
  here.teach('visitor', 'law', 5);
  assert.deepEqual(here.classify('visitor').labels, ['law']);
  here.undo();
  assert.deepEqual(here.export(), new Uint8Array(model));
});
