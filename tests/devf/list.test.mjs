// Long lists: smooth, with progress, cancelled, with the keyboard.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  CLIPBOARD,
  headlines,
  heard,
  holdBatches,
  input,
  paste,
  ready,
  releaseBatches,
  rows,
  withPage,
  write,
} from './page.mjs';

const NAMES = ['Harbour Bank', 'Northwind Oil', 'Kestrel Air', 'Alder Retail', 'Mint Exchange'];
const NEWS = [
  'raises its outlook after a record quarter',
  'halts withdrawals as losses mount',
  'leaves its dividend unchanged',
  'falls by a tenth on weak sales',
];
const lines = (count) =>
  Array.from({ length: count }, (_, index) => {
    const [name, news] = [NAMES[index % NAMES.length], NEWS[index % NEWS.length]];
    return `${name} ${news}, says report ${index}`;
  });

describe('long lists', () => {
  test('100,000 lines: with progress, few elements, and keys that go anywhere', () =>
    withPage({ ...CLIPBOARD, viewport: { width: 1440, height: 900 } }, async (page) => {
      await ready(page);
      await paste(page, lines(100_000).join('\n'));
      const progress = page.getByRole('progressbar');
      await progress.waitFor();
      await page.getByText('Pasted text').waitFor();
      await page.locator('#progress-text').getByText('8,192 of 100,000').waitFor();
      // What is scored is shown while the rest is not.
      await rows(page).first().locator('.verdict').waitFor();
      await releaseBatches(page);
      await progress.waitFor({ state: 'hidden' });
      await heard(page, '100,000 headlines');
      assert.ok((await rows(page).count()) < 60);
      assert.equal(await rows(page).first().getAttribute('aria-setsize'), '100000');

      await page.locator('#list .toggle[tabindex="0"]').focus();
      await page.keyboard.press('End');
      await page.getByText('report 99999').waitFor();
      assert.equal(await page.evaluate(() => document.activeElement.closest('li').ariaPosInSet), '100000');
      await page.keyboard.press('PageUp');
      await page.keyboard.press('Home');
      await page.getByText('report 0', { exact: false }).first().waitFor();

      // Scrolled to the middle, the middle is there.
      await page.evaluate(() => {
        const list = document.getElementById('list');
        scrollTo(0, list.offsetTop + list.offsetHeight / 2);
      });
      await page.getByText('report 50000').waitFor();

      // Typing goes on beside it.
      await input(page).fill('Profit rises');
      await page.locator('#list > li[aria-setsize="100001"]').first().waitFor();
      await page.locator('#order').selectOption({ label: 'most negative first' });
      await page.evaluate(() => scrollTo(0, document.getElementById('list').offsetTop));
      await page.waitForFunction(
        () => document.querySelector('#list [aria-posinset="1"] .verdict')?.textContent === 'negative',
      );
      await page.getByRole('button', { name: 'Remove' }).click();
      await page.locator('#list > li[aria-setsize="1"]').first().waitFor();
      assert.deepEqual(await headlines(page), ['Profit rises']);
    }, { prepare: holdBatches }));

  test('more lines than browsers lay out rows for: the last one is reached, by key and by scrolling', () =>
    withPage({ ...CLIPBOARD, viewport: { width: 320, height: 900 } }, async (page) => {
      await ready(page);
      const texts = Array.from({ length: 200_000 }, (_, index) => `Shares rise ${index}`);
      await paste(page, texts.join('\n'));
      await heard(page, '200,000 headlines');
      const height = await page.locator('#list').evaluate((list) => list.offsetHeight);
      assert.ok(height < 17_000_000, `${height} px`);
      await page.locator('#list .toggle[tabindex="0"]').focus();
      const inSight = (index) =>
        page.waitForFunction((text) => {
          const found = [...document.querySelectorAll('#list .headline')].find(
            ({ textContent }) => textContent === text,
          );
          const place = found?.getBoundingClientRect();
          return place && place.top >= 0 && place.bottom <= innerHeight;
        }, texts[index]);
      await page.keyboard.press('End');
      await inSight(199_999);
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('ArrowUp');
      await inSight(199_997);
      await page.keyboard.press('Home');
      await inSight(0);
      await page.evaluate(() => {
        const list = document.getElementById('list');
        scrollTo(0, list.offsetTop + (list.offsetHeight - innerHeight) / 2);
      });
      // Half of the way is half of the list.
      await page.waitForFunction(() => {
        const positions = [...document.querySelectorAll('#list li')].map(({ ariaPosInSet }) => Number(ariaPosInSet));
        return positions.some((position) => Math.abs(position - 100_000) < 10);
      });
      const tops = await rows(page).evaluateAll((all) =>
        all.map((row) => row.getBoundingClientRect().top).sort((a, b) => a - b).filter((top) => Math.abs(top) < 2000),
      );
      const each = await rows(page).first().evaluate((row) => row.offsetHeight);
      assert.ok(tops.length > 4 && tops.every((top, at) => at === 0 || Math.abs(top - tops[at - 1] - each) < 1), `${tops}`);
    }));

  test('stops when asked to, keeps what is scored, and goes on', () =>
    withPage(CLIPBOARD, async (page) => {
      await ready(page);
      await paste(page, lines(100_000).join('\n'));
      await page.locator('#progress-text').getByText(/^[1-9].* of 100,000/).waitFor();
      await page.getByRole('button', { name: 'Cancel' }).click();
      await releaseBatches(page);
      const [, done] = (await page.getByText('Stopped:').textContent()).match(/: ([\d,]+) of 100,000/);
      assert.ok(Number(done.replace(/,/g, '')) < 100_000);
      assert.equal(await page.getByRole('progressbar').count(), 0);
      await page.getByRole('button', { name: 'Go on' }).click();
      await heard(page, '100,000 headlines');
    }, { prepare: holdBatches }));

  test('keeps the open row, and its focus, while lines are written before it', () =>
    withPage({}, async (page) => {
      await write(page, lines(30));
      await page.locator('.toggle').nth(2).click();
      await page.locator('.open .word').first().waitFor();
      const place = await rows(page).nth(3).boundingBox();
      const above = await rows(page).nth(2).boundingBox();
      assert.ok(place.y >= above.y + above.height - 1, 'rows do not overlap');
    }));
});
