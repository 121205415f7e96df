// The page /live of a watcher, over a site of this test: headlines come by themselves, are held, filtered and
// resumed, and the page is one without a script.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';

import { violations } from './axe.mjs';
import { browser } from './browser.mjs';
import { PATIENCE_MS, chromiumTest } from './browsers.mjs';
import { visit } from './reader.mjs';

const SCREENSHOTS = new URL('../../target/screenshots/', import.meta.url).pathname;

/** News of several kinds, each told apart by its number. */
const TITLES = [
  'Bitcoin rallies after upbeat inflation report',
  'Exchange halts withdrawals as losses mount',
  'Council names three members of its new panel',
  'Ethereum developers fix bug that had drained wallets',
  'Lender beats profit forecasts and raises its dividend',
  'Regulator sues broker over hidden fees of years',
];
const item = (number) =>
  `<item><title>${TITLES[number % TITLES.length]} ${number}</title><link>https://news.example/${number}</link></item>`;

let folder;
let site;
let count = 36;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'live-'));
  mkdirSync(SCREENSHOTS, { recursive: true });
  site = createServer((request, response) => {
    if (request.url === '/robots.txt') {
      response.writeHead(404).end();
      return;
    }
    const items = Array.from({ length: count }, (_, number) => item(number)).join('');
    response.setHeader('content-type', 'application/rss+xml');
    response.end(`<rss version="2.0"><channel><title>Ledger Times</title>${items}</channel></rss>`);
  });
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
});
after(async () => {
  site.close();
  rmSync(folder, { recursive: true });
});

/** Starts a watcher over the test's store, at a port; gives its address, and what ends it. */
async function watch(port = 0) {
  const store = ['--store', join(folder, 'news.sqlite')];
  // Of one that was killed within a visit, the next waits for the lease to end.
  const options = ['--every=100ms', '--delay=0', '--lease=1s', '--log=info', `--listen=127.0.0.1:${port}`];
  const feed = `http://127.0.0.1:${site.address().port}/feed`;
  const env = { ...process.env, no_proxy: '*' };
  const stdio = ['ignore', 'ignore', 'pipe'];
  const watcher = spawn(process.env.UNDERTONE, ['watch', feed, ...store, ...options], { env, stdio });
  const end = async (signal) => {
    if (watcher.exitCode === null && watcher.signalCode === null) {
      watcher.kill(signal);
      await once(watcher, 'exit');
    }
  };
  const lines = on(createInterface({ input: watcher.stderr }), 'line', {
    close: ['close'],
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  let address;
  let last;
  try {
    for await ([last] of lines) {
      const said = JSON.parse(last);
      address ??= said.address;
      if (said.message === 'read') {
        return { at: `http://${address}/live`, port: Number(address.split(':')[1]), end };
      }
    }
    throw new Error('the watcher ended');
  } catch (error) {
    await end('SIGKILL');
    throw new Error(`the watcher has not read the site; its last line: ${last}`, { cause: error });
  }
}

async function withLive(options, use, { query = '', expected } = {}) {
  let watcher = await watch();
  const { at, port } = watcher;
  const stop = async () => {
    await watcher.end('SIGKILL');
    watcher = undefined;
  };
  const start = async () => {
    watcher = await watch(port);
  };
  try {
    await visit(browser, options, (page) => use(page, { stop, start }), { at: `${at}${query}`, expected });
  } finally {
    await watcher?.end('SIGTERM');
  }
}

const list = (page) => page.locator('#list');
const live = (page) => page.locator('#status').getByText('Live').waitFor();
const shown = (page, number) => list(page).getByText(new RegExp(` ${number}$`)).waitFor();

describe('live', () => {
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [320, 1440]) {
      const lookTest = colorScheme === 'light' ? test : chromiumTest;
      lookTest(`${colorScheme}, ${width} px: no accessibility violation, nothing sticks out`, () =>
        withLive({ colorScheme, viewport: { width, height: 1000 } }, async (page) => {
          await live(page);
          await page.locator('.chart svg').nth(1).waitFor();
          assert.deepEqual(await violations(page), []);
          const { scroll, client } = await page.evaluate(() => ({
            scroll: document.documentElement.scrollWidth,
            client: document.documentElement.clientWidth,
          }));
          assert.ok(scroll <= client, `${scroll} ${client}`);
          await page.screenshot({ path: `${SCREENSHOTS}live-${width}-${colorScheme}.png`, fullPage: true });
          for (const summary of await page.locator('summary').all()) {
            await summary.press('Enter');
          }
          assert.deepEqual(await violations(page), []);
        }));
    }
  }

  test('headlines come by themselves, and are held while the page is paused', () =>
    withLive({}, async (page) => {
      await live(page);
      const before = await page.locator('#counted').textContent();
      count += 1;
      await shown(page, count - 1);
      // The number follows, and its tables.
      await page.waitForFunction(
        (old) => document.getElementById('counted').textContent !== old,
        before,
      );
      const last = page.locator('#hours tbody tr').last().locator('td').last();
      assert.match(await last.textContent(), /^\d+$/);
      const link = list(page).getByRole('link', { name: new RegExp(` ${count - 1}$`) });
      assert.equal(await link.getAttribute('href'), `https://news.example/${count - 1}`);

      await page.getByRole('button', { name: 'Pause' }).press('Enter');
      count += 1;
      await page.getByText('Paused; 1 headline more.').waitFor();
      const items = list(page).getByText(new RegExp(` ${count - 1}$`));
      assert.equal(await items.count(), 0);
      await page.getByRole('button', { name: 'Pause' }).press('Enter');
      await shown(page, count - 1);
    }));

  test('filters are a form, and its address a permanent link', () =>
    withLive({}, async (page) => {
      await page.getByRole('combobox', { name: 'Coin' }).selectOption('Bitcoin');
      await page.getByRole('combobox', { name: 'Label' }).selectOption('positive');
      await page.getByRole('button', { name: 'Show' }).press('Enter');
      await page.getByRole('heading', { name: 'Mood of Bitcoin, last 24 hours' }).waitFor();
      const address = new URL(page.url());
      assert.equal(address.searchParams.get('coin'), 'Bitcoin');
      const titles = await list(page).locator('.title').allTextContents();
      assert.ok(titles.length > 0 && titles.every((title) => title.startsWith('Bitcoin')), String(titles));
      // What comes passes the same filters.
      await live(page);
      count += TITLES.length;
      const wanted = Array.from({ length: count }, (_, number) => number).filter((n) => n % TITLES.length === 0);
      await shown(page, wanted.at(-1));
      const after = await list(page).locator('.title').allTextContents();
      assert.ok(after.every((title) => title.startsWith('Bitcoin')), String(after));
    }));

  test('what is missed while the server is away comes when it is back', () =>
    withLive(
      {},
      async (page, { stop, start }) => {
        await live(page);
        await stop();
        await page.getByText('The server is away').waitFor();
        count += 2;
        await start();
        await shown(page, count - 2);
        await shown(page, count - 1);
        const ids = await list(page).locator('li').evaluateAll((all) => all.map(({ dataset }) => dataset.id));
        assert.equal(new Set(ids).size, ids.length);
      },
      { expected: (text) => /ERR_|NetworkError|can’t establish|interrupted|Failed to load/.test(text) },
    ));

  chromiumTest('it is a page without a script', () =>
    withLive({ javaScriptEnabled: false }, async (page) => {
      assert.match(await page.locator('#counted').textContent(), /^\d+ headlines: \d+ negative/);
      assert.ok((await list(page).locator('li').count()) > 30);
      assert.match(await page.content(), /Without JavaScript, load the page again/);
      assert.equal(await page.getByRole('button', { name: 'Pause' }).isVisible(), false);
      await page.getByText('By day as a table').click();
      assert.equal(await page.locator('#days tbody tr').count(), 30);
      await page.getByRole('link', { name: 'Bitcoin', exact: true }).click();
      await page.getByRole('heading', { name: 'Mood of Bitcoin' }).waitFor();
    }));
});
