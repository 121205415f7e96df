// What a reader takes away, and what stays.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { chromiumTest } from './browsers.mjs';
import {
  CLIPBOARD,
  HEADLINES,
  PAGE,
  downloaded,
  headlines,
  input,
  kept,
  openFile,
  ready,
  rows,
  scoredRows,
  withPage,
  write,
} from './page.mjs';

const menu = (page) => page.getByText('Take it away').click();
const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());
/** Clicks and waits for the page to say that it has copied. */
async function copied(page, name) {
  // What the page has to say of the headlines comes first.
  await page.getByRole('status').getByText(/\d/).waitFor();
  await menu(page);
  await page.getByRole('button', { name }).click();
  await page.getByRole('status').getByText(/copied$/).waitFor();
  await page.locator('#take.copied:not([open])').waitFor();
  return clipboard(page);
}

describe('results', () => {
  chromiumTest('are copied and downloaded as CSV and JSON, as shown', () =>
    withPage(CLIPBOARD, async (page) => {
      await write(page, ['2026-03-01 Profit "soars", shares jump', HEADLINES[1]]);
      const csv = (await copied(page, 'Copy as CSV')).split('\r\n');
      assert.equal(csv[0], 'date,text,label,confidence,unsure,negative,neutral,positive,known,foreign');
      assert.match(csv[1], /^2026-03-01,"Profit ""soars"", shares jump",positive,0\.\d+,false(,[\d.]+){3},1,false$/);
      assert.match(csv[2], /^,Exchange halts withdrawals as losses mount,negative,/);

      await page.getByRole('combobox', { name: 'Show' }).selectOption({ label: 'negative' });
      const [result, ...others] = JSON.parse(await copied(page, 'Copy as JSON'));
      assert.equal(others.length, 0);
      assert.equal(result.text, HEADLINES[1]);
      assert.equal(result.label, 'negative');
      assert.equal(result.confidence, result.probabilities.negative);

      await menu(page);
      const file = await downloaded(page, 'Download CSV');
      assert.equal(file.name, 'undertone.csv');
      assert.equal(file.bytes.toString().trim().split('\r\n').length, 2);
      const json = await downloaded(page, 'Download JSON');
      assert.deepEqual(JSON.parse(json.bytes), [result]);
    }));

  chromiumTest('that are many are one file, however many parts they were made in', () =>
    withPage({}, async (page) => {
      const lines = Array.from({ length: 4001 }, (_, index) => `Shares rise ${index} points`);
      await write(page, lines);
      await menu(page);
      const csv = (await downloaded(page, 'Download CSV')).bytes.toString().trimEnd().split('\r\n');
      assert.deepEqual(csv.slice(1).map((row) => row.split(',', 1)[0]), lines);
      const json = JSON.parse((await downloaded(page, 'Download JSON')).bytes);
      assert.deepEqual(json.map(({ text }) => text), lines);
    }));

  test('go into a link, in the fragment, and come out of it', () =>
    withPage(CLIPBOARD, async (page, context) => {
      const lines = [`2026-03-01 ${HEADLINES[0]}`, 'Énergie en hausse — الأسهم', HEADLINES[1]];
      await write(page, lines);
      const link = await copied(page, 'Copy a link');
      assert.ok(link.startsWith(`${PAGE}#`), link);

      await kept(page, lines.join('\n'));
      const other = await context.newPage();
      const requests = [];
      other.on('request', (request) => requests.push(request.url()));
      await other.goto(link);
      await scoredRows(other, 3);
      assert.equal(await input(other).inputValue(), lines.join('\n'));
      assert.ok(requests.every((url) => !url.includes('#')), 'the fragment is never sent');

      // What the reader had before stays until the linked text is edited.
      await input(other).press('Control+End');
      await input(other).press('!');
      assert.equal(new URL(other.url()).hash, '');
    }));

  test('a link is taken up where the page is open already', () =>
    withPage(CLIPBOARD, async (page) => {
      await write(page, HEADLINES.slice(0, 2));
      const link = await copied(page, 'Copy a link');
      await input(page).fill(HEADLINES[2]);
      await scoredRows(page, 1);
      await page.evaluate((address) => {
        location.href = address;
      }, link);
      await scoredRows(page, 2);
      assert.deepEqual(await headlines(page), HEADLINES.slice(0, 2));
    }));

  test('a damaged link is refused in words', () =>
    withPage({}, async (page) => {
      await page.getByText('The link is damaged').waitFor();
      await ready(page);
    }, { at: `${PAGE}#z=AAAA____` }));

  test('too much for a link is refused in words', () =>
    withPage(CLIPBOARD, async (page) => {
      let seed = 1;
      const word = () => {
        seed = (seed * 48271) % 2147483647;
        return seed.toString(36);
      };
      await write(page, Array.from({ length: 500 }, () => Array.from({ length: 12 }, word).join(' ')));
      await menu(page);
      await page.getByRole('button', { name: 'Copy a link' }).click();
      await page.locator('#notice').getByText('download them as a file').waitFor();
    }));

  chromiumTest('are printed whole, without what is only for the screen', () =>
    withPage({}, async (page) => {
      const lines = Array.from({ length: 300 }, (_, index) => `Shares rise ${index} points`);
      await write(page, lines);
      assert.ok((await rows(page).count()) < 60);
      await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
      await page.emulateMedia({ media: 'print' });
      assert.deepEqual(await headlines(page), lines);
      // A paper of another size is no reason to make rows for a window.
      await page.setViewportSize({ width: 700, height: 1000 });
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
      assert.deepEqual(await headlines(page), lines);
      assert.equal(await input(page).isVisible(), false);
      const tops = await rows(page).evaluateAll((all) => all.map((row) => row.getBoundingClientRect().top));
      assert.ok(tops.every((top, index) => index === 0 || top > tops[index - 1]), 'rows follow each other');
      await page.emulateMedia({ media: null });
      await page.evaluate(() => dispatchEvent(new Event('afterprint')));
      await page.waitForFunction(() => document.querySelectorAll('#list > li').length < 60);
      assert.equal((await headlines(page))[0], lines[0]);
    }));
});

describe('what was pasted', () => {
  test('survives a reload, and Clear forgets it', () =>
    withPage({}, async (page) => {
      await write(page, HEADLINES);
      await kept(page, HEADLINES.join('\n'));
      await page.reload();
      await scoredRows(page, 3);
      assert.equal(await input(page).inputValue(), HEADLINES.join('\n'));
      await page.getByRole('button', { name: 'Clear' }).click();
      await ready(page);
      await kept(page, null);
      await page.reload();
      await ready(page);
      assert.equal(await input(page).inputValue(), '');
    }));

  test('can be brought back after Clear', () =>
    withPage({}, async (page) => {
      await write(page, HEADLINES.slice(0, 2));
      await openFile(page, 'news.txt', HEADLINES[2]);
      await scoredRows(page, 3);
      await page.getByRole('button', { name: 'Clear' }).click();
      await ready(page);
      await page.getByRole('button', { name: 'Bring it back' }).click();
      await scoredRows(page, 3);
      assert.deepEqual(await headlines(page), [HEADLINES[2], ...HEADLINES.slice(0, 2)]);
      assert.equal(await page.locator('#notice').textContent(), '');
    }));

  test('survives leaving right after typing', () =>
    withPage({}, async (page) => {
      await ready(page);
      await input(page).fill(HEADLINES[0]);
      await page.reload();
      await scoredRows(page, 1);
    }));
});
