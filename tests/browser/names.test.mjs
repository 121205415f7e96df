// Coins and companies: a balance for each, sorted and chosen by keyboard and mouse, with names of one's own.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { chromiumTest } from './browsers.mjs';
import { downloaded, headlines, heard, rows, scoredRows, violations, withPage, write } from './page.mjs';

const LINES = [
  'Bitcoin surges to a record high as inflows soar',
  'Exchange halts bitcoin withdrawals as losses mount',
  'BTC plunges after hack, and bitcoin miners sell bitcoin',
  'Tesla beats profit forecasts, raises outlook',
  'Quorvex wins record order',
  'Price Target Near Record',
];

const part = (page) => page.locator('#names');
const table = (page) => part(page).getByRole('table');
const button = (page, name) => part(page).getByRole('button', { name, exact: true });
/** The rows of the table as texts: the name, how many headlines, and the balance. */
const cells = async (page) =>
  (await table(page).locator('tbody tr').all()).length === 0
    ? []
    : table(page)
        .locator('tbody tr')
        .evaluateAll((all) =>
          all.map((row) => Array.from(row.cells, (cell) => cell.firstChild.textContent)),
        );
const sorting = (page) =>
  table(page)
    .locator('thead th')
    .evaluateAll((all) => all.map((head) => head.getAttribute('aria-sort')));
async function open(page) {
  await part(page).getByText('By coin and company').click();
  await table(page).waitFor();
}
/** Waits until the table has so many rows. */
const tableOf = (page, count) =>
  page.waitForFunction(
    (wanted) => document.querySelectorAll('#names tbody tr').length === wanted,
    count,
  );

describe('names', () => {
  test('nothing of them is fetched before they are asked for', () =>
    withPage({}, async (page) => {
      const asked = [];
      page.on('request', (request) => asked.push(new URL(request.url()).pathname));
      await write(page, LINES);
      await page.locator('#words li').first().waitFor();
      const ofNames = () => asked.filter((path) => /names|mentions/.test(path));
      assert.deepEqual(ofNames(), []);
      await open(page);
      assert.ok(ofNames().some((path) => path.endsWith('/names.js')), String(asked));
    }));

  test('each has its headlines and its balance, by the keyboard alone', () =>
    withPage({}, async (page) => {
      await write(page, LINES);
      await part(page).locator('summary').first().focus();
      await page.keyboard.press('Enter');
      await tableOf(page, 2);
      assert.deepEqual(await cells(page), [
        ['Bitcoin', '3', '−33'],
        ['Tesla', '1', '+100'],
      ]);
      assert.deepEqual(await sorting(page), [null, 'descending', null]);

      await button(page, 'Balance').focus();
      await page.keyboard.press('Enter');
      assert.deepEqual((await cells(page)).map(([name]) => name), ['Tesla', 'Bitcoin']);
      assert.deepEqual(await sorting(page), [null, null, 'descending']);
      await page.keyboard.press('Enter');
      assert.deepEqual((await cells(page)).map(([name]) => name), ['Bitcoin', 'Tesla']);
      assert.deepEqual(await sorting(page), [null, null, 'ascending']);
      await heard(page, 'Sorted by balance, ascending');

      await button(page, 'Bitcoin').focus();
      await page.keyboard.press('Space');
      await heard(page, '3 headlines about Bitcoin');
      assert.deepEqual(await headlines(page), LINES.slice(0, 3));
      assert.equal(await button(page, 'Bitcoin').getAttribute('aria-pressed'), 'true');
      assert.equal(await page.evaluate(() => document.activeElement.dataset.name), 'Bitcoin');
      assert.deepEqual(await violations(page), []);

      // The other choices go on top, and either button shows all again.
      await page.getByRole('combobox', { name: 'Show' }).selectOption({ label: 'positive' });
      assert.deepEqual(await headlines(page), LINES.slice(0, 1));
      await page.getByRole('combobox', { name: 'Show' }).selectOption({ label: 'all' });
      await page.keyboard.press('Escape');
      await button(page, 'Bitcoin').focus();
      await page.keyboard.press('Enter');
      assert.equal(await rows(page).count(), LINES.length);
      await button(page, 'Tesla').click();
      assert.deepEqual(await headlines(page), [LINES[3]]);
      await page.getByRole('button', { name: 'Only Tesla: show all headlines again' }).click();
      assert.equal(await rows(page).count(), LINES.length);
      assert.equal(await page.locator('#only').isVisible(), false);
      assert.equal(await button(page, 'Tesla').getAttribute('aria-pressed'), 'false');
    }));

  test('they follow what is written', () =>
    withPage({}, async (page) => {
      await write(page, LINES);
      await open(page);
      await button(page, 'Tesla').click();
      await overwriteAll(page, [LINES[3], 'Nvidia shares jump', 'Tesla recalls cars']);
      await button(page, 'Nvidia').waitFor();
      assert.deepEqual((await cells(page)).map(([name, count]) => [name, count]), [
        ['Tesla', '2'],
        ['Nvidia', '1'],
      ]);
      assert.deepEqual(await headlines(page), [LINES[3], 'Tesla recalls cars']);
      // Without the one that was chosen all are shown.
      await overwriteAll(page, ['Nvidia shares jump', 'Profit falls']);
      await tableOf(page, 1);
      await scoredRows(page, 2);
      await overwriteAll(page, ['Profit falls']);
      await part(page).getByText('No headline names a coin or company of the list.').waitFor();
      assert.equal(await rows(page).count(), 1);
    }));

  test('names of one’s own go first, stay in this browser, and are refused with their line', () =>
    withPage({}, async (page) => {
      await write(page, LINES);
      await open(page);
      await part(page).getByText('Your own names').click();
      const box = part(page).getByRole('textbox', { name: 'Names of your own' });
      await box.fill('Quorvex Holdings, Quorvex\nMy Coin, bitcoin');
      await button(page, 'Use these names').click();
      await tableOf(page, 4);
      // "BTC" is Bitcoin's still.
      assert.deepEqual((await cells(page)).map(([name]) => name), [
        'My Coin',
        'Bitcoin',
        'Quorvex Holdings',
        'Tesla',
      ]);
      assert.deepEqual(await violations(page), []);
      await box.fill('Quorvex, QX\nOther, QX');
      await button(page, 'Use these names').click();
      await part(page).getByRole('alert').getByText(/not in use: line 2: expected each form/).waitFor();
      assert.equal((await cells(page)).length, 4);

      await page.reload();
      await scoredRows(page, LINES.length);
      await open(page);
      await tableOf(page, 4);
      await part(page).getByText('Your own names').click();
      await part(page).getByRole('textbox', { name: 'Names of your own' }).fill('');
      await button(page, 'Use these names').click();
      await tableOf(page, 2);
      assert.equal(await page.evaluate(() => localStorage.getItem('undertone-names')), null);
    }));

  chromiumTest('the table is saved as CSV and as JSON, as the command prints it', () =>
    withPage({}, async (page) => {
      await write(page, LINES);
      await open(page);
      const csv = await downloaded(page, 'Download as CSV');
      assert.equal(csv.name, 'names.csv');
      assert.deepEqual(csv.bytes.toString().trim().split(/\r?\n/), [
        'name,headlines,negative,neutral,positive,balance',
        'Bitcoin,3,2,0,1,-0.3333333333333333',
        'Tesla,1,0,0,1,1',
      ]);
      const json = await downloaded(page, 'Download as JSON');
      assert.deepEqual(JSON.parse(json.bytes)[1], {
        name: 'Tesla',
        headlines: 1,
        labels: { negative: 0, neutral: 0, positive: 1 },
        balance: 1,
      });
    }));

  test('many names: the first, and all when asked', () =>
    withPage({ viewport: { width: 390, height: 844 } }, async (page) => {
      const names = ['Bitcoin', 'Ethereum', 'Solana', 'XRP', 'Cardano', 'Litecoin', 'Monero', 'Tesla'];
      const more = ['Nvidia', 'Microsoft', 'Netflix', 'Boeing', 'Airbus', 'Toyota', 'Honda', 'Pfizer', 'Novartis'];
      const yet = ['Sanofi', 'Roche', 'Verizon', 'Vodafone', 'Nokia', 'Ericsson', 'Samsung', 'Sony', 'Nintendo'];
      const all = [...names, ...more, ...yet];
      await write(page, all.map((name) => `${name} rises`));
      await open(page);
      await tableOf(page, 25);
      await button(page, `Show all ${all.length}`).click();
      await tableOf(page, all.length);
      const sideways = () =>
        page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok((await sideways()) <= 0);
      await button(page, 'Sony').click();
      assert.deepEqual(await headlines(page), ['Sony rises']);
      assert.ok((await sideways()) <= 0);
    }));
});

/** As `overwrite`, where not all lines are in the list. */
async function overwriteAll(page, lines) {
  await page.getByRole('textbox', { name: 'Headlines' }).fill(lines.join('\n'));
}
