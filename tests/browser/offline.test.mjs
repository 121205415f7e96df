// Without a network, and through an update.

import assert from 'node:assert/strict';
import { createServer, request } from 'node:http';
import { describe, test } from 'node:test';

import { HEADLINES, PAGE, input, kept, openAbout, ready, scoredRows, withPage, write } from './page.mjs';

/** Waits until the service worker has everything. */
const installed = (page) =>
  page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    while (!navigator.serviceWorker.controller) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });

/** Serves the page as PAGE does, with another version of its file list when `updated`. */
async function withServer(use) {
  const state = { updated: false, down: false };
  const server = createServer((incoming, response) => {
    if (state.down) {
      response.destroy();
      return;
    }
    request(new URL(incoming.url, PAGE), (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => {
        let body = Buffer.concat(chunks);
        if (state.updated && incoming.url === '/pkg/files.js') {
          body = Buffer.from(body.toString().replace(/VERSION = "\w+"/, 'VERSION = "newer"'));
        }
        const { 'content-type': type, 'content-security-policy': policy } = answer.headers;
        response.writeHead(answer.statusCode, { 'content-type': type, 'content-security-policy': policy });
        response.end(body);
      });
    }).end();
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  try {
    await use(`http://127.0.0.1:${server.address().port}/`, state);
  } finally {
    server.closeAllConnections();
    server.close();
  }
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
          await openAbout(page);
          assert.match(await page.locator('#load-facts').textContent(), /Without a networkready/);
        },
        { at },
      ),
    ));

  test('the page can be installed', () =>
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
            return names.length === 1 && names[0] === 'undertone-newer';
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
          await page.waitForFunction(async () => (await caches.keys()).join() === 'undertone-newer');
          // The page loads itself once more, at about this time.
          await page.waitForFunction(
            (text) => document.querySelector('textarea').value === text,
            HEADLINES.join('\n'),
          );
          await scoredRows(page, 3);
        },
        { at },
      ),
    ));
});
