// A model that gives a headline several labels, or none.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

import { chromiumTest } from './browsers.mjs';
import { downloaded, headlines, openAbout, openFile, rows, violations, withPage, write } from './page.mjs';

const SEVERAL = readFileSync(
  new URL('../fixtures/models/version-5-several-labels.bin', import.meta.url),
);
const LINES = [
  'Norvik Ferries cuts jobs after a wider quarterly loss',
  'Court fines Orrin Bank over pricing',
  'Orrin Bank opens a visitor centre',
];
const LABELS = [['earnings', 'jobs'], ['law'], ['none']];

/** Writes the lines and opens the model; waits until its labels are there. */
async function opened(page) {
  await write(page, LINES);
  await openFile(page, 'topics.bin', SEVERAL);
  await rows(page).first().locator('.verdict', { hasText: 'jobs' }).waitFor();
}

const verdicts = (page, row) => rows(page).nth(row).locator('.verdict').allTextContents();
const show = (page) => page.getByRole('combobox', { name: 'Show' });

describe('several labels', () => {
  test('stand side by side at each headline, or none', () =>
    withPage({}, async (page) => {
      await opened(page);
      for (const [row, labels] of LABELS.entries()) {
        assert.deepEqual(await verdicts(page, row), labels);
      }
      const marked = await rows(page).first().locator('.highest').allTextContents();
      assert.deepEqual(marked.map((figure) => figure.split(' ')[0]), ['earnings', 'jobs']);
      const boxes = await rows(page).first().locator('.verdict').evaluateAll((made) =>
        made.map((each) => each.getBoundingClientRect().top),
      );
      assert.equal(boxes[0], boxes[1]);
      assert.deepEqual(await violations(page), []);
    }));

  test('each bring their headlines when the list is filtered, and are counted', () =>
    withPage({}, async (page) => {
      await opened(page);
      await show(page).selectOption({ label: 'jobs' });
      assert.deepEqual(await headlines(page), [LINES[0]]);
      await show(page).selectOption({ label: 'earnings' });
      assert.deepEqual(await headlines(page), [LINES[0]]);
      await show(page).selectOption({ label: 'law' });
      assert.deepEqual(await headlines(page), [LINES[1]]);
      await show(page).selectOption({ label: 'merger' });
      await page.getByText('No headline is so.').waitFor();
      assert.match(await page.locator('#unsure').textContent(), / of 3 unsure/);
      const shares = await page.locator('#shares .share').allTextContents();
      assert.deepEqual(shares, ['33%', '33%', '33%', '0%']);
    }));

  test('are explained each by itself, without a correction to one', () =>
    withPage({}, async (page) => {
      await opened(page);
      const row = rows(page).first();
      await row.locator('.toggle').focus();
      await page.keyboard.press('Enter');
      await row.locator('button.word').first().waitFor();
      assert.match(await row.locator('.reading').textContent(), /above 0 is for (jobs|earnings)/);
      assert.match(await row.locator('button.word').first().getAttribute('aria-description'), /merger [+−]/);
      assert.equal(await row.getByText('It should be').count(), 0);
      await openAbout(page);
      await page.getByText('a headline may have several, or none').waitFor();
    }));

  chromiumTest('are exported as lists', () =>
    withPage({}, async (page) => {
      await opened(page);
      await page.getByText('Take it away').click();
      const { bytes } = await downloaded(page, 'Download JSON');
      assert.deepEqual(
        JSON.parse(bytes).map(({ labels }) => labels),
        [['earnings', 'jobs'], ['law'], []],
      );
      await page.getByText('Take it away').click();
      const csv = (await downloaded(page, 'Download CSV')).bytes.toString();
      const [head, first, , third] = csv.split('\r\n');
      assert.equal(head, 'text,labels,confidence,unsure,earnings,jobs,law,merger,known,foreign');
      assert.ok(first.startsWith(`${LINES[0]},earnings;jobs,0.`), first);
      assert.ok(third.startsWith(`${LINES[2]},,0.`), third);
    }));
});
