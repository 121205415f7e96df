// The projects of examples/, built with the packed tarball and opened in Chromium.

import assert from 'node:assert/strict';
import { cp, mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { build } from 'vite';

import { browser } from '../browser/browser.mjs';
import { onPage } from './page.mjs';
import { REPOSITORY, project } from './project.mjs';

const HEADLINES = ['Profit doubles at Norvik Ferries', 'Exchange halts withdrawals as losses mount'];
const ADDED = 'Court fines Orrin Bank over pricing';

const EXAMPLES = ['react', 'vue', 'svelte'];
const TESTS = join(REPOSITORY, 'tests/package');

const packageOf = async (folder) => JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));

const made = {};

before(async () => {
  const { devDependencies } = await packageOf(TESTS);
  for (const name of EXAMPLES) {
    made[name] = await project();
    const { folder } = made[name];
    await cp(join(REPOSITORY, 'examples', name), folder, { recursive: true });
    const { undertone, ...others } = (await packageOf(folder)).dependencies;
    assert.equal(undertone, (await packageOf(made[name].installed)).version);
    // The tests' own packages stand in for what an example would have installed.
    for (const [each, version] of Object.entries(others)) {
      assert.equal(version, devDependencies[each], `${each} of ${name}`);
      await mkdir(join(folder, 'node_modules', each, '..'), { recursive: true });
      await symlink(join(TESTS, 'node_modules', each), join(folder, 'node_modules', each), 'junction');
    }
  }
});

after(async () => {
  await Promise.all(Object.values(made).map(({ remove }) => remove()));
});

for (const name of EXAMPLES) {
  describe(name, () => {
    test('is built, marks its headlines, and marks what comes later', async () => {
      const { folder } = made[name];
      await build({ root: folder, logLevel: 'error' });
      await onPage(browser, join(folder, 'dist'), async (page) => {
        const marks = page.locator('undertone-mark');
        const labels = page.locator('undertone-mark [part=mark][aria-label]');
        await labels.nth(1).waitFor();
        assert.deepEqual((await marks.allTextContents()).map((text) => text.trim()), HEADLINES);
        const spoken = await labels.evaluateAll((found) => found.map((label) => label.getAttribute('aria-label')));
        assert.match(spoken[0], /^positive \d+%$/);
        assert.match(spoken[1], /^negative \d+%$/);
        await page.getByRole('button', { name: 'One more' }).click();
        await labels.nth(2).waitFor();
        assert.equal((await marks.last().textContent()).trim(), ADDED);
        // Its events reach the framework.
        await page.getByText('Scored: 3').waitFor();
      });
    });
  });
}

test('React renders it on a server, where there are no elements', async () => {
  const { folder } = made.react;
  await build({
    root: folder,
    logLevel: 'error',
    build: { ssr: 'server.jsx', outDir: 'server' },
  });
  const { render } = await import(pathToFileURL(join(folder, 'server/server.js')));
  const html = render();
  for (const headline of HEADLINES) {
    const expected = `<undertone-mark min-confidence="0.5"><a href="#story">${headline}</a></undertone-mark>`;
    assert.ok(html.includes(expected), html);
  }
});
