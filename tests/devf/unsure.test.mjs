// When the page says that it does not know: below what its reader or its model asks for, and of texts that are
// foreign to the model.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

import { chromiumTest } from './browsers.mjs';
import {
  CLIPBOARD,
  HEADLINES,
  SIZES,
  TWENTY,
  downloaded,
  headlines,
  heard,
  kept,
  openAbout,
  openFile,
  ready,
  rows,
  scoredRows,
  violations,
  withPage,
  write,
} from './page.mjs';

/** 52%, 48% and 76% sure; the others more than 95%. */
const DOUBTFUL = ['Shares', 'Yield', 'Ferry operator opens a second route to the islands'];
const LINES = [...HEADLINES, ...DOUBTFUL];
/** In German: 68% negative, of words most of which are unknown. */
const FOREIGN = 'Die Aktien des Autobauers fallen nach einer Gewinnwarnung';

/** Asks that a label of the three be positive from 0.340 on, and that 0.222 of a text be known. */
const ASKING = readFileSync(new URL('../fixtures/models/version-4-thresholds.bin', import.meta.url));

const choice = (page) => page.getByRole('combobox', { name: 'Unsure below' });
const show = (page) => page.getByRole('combobox', { name: 'Show' });
const chosen = (select) => select.evaluate(({ selectedOptions: [option] }) => option.text);
const mood = (page) => page.locator('#unsure').textContent();
/** The headlines that have no label but a question. */
const unsure = (page) =>
  rows(page).evaluateAll((all) =>
    all
      .filter((row) => row.querySelector('.verdict.unsure'))
      .map((row) => row.querySelector('.headline').textContent),
  );

describe('what is unsure', () => {
  test('is chosen by the keyboard, and ruled by it are rows, mood and filter', () =>
    withPage({}, async (page) => {
      await write(page, LINES);
      await heard(page, '6 headlines');
      assert.equal(await chosen(choice(page)), '55%');
      assert.deepEqual(await unsure(page), DOUBTFUL.slice(0, 2));
      assert.match(await mood(page), /^2 of 6 unsure, below 55%\. /);

      await page.getByLabel('Order').focus();
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate(() => document.activeElement.id), 'unsure-below');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Tab');
      assert.equal(await chosen(choice(page)), '85%');
      await heard(page, '3 of 6 unsure, below 85%');
      assert.deepEqual(await unsure(page), DOUBTFUL);
      assert.match(await mood(page), /^3 of 6 unsure, below 85%\. /);
      assert.deepEqual(await violations(page), []);

      await show(page).selectOption({ label: 'unsure, below 85%' });
      assert.deepEqual(await headlines(page), DOUBTFUL);
      // The filter follows the choice while it is on.
      await choice(page).selectOption({ label: 'never' });
      assert.equal(await chosen(show(page)), 'unsure');
      await page.getByText('No headline is so.').waitFor();
      await show(page).selectOption({ label: 'all' });
      assert.deepEqual(await unsure(page), []);
      assert.match(await mood(page), /^0 of 6 unsure\. /);
    }));

  chromiumTest('is exported as chosen', () =>
    withPage({}, async (page) => {
      await write(page, LINES);
      const exported = async () => {
        await page.getByText('Take it away').click();
        const { bytes } = await downloaded(page, 'Download JSON');
        await page.getByText('Take it away').click();
        return JSON.parse(bytes).map((result) => result.unsure);
      };
      assert.deepEqual(await exported(), [false, false, false, true, true, false]);
      await choice(page).selectOption({ label: '85%' });
      assert.deepEqual(await exported(), [false, false, false, true, true, true]);
    }));

  test('stays chosen after a reload, after Clear and with another model', () =>
    withPage({}, async (page) => {
      await write(page, LINES);
      await choice(page).selectOption({ label: '70%' });
      await page.reload();
      await scoredRows(page, 6);
      assert.equal(await chosen(choice(page)), '70%');
      assert.match(await mood(page), /^2 of 6 unsure, below 70%\. /);

      await page.getByRole('button', { name: 'Clear' }).click();
      await ready(page);
      await kept(page, '');
      await page.reload();
      await write(page, LINES);
      assert.equal(await chosen(choice(page)), '70%');

      await openFile(page, 'model.bin', ASKING);
      await rows(page).first().locator('.highest', { hasText: 'positive 56%' }).waitFor();
      assert.match(await mood(page), /^5 of 6 unsure, below 70%, /);

      // As at first, nothing is left of it.
      await choice(page).selectOption({ label: '55%' });
      await page.getByRole('button', { name: 'Clear' }).click();
      await ready(page);
      await kept(page, null);
    }));

  test('a value that the page does not offer is none', () =>
    withPage(
      {},
      async (page) => {
        await write(page, LINES);
        assert.equal(await chosen(choice(page)), '55%');
      },
      {
        prepare: (page) =>
          page.addInitScript(() => {
            // Firefox runs this in the empty page before as well, which has no storage.
            if (location.protocol === 'http:') {
              localStorage.setItem('undertone', '{"unsureBelow":"1\\"] *"}');
            }
          }),
      },
    ));

  test('is also what a model is not sure enough of by its own threshold', () =>
    withPage({}, async (page) => {
      // By this model 33.8% and 56% positive.
      const [less, more] = ['Profit down deal', HEADLINES[0]];
      await write(page, [less, more]);
      await openFile(page, 'model.bin', ASKING);
      await rows(page).nth(1).locator('.highest', { hasText: 'positive 56%' }).waitFor();
      await choice(page).selectOption({ label: 'never' });
      assert.deepEqual(await page.locator('.verdict').allTextContents(), ['unsure: positive?', 'positive']);
      assert.match(await mood(page), /^1 of 2 unsure\. /);
      await choice(page).selectOption({ label: '70%' });
      assert.deepEqual(await unsure(page), [less, more]);
    }));
});

describe('a headline of mostly unknown words', () => {
  test('says so, and is unsure however probable its label', () =>
    withPage({}, async (page) => {
      await write(page, [HEADLINES[1], FOREIGN]);
      const row = rows(page).nth(1);
      assert.equal(await row.locator('.verdict.unsure').textContent(), 'unsure: negative?');
      assert.ok(Number((await row.locator('.highest').textContent()).match(/\d+/)[0]) > 55);
      assert.equal(await row.locator('.note').textContent(), 'mostly unknown words');
      assert.equal(await rows(page).first().locator('.note').count(), 0);
      assert.match(await mood(page), /^1 of 2 unsure, below 55%, 1 for unknown words\. /);
      await choice(page).selectOption({ label: 'never' });
      assert.deepEqual(await unsure(page), [FOREIGN]);
      await show(page).selectOption({ label: 'unsure' });
      assert.deepEqual(await headlines(page), [FOREIGN]);
      assert.deepEqual(await violations(page), []);
    }));

  // The narrowest window has no place for the date as well.
  for (const { date, ...viewport } of [
    { width: 320, height: 800, date: '' },
    ...SIZES.map((size) => ({ ...size, date: '2026-11-16' })),
  ]) {
    test(`says so in sight, ${viewport.width} px wide`, () =>
      withPage({ viewport }, async (page) => {
        await write(page, [`${date} ${FOREIGN}`, ...TWENTY]);
        const told = rows(page).first().locator('.told');
        assert.equal((await told.innerText()).replace(/\s+/g, ' ').trim(), `unsure: negative? mostly unknown words ${date}`.trim());
        const cut = await told.evaluate((place) => {
          const { bottom, right } = place.getBoundingClientRect();
          return Array.from(place.children)
            .filter((part) => {
              const { bottom: low, right: far } = part.getBoundingClientRect();
              return low > bottom + 1 || far > right + 1;
            })
            .map((part) => part.textContent);
        });
        assert.deepEqual(cut, []);
      }));
  }

  chromiumTest('is exported with the share that is known', () =>
    withPage(CLIPBOARD, async (page) => {
      await write(page, [HEADLINES[1], FOREIGN]);
      await page.getByText('Take it away').click();
      const json = JSON.parse((await downloaded(page, 'Download JSON')).bytes);
      assert.deepEqual(
        json.map(({ known, foreign, unsure: doubtful }) => ({ known, foreign, unsure: doubtful })),
        [
          { known: 1, foreign: false, unsure: false },
          { known: 0.25, foreign: true, unsure: true },
        ],
      );
      const csv = (await downloaded(page, 'Download CSV')).bytes.toString().trimEnd().split('\r\n');
      assert.ok(csv[0].endsWith(',known,foreign'));
      assert.ok(csv[1].endsWith(',1,false'), csv[1]);
      assert.ok(csv[2].endsWith(',0.25,true'), csv[2]);
    }));

  test('is what About tells of', () =>
    withPage({}, async (page) => {
      await ready(page);
      await openAbout(page);
      await page.getByText('mostly unknown words').waitFor();
      assert.deepEqual(await violations(page), []);
    }));
});
