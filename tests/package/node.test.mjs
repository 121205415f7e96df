// The installed package in Node: import, require, and nothing before load().

import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { copyOf, project, run, writeFiles } from './project.mjs';

const TEXT = 'Bitcoin rallies after upbeat inflation report';

let installed;

before(async () => {
  installed = await project({
    'import.mjs': `
      import { load } from 'undertone';
      const classifier = await load();
      console.log(JSON.stringify(classifier.classify(${JSON.stringify(TEXT)})));`,
    'require.cjs': `
      const { load } = require('undertone');
      load().then((c) => console.log(JSON.stringify(c.classify(${JSON.stringify(TEXT)}))));`,
    'worker.mjs': `
      import { load } from 'undertone/worker';
      const classifier = await load();
      console.log(JSON.stringify(await classifier.classify(${JSON.stringify(TEXT)})));`,
    'worker.cjs': `
      const { load } = require('undertone/worker');
      load()
        .then((c) => c.classify(${JSON.stringify(TEXT)}))
        .then((prediction) => console.log(JSON.stringify(prediction)));`,
  });
});

after(() => installed.remove());

for (const program of ['import.mjs', 'require.cjs', 'worker.mjs', 'worker.cjs']) {
  // That the process ends without free() is part of it: run() would time out.
  test(`${program} scores a text and ends`, async () => {
    const prediction = JSON.parse(await run('node', [program], installed.folder));
    assert.equal(prediction.label, 'positive');
    assert.deepEqual(Object.keys(prediction.probabilities), ['negative', 'neutral', 'positive']);
    const reference = JSON.parse(await run('node', ['import.mjs'], installed.folder));
    assert.deepEqual(prediction, reference);
  });
}

test('it depends on nothing', async () => {
  const folders = await readdir(join(installed.folder, 'node_modules'));
  assert.deepEqual(folders.filter((name) => !name.startsWith('.')), ['undertone']);
});

test('importing touches neither files, network nor WebAssembly', async () => {
  const copy = await copyOf(installed.folder);
  try {
    await rm(join(copy.folder, 'node_modules/undertone/undertone_bg.wasm'));
    const program = `
      const refuse = (what) => () => { throw new Error('used ' + what); };
      globalThis.fetch = refuse('fetch');
      globalThis.Worker = refuse('Worker');
      for (const name of ['compile', 'compileStreaming', 'instantiate', 'instantiateStreaming', 'Module', 'Instance', 'Memory']) {
        WebAssembly[name] = refuse(name);
      }
      const browser = './node_modules/undertone/';
      for (const entry of ['undertone', 'undertone/worker', browser + 'index.js', browser + 'worker.js']) {
        const { load } = await import(entry);
        if (typeof load !== 'function') throw new Error(entry + ' has no load');
      }
      const { load } = await import('undertone');
      await load().catch((error) => console.log(error.code));`;
    await writeFiles(copy.folder, { 'inert.mjs': program });
    assert.equal((await run('node', ['inert.mjs'], copy.folder)).trim(), 'fetch-failed');
  } finally {
    await copy.remove();
  }
});

test('calls of load() at the same time share one compilation', async () => {
  const program = `
    let compilations = 0;
    WebAssembly.Module = class extends WebAssembly.Module {
      constructor(bytes) { super(bytes); compilations += 1; }
    };
    const { load } = await import('undertone');
    const all = await Promise.all([load(), load(), load()]);
    await load();
    console.log(compilations, new Set(all).size);`;
  const printed = await run('node', ['--input-type=module', '--eval', program], installed.folder);
  assert.equal(printed.trim(), '1 3');
});

test('a load() that failed can be tried again', async () => {
  const program = `
    const { Module } = WebAssembly;
    WebAssembly.Module = class { constructor() { throw new Error('no memory today'); } };
    const { load } = await import('undertone');
    const error = await load().catch((error) => error);
    WebAssembly.Module = Module;
    const { label } = (await load()).classify(${JSON.stringify(TEXT)});
    console.log(error.code, error.cause.message, label);`;
  const printed = await run('node', ['--input-type=module', '--eval', program], installed.folder);
  assert.equal(printed.trim(), 'wasm-failed no memory today positive');
});

test('the module can be given in place of being found', async () => {
  const program = `
    import { readFileSync } from 'node:fs';
    import { createRequire } from 'node:module';
    import { load } from './node_modules/undertone/index.js';
    const path = createRequire(import.meta.url).resolve('undertone/undertone_bg.wasm');
    const wasm = new WebAssembly.Module(readFileSync(path));
    globalThis.fetch = () => { throw new Error('not needed'); };
    console.log((await load({ wasm })).classify(${JSON.stringify(TEXT)}).label);`;
  const printed = await run('node', ['--input-type=module', '--eval', program], installed.folder);
  assert.equal(printed.trim(), 'positive');
});
