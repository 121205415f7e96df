// What the classifier answers, and what it refuses, in Node and on this thread.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { project, REPOSITORY, shippedModel } from './project.mjs';

const MODEL = await shippedModel();

let installed;
let load;
let classifier;

before(async () => {
  installed = await project();
  ({ load } = await import(pathToFileURL(join(installed.installed, 'node.js'))));
  classifier = await load();
});

after(() => installed.remove());

/** Fails unless `act` throws, or is rejected with, a real Error of this code. */
async function refused(act, code, message, type = Error) {
  const error = await Promise.resolve().then(act).then(
    () => assert.fail(`${code} was expected, and nothing went wrong`),
    (error) => error,
  );
  assert.ok(error instanceof type, `${error} is a ${type.name}`);
  assert.equal(error.code, code, error.message);
  assert.match(error.message, message);
}

const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);

describe('classify', () => {
  test('gives a plain object whose parts agree', () => {
    for (const text of ['', 'Profit rises', 'Exchange halts withdrawals 📉', '\0', '\ud83d', '株価が急落']) {
      const prediction = classifier.classify(text);
      assert.equal(Object.getPrototypeOf(prediction), Object.prototype);
      const keys = ['label', 'confidence', 'probabilities', 'known', 'foreign'];
      assert.deepEqual(Object.keys(prediction), keys);
      const { label, confidence, probabilities, known, foreign } = prediction;
      assert.ok(known >= 0 && known <= 1, `${known}`);
      assert.equal(foreign, known < classifier.info.thresholds.known);
      assert.deepEqual(Object.keys(probabilities), [...classifier.labels]);
      assert.equal(confidence, probabilities[label]);
      assert.equal(confidence, Math.max(...Object.values(probabilities)));
      assert.ok(Math.abs(sum(Object.values(probabilities)) - 1) < 1e-9);
    }
  });

  test('reads half a surrogate pair as U+FFFD, wherever it is', () => {
    for (const [text, same] of [
      ['profit \ud83d falls', 'profit \ufffd falls'],
      ['\ude00 profit', '\ufffd profit'],
      ['profit \ud83d', 'profit \ufffd'],
      [`${'profit falls '.repeat(100)}\ud83d`, `${'profit falls '.repeat(100)}\ufffd`],
    ]) {
      assert.deepEqual(classifier.classify(text), classifier.classify(same));
    }
  });

  test('a long text leaves no trace', () => {
    const before = classifier.classify('Profit rises');
    for (const long of ['a'.repeat(1 << 20), 'é '.repeat(1 << 19), 'Losses mount. '.repeat(1 << 16)]) {
      assert.ok(classifier.classify(long).confidence > 0);
      assert.deepEqual(classifier.classify('Profit rises'), before);
    }
  });

  test('is the same for a text and for the same with spaces', () => {
    // The longer one gets a buffer of its own.
    const text = 'Exchange halts withdrawals as losses mount – “temporarily” 📉';
    assert.deepEqual(classifier.classify(text + ' '.repeat(100_000)), classifier.classify(text));
  });

  test('gives no label that is not sure enough, and as many probabilities as are asked for', () => {
    const texts = ['Exchange halts withdrawals as losses mount', 'Committee to meet in May', ''];
    for (const text of texts) {
      const whole = classifier.classify(text);
      const { confidence, label } = whole;
      assert.equal(classifier.classify(text, { minConfidence: confidence }).label, label);
      const unsure = classifier.classify(text, { minConfidence: Math.min(confidence + 1e-9, 1) });
      assert.deepEqual(unsure, { ...whole, label: null });
      const top = classifier.classify(text, { topK: 1 });
      assert.deepEqual(top, { ...whole, probabilities: { [label]: confidence } });
      assert.deepEqual(classifier.classify(text, { topK: 9 }).probabilities, whole.probabilities);
      assert.deepEqual(classifier.classify(text, {}), whole);
    }
    const options = { minConfidence: 0.6, topK: 2 };
    const each = texts.map((text) => classifier.classify(text, options));
    assert.deepEqual(classifier.classifyBatch(texts, options), each);
  });

  test('knows more of a headline than of a text in another language', () => {
    const known = (text) => classifier.classify(text).known;
    const [english, german] = ['Shares fall as profit drops', 'Der Gewinn bricht ein, Aktien fallen'];
    assert.ok(known(english) > known(german), `${known(english)} ${known(german)}`);
    assert.equal(known(''), 0);
    assert.equal(known('Qwxzv qwxzv'), 0);
  });

  for (const [options, message] of [
    [{ minConfidence: 1.5 }, /minConfidence: expected a number from 0 to 1, found 1.5/],
    [{ minConfidence: '0.5' }, /minConfidence: expected a number from 0 to 1, found string/],
    [{ topK: 0 }, /topK: expected a whole number from 1 on, found 0/],
    [{ topK: 1.5 }, /topK: expected a whole number from 1 on, found 1.5/],
  ]) {
    test(`refuses ${JSON.stringify(options)}`, () =>
      refused(() => classifier.classify('a', options), 'bad-option', message, TypeError));
  }

  for (const value of [undefined, null, 7, ['a'], { text: 'a' }, Object('a')]) {
    test(`refuses ${JSON.stringify(value)}`, () =>
      refused(() => classifier.classify(value), 'not-a-text', /expected a text as a string/, TypeError));
  }
});

describe('a batch', () => {
  const texts = Array.from({ length: 3000 }, (_, index) =>
    ['Profit rises', '', 'Losses \ud83d', 'two\nlines', '株価が急落', 'é'.repeat(index)][index % 6],
  );

  test('is its texts one by one', () => {
    const predictions = classifier.classifyBatch(texts);
    assert.deepEqual(predictions, texts.map((text) => classifier.classify(text)));
    assert.deepEqual(classifier.classifyBatch([]), []);
  });

  test('keeps apart texts whose halves would join to a pair', () => {
    const halves = ['up \ud83d', '\ude00 down'];
    assert.deepEqual(classifier.classifyBatch(halves), halves.map((text) => classifier.classify(text)));
  });

  test('is the same in flat arrays', () => {
    const { labels, classes, probabilities } = classifier.scoreBatch(texts);
    assert.deepEqual(labels, classifier.labels);
    assert.ok(classes instanceof Uint32Array && probabilities instanceof Float64Array);
    const predictions = classifier.classifyBatch(texts);
    assert.deepEqual(Array.from(classes, (index) => labels[index]), predictions.map((p) => p.label));
    assert.deepEqual([...probabilities], predictions.flatMap((p) => Object.values(p.probabilities)));
  });

  test('refuses what is not an array of strings, and says where', async () => {
    for (const method of ['classifyBatch', 'scoreBatch']) {
      const act = (value) => () => classifier[method](value);
      await refused(act('Profit'), 'not-a-text', /array of strings, found string/, TypeError);
      await refused(act(undefined), 'not-a-text', /found undefined/, TypeError);
      await refused(act(['a', 'b', 3]), 'not-a-text', /found number at index 2/, TypeError);
      await refused(act([, 'b']), 'not-a-text', /found undefined at index 0/, TypeError);
    }
  });
});

describe('explain', () => {
  test('adds up, and its stretches are those of the text', () => {
    for (const text of ['📉 Shares fall as the lender warns of losses', 'Losses \ud83d mount', '']) {
      const explanation = classifier.explain(text);
      const { bias, logits, contributions, ...prediction } = explanation;
      assert.deepEqual(prediction, classifier.classify(text));
      assert.ok(text === '' || contributions.length > 0);
      for (const { text: stretch, start, end } of contributions) {
        assert.equal(stretch, text.slice(start, end));
        assert.ok(start < end);
      }
      const powers = classifier.labels.map((label) => {
        const weights = contributions.map((contribution) => contribution.weights[label]);
        assert.ok(Math.abs(bias[label] + sum(weights) - logits[label]) < 1e-4);
        return Math.exp(logits[label]);
      });
      classifier.labels.forEach((label, index) => {
        const share = powers[index] / sum(powers);
        assert.ok(Math.abs(share - prediction.probabilities[label]) < 1e-6);
      });
      const places = contributions.map(({ start, end }) => [start, end]);
      assert.deepEqual(places, places.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]));
    }
  });

  test('refuses what is not a string', () =>
    refused(() => classifier.explain(), 'not-a-text', /found undefined/, TypeError));
});

describe('the model', () => {
  test('says what it is', () => {
    const { labels, info } = classifier;
    assert.deepEqual(info.labels, [...labels]);
    assert.ok(Object.isFrozen(labels));
    assert.ok(info.features > 10_000);
    assert.match(info.recipe, /^[0-9a-f]{64}$/);
    assert.ok(info.scores.accuracy > 0.5 && info.scores.accuracy < 1);
    assert.ok(info.data.length > 0);
  });

  test('is taken from bytes, an address or a response', async () => {
    const server = createServer((_, response) => response.end(MODEL));
    await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
    const address = `http://127.0.0.1:${server.address().port}/model.bin`;
    const file = pathToFileURL(join(REPOSITORY, 'model.bin'));
    const inside = new Uint8Array(MODEL.length + 20);
    inside.set(MODEL, 10);
    const expected = classifier.classify('Bank cuts forecast');
    try {
      for (const model of [
        new Uint8Array(MODEL),
        MODEL,
        inside.subarray(10, 10 + MODEL.length),
        new DataView(inside.buffer, 10, MODEL.length),
        new Uint8Array(MODEL).buffer,
        file,
        String(file),
        address,
        new URL(address),
        await fetch(address),
      ]) {
        const opened = await load({ model });
        assert.deepEqual(opened.classify('Bank cuts forecast'), expected);
        opened.free();
      }
    } finally {
      server.close();
    }
  });

  test('is refused with a code that says why', async () => {
    const flipped = new Uint8Array(MODEL);
    flipped[flipped.length >> 1] ^= 1;
    const newer = new Uint8Array(MODEL);
    newer[8] = 99;
    for (const [model, code, message] of [
      [new Uint8Array(), 'not-a-model', /give a model\.bin/],
      [new Uint8Array(100), 'not-a-model', /give a model\.bin/],
      [newer, 'version', /update Undertone/],
      [MODEL.subarray(0, 5000), 'truncated', /found 5000/],
      [flipped, 'checksum', /checksum/],
      [Buffer.concat([MODEL, Buffer.from([0])]), 'trailing-bytes', /too long/],
    ]) {
      await refused(() => load({ model }), code, message);
    }
  });

  test('is refused when it is no kind of model at all', async () => {
    for (const model of [null, 7, {}, [1, 2], true]) {
      await refused(() => load({ model }), 'bad-model', /expected the model as/, TypeError);
    }
  });

  test('is refused when it can not be fetched', async () => {
    const server = createServer((_, response) => response.writeHead(404).end());
    await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
    const address = `http://127.0.0.1:${server.address().port}/model.bin`;
    try {
      await refused(() => load({ model: address }), 'fetch-failed', /model\.bin: .*found 404/);
      const response = await fetch(address);
      await refused(() => load({ model: response }), 'fetch-failed', /found 404/);
    } finally {
      server.close();
    }
    await refused(() => load({ model: address }), 'fetch-failed', /could not be fetched/);
    await refused(() => load({ model: 'model.bin' }), 'fetch-failed', /pathToFileURL/);
    await refused(() => load({ model: 'file:///no/such/file' }), 'fetch-failed', /ENOENT/);
    const read = new Response(MODEL);
    await read.arrayBuffer();
    await refused(() => load({ model: read }), 'fetch-failed', /could not be read/);
  });
});

describe('free', () => {
  test('ends it, and only it', async () => {
    const other = await load();
    const { labels } = other;
    other.free();
    other.free();
    assert.deepEqual(other.labels, labels);
    for (const act of [
      () => other.classify('a'),
      () => other.classifyBatch(['a']),
      () => other.scoreBatch(['a', 'b']),
      () => other.explain('a'),
      () => other.learn('a', labels[0]),
      () => other.undo(),
      () => other.reset(),
      () => other.export(),
      () => other.corrections,
      () => other.info,
    ]) {
      await refused(act, 'freed', /load\(\) another/);
    }
    assert.ok(classifier.classify('a').label);
  });

  test('is what `using` calls', async () => {
    const other = await load();
    other[Symbol.dispose]();
    await refused(() => other.classify('a'), 'freed', /freed/);
  });

  test('gives the memory back', async () => {
    const twenty = async () => {
      const before = process.memoryUsage().rss;
      for (let round = 0; round < 20; round += 1) {
        (await load()).free();
      }
      return process.memoryUsage().rss - before;
    };
    // Node may compile, or put off what it gives back itself; models that are kept take 22 MB, each time.
    const grown = [];
    while (grown.length < 8 && !(grown.at(-1) < 10_000_000)) {
      grown.push(await twenty());
    }
    assert.ok(grown.at(-1) < 10_000_000, `twenty models more take ${grown} bytes more`);
  });
});
