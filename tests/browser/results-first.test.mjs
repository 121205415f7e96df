// What is in sight without scrolling: the headlines that were asked about, before what sums them up.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { SIZES, TWENTY, input, ready, rows, scoredRows, withPage, write } from './page.mjs';

/** Where elements are in the window, in px from its upper left corner. */
const places = (page, selectors) =>
  page.evaluate(
    (all) =>
      all.map((selector) => {
        const { top, bottom, left, right } = document.querySelector(selector).getBoundingClientRect();
        return { top, bottom, left, right };
      }),
    selectors,
  );

describe('results first', () => {
  for (const viewport of SIZES) {
    test(`three scored headlines of 20 are in sight, ${viewport.width} px wide and ${viewport.height} high`, () =>
      withPage({ viewport }, async (page) => {
        await write(page, TWENTY);
        await page.locator('#words li').first().waitFor();
        assert.equal(await page.evaluate(() => scrollY), 0);
        assert.ok((await rows(page).nth(2).locator('.verdict').textContent()).length > 0);
        const row = (position) => `#list > li[aria-posinset="${position}"]`;
        const [box, balance, shares, first, third, list, mood] = await places(page, [
          '#headlines',
          '#to-mood',
          '#slim .figures',
          row(1),
          row(3),
          '#list',
          '#mood',
        ]);
        assert.ok(third.bottom <= viewport.height, `the third ends ${third.bottom} px down`);
        const oneColumn = box.left < balance.right && balance.left < box.right;
        assert.ok(!oneColumn || box.bottom <= balance.top, 'the line of balance is below the box, or beside it');
        assert.ok(Math.max(balance.bottom, shares.bottom) <= first.top, 'and above the list');
        assert.ok(shares.bottom - balance.top < 72, `slim: ${shares.bottom - balance.top} px`);
        const beside = mood.right <= list.left || list.right <= mood.left;
        assert.ok(beside || mood.top >= list.bottom, 'the mood is beside the list or after it');
        assert.equal(beside, !oneColumn);
        const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(sideways <= 0, `${sideways} px stick out`);
      }));
  }

  test('the balance leads to the mood, however long the list, and from there back', () =>
    withPage({ viewport: SIZES[0] }, async (page) => {
      await write(page, Array.from({ length: 3000 }, (_, index) => TWENTY[index % TWENTY.length]));
      const inSight = (selector) =>
        page.waitForFunction((wanted) => {
          // A long list has the rows that are near its part in sight, once it was scrolled there.
          const found = document.querySelector(wanted)?.getBoundingClientRect();
          return found && found.top >= 0 && found.bottom <= innerHeight;
        }, selector);
      const focused = () => page.evaluate(() => document.activeElement.id);
      await page.getByRole('button', { name: /^Balance [+−]?\d+$/ }).focus();
      await page.keyboard.press('Enter');
      assert.equal(await focused(), 'mood-heading');
      await inSight('#balance');
      await inSight('#shares');
      await page.keyboard.press('Tab');
      assert.equal(await focused(), 'to-list');
      await page.keyboard.press('Space');
      assert.equal(await focused(), 'to-mood');
      await inSight('#list > li[aria-posinset="3"]');
    }));
});

describe('an empty page', () => {
  test('says in a line that nothing leaves the machine, and what to write', () =>
    withPage({ viewport: SIZES[0] }, async (page) => {
      await ready(page);
      const said = page.getByText('Nothing leaves your machine.');
      const { height } = await said.boundingBox();
      const line = await said.evaluate((element) => Number.parseFloat(getComputedStyle(element).lineHeight));
      assert.ok(height < 2 * line, `${height} px, of which a line takes ${line}`);
      const description = await input(page).evaluate((box) => document.getElementById(box.getAttribute('aria-describedby')).textContent);
      assert.match(description, /^One headline a line/);
    }));

  test('has an example of each label to click, which the model is sure of', () =>
    withPage({}, async (page) => {
      await ready(page);
      const examples = page.locator('#hint').getByRole('button');
      assert.equal(await examples.count(), 3);
      const labels = [];
      for (const example of await examples.all()) {
        const text = await example.textContent();
        await example.click();
        await scoredRows(page, 1);
        assert.equal(await input(page).inputValue(), text);
        assert.equal(await page.evaluate(() => document.activeElement.id), 'headlines');
        assert.equal(await rows(page).locator('.headline').textContent(), text);
        const [, label, percent] = (await page.locator('#list .highest').textContent()).match(/^(\w+) (\d+)%$/);
        assert.ok(Number(percent) >= 70, `${text}: ${label} ${percent}%`);
        labels.push(label);
        await page.getByRole('button', { name: 'Clear' }).click();
        await example.waitFor();
      }
      assert.deepEqual(labels.toSorted(), ['negative', 'neutral', 'positive']);
      assert.equal(await page.locator('#results').isVisible(), false);
    }));

  test('is tried with the keyboard alone', () =>
    withPage({}, async (page) => {
      await ready(page);
      const examples = page.locator('#hint').getByRole('button');
      await examples.first().focus();
      await page.keyboard.press('Tab');
      const text = await examples.nth(1).textContent();
      assert.equal(await page.evaluate(() => document.activeElement.textContent), text);
      await page.keyboard.press('Enter');
      await scoredRows(page, 1);
      // What a button wrote can be edited at once.
      await page.keyboard.press('Control+End');
      await page.keyboard.type(', again');
      await page.locator('#list .headline').getByText(`${text}, again`).waitFor();
    }));
});
