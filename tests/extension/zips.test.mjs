// The zips, as the stores take them.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, test } from 'node:test';

const FOLDER = 'target/extension';
// What `web-ext lint` runs.
const LINTER = 'tests/package/node_modules/addons-linter/bin/addons-linter';
const zips = readdirSync(FOLDER).filter((name) => name.endsWith('.zip'));
const manifest = (browser) => JSON.parse(readFileSync(`${FOLDER}/${browser}/manifest.json`, 'utf8'));

describe('the zips', () => {
  test('there is one for each browser, and Mozilla’s linter has nothing to say of Firefox’s', () => {
    assert.equal(zips.length, 2);
    const zip = zips.find((name) => name.includes('firefox'));
    const printed = execFileSync('node', [LINTER, '--output=json', `${FOLDER}/${zip}`], { encoding: 'utf8' });
    const { errors, warnings, notices } = JSON.parse(printed);
    assert.deepEqual([...errors, ...warnings, ...notices], []);
  });

  test('each manifest has the background that its browser starts, and no site from the start', () => {
    const [chromium, firefox] = ['chromium', 'firefox'].map(manifest);
    assert.deepEqual(chromium.background, { service_worker: 'background.js', type: 'module' });
    assert.deepEqual(firefox.background, { scripts: ['background.js'], type: 'module' });
    for (const { permissions, host_permissions, content_scripts } of [chromium, firefox]) {
      assert.deepEqual([permissions, host_permissions, content_scripts], [['activeTab', 'scripting', 'storage'], undefined, undefined]);
    }
  });

  test('what the stores are told is what the manifest says', () => {
    const store = readFileSync('extension/STORE.md', 'utf8').replace(/\s+/g, ' ');
    const { name, description, permissions } = manifest('chromium');
    assert.ok(description.length <= 132, 'as much as the Chrome Web Store takes');
    for (const said of [name, description, ...permissions.map((permission) => `\`${permission}\``)]) {
      assert.ok(store.includes(said), said);
    }
  });
});
