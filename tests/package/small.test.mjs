// `undertone/small` beside `undertone`: the same answers with the same model, and the same refusals, but for models of
// more than words and characters, which it refuses.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { project, REPOSITORY, run, shippedModel } from './project.mjs';

const read = (name) => readFile(join(REPOSITORY, name));
const fixture = (name) => read(`tests/fixtures/models/version-${name}.bin`);

const SMALL = await read('recipes/small.bin');
const MODELS = {
  small: SMALL,
  'one of buckets': await fixture('2-buckets'),
  'one-vs-rest': await fixture('2-one-vs-rest'),
  'one with thresholds': await fixture('4-thresholds'),
};
const MODELS_OF_MORE = {
  shipped: await shippedModel(),
  'one with changes': await fixture('1-int8'),
  'one with cues': await fixture('3-cues'),
};
const TEXTS = [
  'Exchange halts withdrawals as losses mount',
  'Operating profit rose to EUR 13.1 mn from EUR 8.7 mn',
  'Outflows dry up; no sign of a default',
  'ΑΘΗΝΑ ΟΔΟΣ, İstanbul Ünlü',
  'Board meets 📉 \ud83d on Thursday',
  '',
  'long '.repeat(30_000),
];

let installed;
let main;
let small;

before(async () => {
  installed = await project({
    'import.mjs': `
      import { load } from 'undertone/small';
      console.log((await load()).classify('Profit doubles').label);`,
    'require.cjs': `
      const { load } = require('undertone/small');
      load().then((classifier) => console.log(classifier.classify('Profit doubles').label));`,
  });
  const entry = (name) => import(pathToFileURL(join(installed.installed, name)));
  [main, small] = [await entry('node.js'), await entry('small-node.js')];
});

after(() => installed.remove());

for (const [name, model] of Object.entries(MODELS)) {
  test(`it says of the ${name} model and of texts what undertone says`, async () => {
    const [expected, found] = [await main.load({ model }), await small.load({ model })];
    assert.deepEqual(found.info, expected.info);
    assert.deepEqual(found.labels, expected.labels);
    for (const text of TEXTS) {
      assert.deepEqual(found.classify(text), expected.classify(text));
    }
    const options = { minConfidence: 0.6, topK: 1 };
    assert.deepEqual(found.classifyBatch(TEXTS, options), expected.classifyBatch(TEXTS, options));
    assert.deepEqual(found.classifyBatch(TEXTS), TEXTS.map((text) => expected.classify(text)));
  });
}

test('the model inside is the small one', async () => {
  const [inside, given] = [await small.load(), await small.load({ model: SMALL })];
  assert.deepEqual(inside.info, given.info);
});

for (const [name, model] of Object.entries(MODELS_OF_MORE)) {
  test(`the ${name} model is refused, with where it is read`, async () => {
    await main.load({ model });
    await assert.rejects(small.load({ model }), { code: 'derived', message: /open it with `undertone`/ });
  });
}

for (const program of ['import.mjs', 'require.cjs']) {
  test(`${program} scores a text and ends`, async () => {
    assert.equal((await run('node', [program], installed.folder)).trim(), 'positive');
  });
}

test('what undertone refuses it refuses in the same words', async () => {
  const damaged = SMALL.slice();
  damaged[damaged.length - 1] ^= 1;
  const models = [new Uint8Array(), damaged, damaged.subarray(0, 100), new Uint8Array(100), 1];
  for (const model of models) {
    const [expected, found] = await Promise.all(
      [main, small].map(({ load }) => load({ model }).then(() => assert.fail('it was opened'), (error) => error)),
    );
    assert.deepEqual([found.code, found.message], [expected.code, expected.message]);
  }
  const classifier = await small.load();
  for (const act of [
    (each) => each.classify(1),
    (each) => each.classifyBatch('text'),
    (each) => each.classify('text', { topK: 0 }),
    (each) => {
      each.free();
      each.classify('text');
    },
  ]) {
    const [expected, found] = [await main.load(), classifier].map((each) => {
      try {
        return act(each);
      } catch ({ name, code, message }) {
        return [name, code, message];
      }
    });
    assert.equal(found.length, 3);
    assert.deepEqual(found, expected);
  }
});
