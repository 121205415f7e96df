// Teaching: learn, undo, reset and export, on this thread and in a worker, and that other readers
// open what was exported.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { COMMAND, project, run } from './project.mjs';

const TEXT = 'Exchange pauses withdrawals for scheduled maintenance';
const OTHERS = ['Exchange halts withdrawals', 'Profit rises', '', 'Losses \ud83d 📉 mount', TEXT];

let installed;
const loads = {};

before(async () => {
  installed = await project();
  for (const [name, entry] of [
    ['on this thread', 'node.js'],
    ['in a worker', 'worker-node.js'],
  ]) {
    ({ load: loads[name] } = await import(pathToFileURL(join(installed.installed, entry))));
  }
});

after(() => installed.remove());

for (const name of ['on this thread', 'in a worker']) {
  describe(name, () => {
    let classifier;
    let untaught;

    before(async () => {
      classifier = await loads[name]();
      untaught = await classifier.classifyBatch(OTHERS);
    });

    after(() => classifier.free());

    test('a correction makes its label more probable, there and nearby', async () => {
      const before = await classifier.classify(TEXT);
      const wrong = classifier.labels.find((label) => label !== before.label);
      const learnt = await classifier.learn(TEXT, wrong);
      assert.deepEqual(learnt, await classifier.classify(TEXT));
      assert.ok(learnt.probabilities[wrong] > before.probabilities[wrong] + 0.01);
      const near = (await classifier.classify(OTHERS[0])).probabilities[wrong];
      assert.notEqual(near, untaught[0].probabilities[wrong]);
      assert.deepEqual(await classifier.classify(''), untaught[2]);
      assert.equal(classifier.corrections, 1);

      // Bounded: no logit moves by more than 2.
      assert.equal(await classifier.undo(), true);
      const { logits } = await classifier.explain(TEXT);
      await classifier.learn(TEXT, wrong);
      const { logits: moved, bias, contributions } = await classifier.explain(TEXT);
      for (const label of classifier.labels) {
        assert.ok(Math.abs(moved[label] - logits[label]) <= 2);
        const sum = contributions.reduce((sum, { weights }) => sum + weights[label], bias[label]);
        assert.ok(Math.abs(sum - moved[label]) < 1e-4, 'the explanation is of the corrected model');
      }
      await classifier.reset();
    });

    test('corrections are taken back exactly', async () => {
      assert.equal(await classifier.undo(), false);
      await classifier.learn(TEXT, 'neutral');
      const once = await classifier.classifyBatch(OTHERS);
      await classifier.learn('Profit rises', 'negative');
      await classifier.learn(TEXT, 'neutral');
      assert.equal(classifier.corrections, 3);
      assert.equal(await classifier.undo(), true);
      assert.equal(await classifier.undo(), true);
      assert.deepEqual(await classifier.classifyBatch(OTHERS), once);
      await classifier.learn('Losses mount', 'positive');
      await classifier.reset();
      assert.equal(classifier.corrections, 0);
      assert.deepEqual(await classifier.classifyBatch(OTHERS), untaught);
      assert.equal(await classifier.undo(), false);
    });

    test('what it exports is opened by load() and by the command line', async () => {
      await classifier.learn(TEXT, 'neutral');
      await classifier.learn('Profit rises', 'negative');
      const taught = await classifier.classifyBatch(OTHERS);
      assert.notDeepEqual(taught, untaught);
      const bytes = await classifier.export();
      assert.ok(bytes instanceof Uint8Array);

      for (const load of Object.values(loads)) {
        const opened = await load({ model: bytes });
        assert.deepEqual(await opened.classifyBatch(OTHERS), taught);
        assert.equal(opened.corrections, 0);
        assert.equal(opened.info.scores, null);
        assert.equal(opened.info.data.at(-1).documents, 2);
        opened.free();
      }

      await writeFile(join(installed.folder, 'taught.bin'), bytes);
      const texts = OTHERS.filter((text) => text.isWellFormed() && text !== '');
      const options = ['predict', '--model', 'taught.bin', '--format', 'json', ...texts];
      for (const { text, label, probabilities } of JSON.parse(
        await run(COMMAND, options, installed.folder),
      )) {
        const expected = taught[OTHERS.indexOf(text)];
        assert.equal(label, expected.label);
        for (const [label, probability] of Object.entries(probabilities)) {
          assert.ok(Math.abs(probability - expected.probabilities[label]) < 1e-5, text);
        }
      }
      await classifier.reset();
    });

    test('a label that is none is refused, and nothing is learnt', async () => {
      for (const label of ['great', '', undefined, 1]) {
        await assert.rejects(
          async () => classifier.learn(TEXT, label),
          (error) => {
            assert.ok(error instanceof Error);
            assert.equal(error.code, 'unknown-label');
            assert.match(error.message, /negative, neutral, positive/);
            return true;
          },
        );
      }
      await assert.rejects(async () => classifier.learn(7, 'neutral'), { code: 'not-a-text' });
      assert.equal(classifier.corrections, 0);
      assert.deepEqual(await classifier.classifyBatch(OTHERS), untaught);
    });
  });
}

test('one classifier learns nothing from another', async () => {
  const load = loads['on this thread'];
  const [one, other] = [await load(), await load()];
  const before = other.classify(TEXT);
  one.learn(TEXT, 'neutral');
  assert.deepEqual(other.classify(TEXT), before);
});
