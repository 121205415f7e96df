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

    test('it grows by words and by labels, and shrinks again', async () => {
      const text = 'Zorvexium depegs – Qwolp unwinds';
      const unknown = await classifier.unknownWords(text);
      assert.ok(unknown.includes('qwolp') && unknown.includes('zorvexium'), `${unknown}`);
      const before = await classifier.classifyBatch([text, ...OTHERS]);
      const learnt = await classifier.learn(text, 'negative', { grow: true });
      assert.ok(learnt.words.includes('zorvexium') && learnt.words.includes('qwolp'));
      assert.ok(learnt.known > before[0].known);
      assert.deepEqual(await classifier.unknownWords(text), []);

      const spam = await classifier.learn('Zorvexium mints tokens', 'spam', { grow: true });
      assert.deepEqual(classifier.labels, ['negative', 'neutral', 'positive', 'spam']);
      assert.deepEqual(Object.keys(spam.probabilities), [...classifier.labels]);
      assert.deepEqual(Object.keys((await classifier.classify('')).probabilities), [...classifier.labels]);
      const some = { minConfidence: 0.3, topK: 1 };
      const [one] = await classifier.classifyBatch(['Zorvexium mints tokens'], some);
      assert.deepEqual(one, await classifier.classify('Zorvexium mints tokens', some));

      const share = async (word) => (await classifier.classify(word)).probabilities.positive;
      const untold = await share('Blithquar');
      await classifier.teach('Blithquar', 'positive', 3);
      assert.ok((await share('Blithquar')) > untold + 0.2);
      assert.equal(classifier.corrections, 3);

      await writeFile(join(installed.folder, 'grown.bin'), await classifier.export());
      const about = JSON.parse(await run(COMMAND, ['inspect', '--json', 'grown.bin'], installed.folder));
      assert.deepEqual(about.labels, [...classifier.labels]);
      assert.equal(about.grown, learnt.words.length + spam.words.length + 1);

      await classifier.reset();
      assert.deepEqual(classifier.labels, ['negative', 'neutral', 'positive']);
      assert.deepEqual(await classifier.classifyBatch([text, ...OTHERS]), before);

      for (const [word, strength, code] of [
        ['two words', 1, 'not-a-word'],
        ['', 1, 'not-a-word'],
        ['word', 11, 'bad-option'],
        ['word', Number.NaN, 'bad-option'],
      ]) {
        await assert.rejects(async () => classifier.teach(word, 'positive', strength), { code });
      }
      for (const label of ['', '\ud83d', undefined]) {
        const learn = async () => classifier.learn(text, label, { grow: true });
        await assert.rejects(learn, { code: 'unknown-label' });
      }
      assert.equal(classifier.corrections, 0);
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
