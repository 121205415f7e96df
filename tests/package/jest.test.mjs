// The installed package in Jest, by the lines of its README.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { project, REPOSITORY, run } from './project.mjs';

const JEST = join(REPOSITORY, 'tests/package/node_modules/jest/bin/jest.js');

let installed;
/** What the README's section has in its blocks of code. */
let blocks;

before(async () => {
  const readme = await readFile(join(REPOSITORY, 'npm/README.md'), 'utf8');
  const [, section] = /### CommonJS, and Jest\n([^]*?)\n### /.exec(readme);
  blocks = [...section.matchAll(/```\w+\n([^]*?)```/g)].map(([, block]) => block);
  const [common] = blocks;
  installed = await project({
    'common.test.cjs': common,
    'modules.test.mjs': common.replace(/const (.*) = require\((.*)\);/, 'import $1 from $2;'),
    // Each of several tests of a file has a module of its own, and frees it.
    'several.test.cjs': `
      const { load } = require('undertone');
      test.each(['Profit rises', 'Loss'])('%s', async (text) => {
        const classifier = await load();
        expect(classifier.classifyBatch([text])).toHaveLength(1);
        expect(Object.keys(classifier.explain(text).logits)).toEqual(classifier.labels);
        classifier.free();
        expect(() => classifier.classify(text)).toThrow(/free/);
      });`,
  });
});

after(() => installed.remove());

for (const name of ['common.test.cjs', 'modules.test.mjs', 'several.test.cjs']) {
  test(`Jest runs ${name}`, async () => {
    const [, command] = blocks;
    const [, option] = /^NODE_OPTIONS=(\S+) npx jest$/m.exec(command);
    const found = ['--testRegex', name.replaceAll('.', '\\.'), '--json'];
    const report = JSON.parse(await run('node', [option, JEST, ...found], installed.folder));
    assert.equal(report.numFailedTests, 0);
    assert.equal(report.numPassedTests, name.startsWith('several') ? 2 : 1);
  });
}
