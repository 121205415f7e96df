// `undertone/worker` in Node: the same answers, promised.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { project, shippedModel } from './project.mjs';

const MANY = 200_000;
const texts = Array.from({ length: MANY }, (_, index) => `Shares ${index % 3 ? 'rise' : 'fall'} ${index} points`);

let installed;
let here;
let load;
let there;

before(async () => {
  installed = await project();
  const entry = (name) => import(pathToFileURL(join(installed.installed, name)));
  here = await (await entry('node.js')).load();
  ({ load } = await entry('worker-node.js'));
  there = await load();
});

after(async () => {
  there.free();
  await installed.remove();
});

test('gives the answers of this thread', async () => {
  for (const text of ['Profit rises', '', 'Losses \ud83d 📉 mount', 'a\nb']) {
    assert.deepEqual(await there.classify(text), here.classify(text));
    assert.deepEqual(await there.explain(text), here.explain(text));
  }
  assert.deepEqual(there.labels, here.labels);
  assert.deepEqual(there.info, here.info);
});

describe('a batch', () => {
  test('comes back in order, with progress', async () => {
    const steps = [];
    const onProgress = (done, total) => steps.push([done, total]);
    const predictions = await there.classifyBatch(texts, { onProgress });
    assert.deepEqual(predictions, here.classifyBatch(texts));
    assert.ok(steps.length > 50);
    assert.deepEqual(steps.at(-1), [MANY, MANY]);
    assert.ok(steps.every(([done, total], i) => total === MANY && (i === 0 || done > steps[i - 1][0])));
  });

  test('comes back in flat arrays', async () => {
    assert.deepEqual(await there.scoreBatch(texts), here.scoreBatch(texts));
    assert.deepEqual(await there.scoreBatch([]), here.scoreBatch([]));
    assert.deepEqual(await there.classifyBatch([]), []);
  });

  test('may hold texts of a megabyte', async () => {
    const long = ['Profit rises', 'a '.repeat(1 << 19), 'Losses mount', 'b'.repeat(1 << 20), ''];
    assert.deepEqual(await there.classifyBatch(long), here.classifyBatch(long));
  });

  test('is of the texts as they were when it began', async () => {
    const changing = texts.slice(0, 10_000);
    const promise = there.scoreBatch(changing);
    changing.fill('changed');
    assert.deepEqual(await promise, here.scoreBatch(texts.slice(0, 10_000)));
  });

  test('lets other calls in between', async () => {
    let finished = false;
    const batch = there.scoreBatch(texts).then(() => {
      finished = true;
    });
    await there.classify('Profit rises');
    assert.equal(finished, false);
    await batch;
  });

  test('is given up at once', async () => {
    const control = new AbortController();
    let done = 0;
    const batch = there.classifyBatch(texts, {
      signal: control.signal,
      onProgress(count) {
        done = count;
        control.abort();
      },
    });
    await assert.rejects(batch, (error) => error instanceof DOMException && error.name === 'AbortError');
    const seen = done;
    assert.ok(seen < MANY);
    // The thread is free for the next one, and nothing of the last one is heard again.
    assert.deepEqual(await there.classifyBatch(['Profit rises']), here.classifyBatch(['Profit rises']));
    assert.equal(done, seen);
  });

  test('is not begun when it was given up before', async () => {
    const reason = new Error('changed my mind');
    const signal = AbortSignal.abort(reason);
    await assert.rejects(there.classifyBatch(texts, { signal }), (error) => error === reason);
  });

  test('ends when progress throws', async () => {
    let calls = 0;
    const onProgress = () => {
      calls += 1;
      throw new Error('from onProgress');
    };
    await assert.rejects(there.scoreBatch(texts, { onProgress }), /from onProgress/);
    await there.classify('Profit rises');
    await there.classify('Profit rises');
    assert.ok(calls <= 2, `${calls} calls: no more than were under way`);
  });
});

describe('what goes wrong', () => {
  const codes = async (act, code, type = Error) =>
    assert.rejects(act, (error) => error instanceof type && error.code === code && error.message !== '');

  test('has a code, as on this thread', async () => {
    await codes(() => there.classify(3), 'not-a-text', TypeError);
    await codes(() => there.explain(null), 'not-a-text', TypeError);
    await codes(() => there.classifyBatch('a'), 'not-a-text', TypeError);
    await codes(() => there.scoreBatch(['a', 3]), 'not-a-text', TypeError);
    await codes(() => load({ model: new Uint8Array(100) }), 'not-a-model');
    await codes(() => load({ model: 3 }), 'bad-model', TypeError);
    await codes(() => load({ model: 'file:///no/such/file' }), 'fetch-failed');
  });

  test('is said to those who wait when it is freed', async () => {
    const other = await load();
    const waiting = other.scoreBatch(texts);
    other.free();
    await codes(() => waiting, 'freed');
    await codes(() => other.classify('a'), 'freed');
    const disposed = await load();
    disposed[Symbol.dispose]();
    await codes(() => disposed.classify('a'), 'freed');
  });

  test('leaves a model of the caller as it was', async () => {
    const model = new Uint8Array(await shippedModel());
    const other = await load({ model });
    assert.deepEqual(await other.classify('Profit rises'), here.classify('Profit rises'));
    assert.ok(model.length > 0, 'not moved away');
    other.free();
  });

  test('can be a change of mind while loading', async () => {
    await assert.rejects(load({ signal: AbortSignal.abort() }), { name: 'AbortError' });
    const control = new AbortController();
    const loading = load({ signal: control.signal });
    control.abort();
    await assert.rejects(loading, { name: 'AbortError' });
  });
});
