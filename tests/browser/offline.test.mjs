// Without a network, and through an update.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { chromiumTest } from './browsers.mjs';
import { HEADLINES, input, kept, openAbout, ready, scoredRows, withPage, write } from './page.mjs';
import { ownAnswer, served } from './served.mjs';

/** Waits until the service worker has everything. */
const installed = (page) =>
  page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    while (!navigator.serviceWorker.controller) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });

/** Waits until the copy of the page at `scope` has everything, whoever serves it until then. */
const active = (page, scope) =>
  page.evaluate(async (wanted) => {
    const isActive = (all) =>
      all.some((one) => one.scope === wanted && one.active?.state === 'activated');
    while (!isActive(await navigator.serviceWorker.getRegistrations())) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }, scope);

/**
 * Serves the page as PAGE does, and copies of it in the folders `/a/` and `/b/`, the second of another
 * version; with a newer version of the file list when `updated`.
 */
async function withServer(use) {
  const state = { updated: false, down: false };
  const answer = async (incoming, response) => {
    if (state.down) {
      response.destroy();
      return;
    }
    const [, folder = ''] = /^\/([ab])\//.exec(incoming.url) ?? [];
    const url = folder ? incoming.url.slice(2) : incoming.url;
    let { status, headers, body } = await ownAnswer(url);
    const version = state.updated ? 'newer' : folder === 'b' ? 'another' : undefined;
    if (version && url === '/pkg/files.js') {
      body = body.toString().replace(/VERSION = "\w+"/, `VERSION = "${version}"`);
    }
    response.writeHead(status, headers).end(body);
  };
  await served(answer, (at) => use(at, state));
}

describe('without a network', () => {
  test('the page opens, scores and keeps what was pasted, with the server gone', () =>
    withServer((at, state) =>
      withPage(
        { serviceWorker: true },
        async (page, context) => {
          await write(page, HEADLINES);
          await installed(page);
          await kept(page, HEADLINES.join('\n'));
          state.down = true;
          await context.setOffline(true);
          await page.reload();
          await scoredRows(page, 3);
          await input(page).fill('Profit rises');
          await scoredRows(page, 1);
          // What was never asked for while there was a network.
          await input(page).fill('Bitcoin rises');
          await scoredRows(page, 1);
          await page.locator('#names').getByText('By coin and company').click();
          await page.locator('#names').getByRole('button', { name: 'Bitcoin', exact: true }).waitFor();
          await openAbout(page);
          assert.match(await page.locator('#load-facts').textContent(), /Without a networkready/);
        },
        { at },
      ),
    ));

  test('what trains is fetched when it is first wanted, and then is there', () =>
    withServer((at, state) =>
      withPage(
        { serviceWorker: true },
        async (page, context) => {
          const train = async () => {
            await ready(page);
            await page.getByText('Train your own').click();
            await page.getByRole('button', { name: 'Use 10 corrections' }).click();
            await page.getByRole('button', { name: 'Train', exact: true }).click();
            await page.getByRole('heading', { name: 'How good it is' }).waitFor();
          };
          const isKept = () =>
            page.evaluate(async () => Boolean(await caches.match('pkg/undertone_train_bg.wasm')));
          await ready(page);
          await installed(page);
          assert.equal(await isKept(), false);
          await train();
          assert.equal(await isKept(), true);
          state.down = true;
          await context.setOffline(true);
          await page.reload();
          await train();
        },
        {
          at,
          // A picture by itself has no icon.
          expected: (text) => text.includes('404'),
          prepare: async (page) => {
            await page.goto(new URL('icon.svg', at).href);
            await page.evaluate(() => {
              const made = (index) => ({
                text: `${index % 2 ? 'Losses mount' : 'Profit rises'} in week ${index}`,
                label: index % 2 ? 'negative' : 'positive',
              });
              const corrections = Array.from({ length: 10 }, (_, index) => made(index));
              localStorage.undertone = JSON.stringify({ typed: '', attached: null, corrections });
            });
          },
        },
      ),
    ));

  for (const address of ['index.html', 'index.html?from=elsewhere', '?from=elsewhere', 'home']) {
    test(`at /${address}, too`, () =>
      withServer((at, state) =>
        withPage(
          { serviceWorker: true },
          async (page, context) => {
            // Some servers have further names for a folder's page.
            await page.goto(at + address.replace('home', ''));
            await ready(page);
            await installed(page);
            state.down = true;
            await context.setOffline(true);
            await page.goto(at + address);
            await input(page).fill('Profit rises');
            await scoredRows(page, 1);
          },
          { at, expected: (text) => text.includes('net::ERR') },
        ),
      ));
  }

  test('copies on one origin leave each other alone', () =>
    withServer((at, state) =>
      withPage(
        { serviceWorker: true },
        async (page, context) => {
          const names = () => page.evaluate(async () => (await caches.keys()).toSorted());
          // What was called so before belongs to the copy whose page it holds.
          await page.evaluate(async (folder) => {
            await (await caches.open('undertone-0ld')).put(`${folder}a/`, new Response('old'));
            await (await caches.open('undertone-other')).put(`${folder}elsewhere/`, new Response('other'));
          }, at);
          await page.goto(`${at}a/`);
          await write(page, HEADLINES);
          await active(page, `${at}a/`);
          await page.goto(`${at}b/`);
          await ready(page);
          assert.equal(await input(page).inputValue(), '', 'what was pasted stays with its copy');
          await active(page, `${at}b/`);
          const all = await names();
          assert.ok(!all.includes('undertone-0ld') && all.includes('undertone-other'), all.join());
          assert.ok(all.includes('undertone-/b/-another'), all.join());
          assert.equal(all.filter((name) => name.startsWith('undertone-/a/-')).length, 1);
          state.down = true;
          await context.setOffline(true);
          for (const folder of ['a', 'b']) {
            await page.goto(`${at}${folder}/`);
            await input(page).fill('Profit rises');
            await scoredRows(page, 1);
          }
        },
        { at, expected: (text) => text.includes('net::ERR') },
      ),
    ));

  chromiumTest('the page can be installed', () =>
    withPage({ serviceWorker: true }, async (page, context) => {
      await ready(page);
      await installed(page);
      const session = await context.newCDPSession(page);
      const { errors } = await session.send('Page.getAppManifest');
      assert.deepEqual(errors, []);
      const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
      const reasons = installabilityErrors.map(({ errorId }) => errorId);
      // A context of Playwright's is an incognito one, and nothing else may stand in the way.
      assert.deepEqual(reasons.filter((reason) => reason !== 'in-incognito'), []);
    }));
});

describe('an update', () => {
  test('is offered, taken up when asked, and loses nothing', () =>
    withServer((at, state) =>
      withPage(
        { serviceWorker: true },
        async (page) => {
          await write(page, HEADLINES);
          await installed(page);
          state.updated = true;
          await page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update());
          await page.getByText('A new version of this page is ready.').waitFor();
          assert.equal(await input(page).inputValue(), HEADLINES.join('\n'));
          await page.getByRole('button', { name: 'Update now' }).click();
          await page.waitForFunction(async () => {
            const names = await caches.keys();
            return names.length === 1 && names[0] === 'undertone-/-newer';
          });
          await scoredRows(page, 3);
          assert.equal(await input(page).inputValue(), HEADLINES.join('\n'));
        },
        // The worker's script changed while it was being compared; Chromium tells of nothing else.
        { at },
      ),
    ));

  test('is taken up by the next visit without a word', () =>
    withServer((at, state) =>
      withPage(
        { serviceWorker: true },
        async (page) => {
          await write(page, HEADLINES);
          await installed(page);
          state.updated = true;
          await page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update());
          await page.getByText('A new version of this page is ready.').waitFor();
          await page.reload();
          await page.waitForFunction(async () => (await caches.keys()).join() === 'undertone-/-newer');
          // The page loads itself once more, at about this time.
          await page.waitForFunction(
            (text) => document.querySelector('textarea')?.value === text,
            HEADLINES.join('\n'),
          );
          await scoredRows(page, 3);
        },
        { at },
      ),
    ));
});
