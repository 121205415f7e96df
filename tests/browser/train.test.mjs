// A model of one's own, trained on the page: from a labelled file and from corrections, by keyboard alone.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';

import { chromiumTest } from './browsers.mjs';
import { HEADLINES, PAGE, asFile, downloaded, heard, ready, rows, violations, withPage, write } from './page.mjs';

const COMMAND = resolve(import.meta.dirname, '../..', process.env.UNDERTONE ?? 'target/debug/undertone');

const GOOD = ['Profit doubles', 'Orders soar', 'Outlook raised', 'Record dividend paid', 'Shares rally'];
const BAD = ['Losses mount', 'Factory shuts', 'Outlook cut', 'Fraud found', 'Shares plunge'];
/** So many labelled texts, half of them good. */
const rowsOf = (count) =>
  Array.from({ length: count }, (_, index) => {
    const [texts, label] = index % 2 ? [GOOD, 'good'] : [BAD, 'bad'];
    return [`${texts[(index >> 1) % 5]} at maker number ${index}`, label];
  });
const csvOf = (rows) => ['text,label', ...rows.map((row) => row.join(','))].join('\n');
const CSV = csvOf(rowsOf(60));

const part = (page) => page.locator('#train');
const button = (page, name) => part(page).getByRole('button', { name, exact: true });
const alert = (page) => part(page).getByRole('alert');
const press = async (locator, key = 'Enter') => {
  await locator.focus();
  await locator.press(key);
};
const open = async (page) => {
  await press(part(page).locator('summary').first());
  await button(page, 'Choose a labelled file').waitFor();
};
const choose = async (page, name, content) => {
  const chooser = page.waitForEvent('filechooser');
  await press(button(page, 'Choose a labelled file'));
  await (await chooser).setFiles(asFile(name, content));
};
const says = (page, text) => part(page).getByText(text).first().waitFor();
const trained = async (page) => {
  await press(button(page, 'Train'));
  await part(page).getByRole('heading', { name: 'How good it is' }).waitFor();
};
const withOpen = (use, options = {}, more) =>
  withPage(options, async (page, context) => {
    await ready(page);
    await open(page);
    await use(page, context);
  }, more);

describe('training', () => {
  test('nothing of it is fetched before it is asked for, and the module only to train', () =>
    withPage({}, async (page) => {
      const asked = [];
      page.on('request', (request) => asked.push(new URL(request.url()).pathname));
      const ofTraining = (pattern = /train/) => asked.filter((path) => pattern.test(path));
      await write(page, HEADLINES);
      await page.locator('#words li').first().waitFor();
      assert.deepEqual(ofTraining(), []);
      await open(page);
      assert.ok(ofTraining().some((path) => path.endsWith('/train.js')), String(asked));
      assert.deepEqual(ofTraining(/\.wasm$/).filter((path) => path.includes('train')), []);
    }));

  test('a labelled file becomes a model in use, by the keyboard alone', () =>
    withOpen(async (page) => {
      await choose(page, 'labelled.csv', CSV);
      await says(page, '60 texts: 30 bad, 30 good.');
      await heard(page, 'labelled.csv: 60 texts, 2 labels');
      await trained(page);
      await heard(page, 'Trained: accuracy 100.0%');
      assert.equal(await page.evaluate(() => document.activeElement.textContent), 'How good it is');
      const cells = (caption) =>
        part(page)
          .getByRole('table', { name: caption })
          .locator('tbody tr')
          .evaluateAll((rows) => rows.map((row) => Array.from(row.cells, (cell) => cell.textContent)));
      assert.deepEqual(await cells('What texts of each label (row) were taken for (column)'), [
        ['bad', '30 100%', '0 0%'],
        ['good', '0 0%', '30 100%'],
      ]);
      assert.deepEqual(await cells('Label by label'), [
        ['bad', '100.0%', '100.0%', '100.0%', '30'],
        ['good', '100.0%', '100.0%', '100.0%', '30'],
      ]);
      await part(page).getByRole('img', { name: /^Learning curve, .*48 texts: 100\.0%$/ }).waitFor();
      await press(button(page, 'Use this model'));
      await page.locator('#model-name', { hasText: 'Trained on labelled.csv' }).waitFor();
      await heard(page, 'Trained on labelled.csv is in use');
      await page.getByRole('textbox', { name: 'Headlines' }).fill('Losses mount\nProfit doubles');
      await page.locator('#list > li .verdict').nth(1).waitFor();
      assert.deepEqual(await page.locator('#show option').allTextContents().then((all) => all.slice(1, 3)), ['bad', 'good']);
    }));

  for (const [what, isAsked, options] of [
    ['what is saved', false, []],
    ['what begins with a head start', true, ['--vectors']],
  ]) {
    chromiumTest(`${what} is what the command writes of the same file`, () =>
      withOpen(async (page) => {
        await choose(page, 'labelled.csv', CSV);
        await page.getByLabel('Head start').setChecked(isAsked);
        await trained(page);
        const { name, bytes } = await downloaded(page, 'Save as model.bin');
        assert.equal(name, 'model.bin');
        const folder = await mkdtemp(join(tmpdir(), 'undertone-train-'));
        try {
          await writeFile(join(folder, 'labelled.csv'), CSV);
          await promisify(execFile)(COMMAND, ['train', '--data', 'labelled.csv', ...options], { cwd: folder });
          assert.ok((await readFile(join(folder, 'model.bin'))).equals(bytes), `${bytes.length} bytes`);
        } finally {
          await rm(folder, { recursive: true });
        }
      }));
  }

  test('it can be cancelled, and begun again', () =>
    withPage({}, async (page) => {
      let release;
      const held = new Promise((resolve) => {
        release = resolve;
      });
      await page.route('**/undertone_train_bg.wasm', async (route) => {
        await held;
        await route.continue().catch(() => {});
      });
      await ready(page);
      await open(page);
      await choose(page, 'labelled.csv', CSV);
      await says(page, '60 texts');
      await press(button(page, 'Train'));
      await button(page, 'Cancel').waitFor();
      assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Cancel');
      await page.keyboard.press('Enter');
      await alert(page).getByText('Cancelled: nothing has changed.').waitFor();
      assert.equal(await page.locator('#model-name').textContent(), 'The model of this page');
      release();
      await trained(page);
      assert.equal(await part(page).locator('[role=alert]').textContent(), '');
    }));

  test('the corrections so far are counted while they are made', () =>
    withPage({}, async (page) => {
      await write(page, HEADLINES);
      await open(page);
      await rows(page).nth(1).locator('.toggle').click();
      const correct = rows(page).nth(1).getByRole('group', { name: 'Correct this headline' });
      await press(correct.getByRole('button', { name: 'neutral', exact: true }));
      await button(page, 'Use 1 correction').waitFor();
      await press(page.getByRole('button', { name: 'Undo the last correction' }));
      await button(page, 'Use 1 correction').waitFor({ state: 'hidden' });
    }));

  test('the corrections so far can be trained on', () =>
    withPage(
      {},
      async (page) => {
        await ready(page);
        await open(page);
        await press(button(page, 'Use 12 corrections'));
        await says(page, '12 texts: 6 negative, 6 positive.');
        await trained(page);
        await press(button(page, 'Use this model'));
        await page.locator('#model-name', { hasText: 'Trained on your corrections' }).waitFor();
      },
      {
        // A picture by itself has no icon.
        expected: (text) => text.includes('404'),
        prepare: async (page) => {
          await page.goto(new URL('icon.svg', PAGE).href);
          const label = (good) => (good === 'good' ? 'positive' : 'negative');
          const corrections = rowsOf(12).map(([text, good]) => ({ text, label: label(good) }));
          await page.evaluate((kept) => {
            localStorage.undertone = kept;
          }, JSON.stringify({ typed: '', attached: null, corrections }));
        },
      },
    ));

  chromiumTest('it is accessible, light and dark, and fits a small phone', async () => {
    for (const colorScheme of ['light', 'dark']) {
      await withOpen(
        async (page) => {
          await choose(page, 'labelled.csv', csvOf([...rowsOf(60), ['odd one', 'Good'], ['', 'bad']]));
          await says(page, '1 row without a text or a label left out.');
          assert.deepEqual(await violations(page), []);
          await press(button(page, 'Join them'));
          await trained(page);
          assert.deepEqual(await violations(page), []);
          const { width, scrolled } = await page.evaluate(() => ({
            width: innerWidth,
            scrolled: document.documentElement.scrollWidth,
          }));
          assert.ok(scrolled <= width, `${scrolled} px wide`);
        },
        { colorScheme, viewport: { width: 320, height: 700 } },
      );
    }
  });
});

// Firefox's driver hears of one file chooser a page.
describe('what stands in the way is said in words', () => {
  const finds = (name, content, ...texts) =>
    withOpen(async (page) => {
      await choose(page, name, content);
      for (const text of texts) {
        await says(page, text);
      }
      assert.equal(await button(page, 'Train').isVisible(), false);
    });

  test('one label', () =>
    finds('one.csv', csvOf(rowsOf(20).map(([text]) => [text, 'good'])), 'Every text is “good”: a model needs two labels'));

  test('no column of labels', () =>
    finds('none.csv', ['text', ...rowsOf(20).map(([text]) => text)].join('\n'), 'No column looks like labels: choose it above.'));

  test('one row a label', () =>
    finds(
      'ids.csv',
      csvOf(rowsOf(200).map(([text], index) => [text, `id ${index}`])),
      '200 different labels, and a model takes 100 at most: is “label” the column of labels?',
    ));

  test('no label with enough texts', () =>
    finds('few.csv', csvOf(rowsOf(6)), 'have fewer than 5 texts', 'Add texts, or choose another column of labels.'));

  test('a file that is no table', async () => {
    for (const [name, content, text] of [
      ['notes.txt', 'Profit rises\nLosses mount\n', /notes\.txt is plain text: expected a table/],
      ['broken.csv', 'text,label\n"never closed,good\n', /broken\.csv, line 2: a quote opens here and is never closed/],
      ['book.xlsx', 'PK\x03\x04 and so on', /book\.xlsx is a workbook/],
    ]) {
      await withOpen(async (page) => {
        await choose(page, name, content);
        await alert(page).getByText(text).waitFor();
      });
    }
  });

  test('texts without a word', () =>
    withOpen(async (page) => {
      await choose(page, 'short.csv', csvOf(rowsOf(20).map(([, label]) => ['x', label])));
      await press(button(page, 'Train'));
      await alert(page).getByText(/^Training stopped: short\.csv, line 2, .*no feature is left/).waitFor();
    }));

  test('labels that differ in case or space are joined if asked for', () =>
    withOpen(async (page) => {
      const odd = rowsOf(40).map(([text, label], index) => [text, index < 4 ? `${label.toUpperCase()} ` : label]);
      await choose(page, 'odd.csv', csvOf(odd));
      await says(page, '“bad” and “BAD”; “good” and “GOOD” differ in case or space alone.');
      await says(page, 'have fewer than 5 texts');
      await press(button(page, 'Join them'));
      await says(page, '40 texts: 20 bad, 20 good.');
      assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Keep them apart');
      await trained(page);
      assert.deepEqual(await part(page).locator('table').first().locator('thead th').allTextContents(), ['Label', 'bad', 'good']);
    }));

  test('rare labels are left out if asked for, and counted', () =>
    withOpen(async (page) => {
      await choose(page, 'rare.csv', csvOf([...rowsOf(40), ['a joke', 'funny'], ['two jokes', 'funny']]));
      await says(page, '“funny” has fewer than 5 texts');
      await press(button(page, 'Leave out 2 texts'));
      await says(page, '2 texts with “funny” left out.');
      await trained(page);
      await says(page, '40');
    }));

  test('another encoding and JSON Lines', async () => {
    const latin = Buffer.from(csvOf(rowsOf(20).map(([text, label]) => [`Société ${text}`, label])), 'latin1');
    await withOpen(async (page) => {
      await choose(page, 'latin.csv', latin);
      await says(page, '20 texts: 10 bad, 10 good.');
      assert.equal(await part(page).getByLabel('Encoding').inputValue(), 'windows-1252');
      await trained(page);
    });
    const lines = rowsOf(20).map(([headline, sentiment]) => JSON.stringify({ id: 7, headline, sentiment }));
    await withOpen(async (page) => {
      await choose(page, 'lines.jsonl', lines.join('\n'));
      await says(page, '20 texts: 10 bad, 10 good.');
      await trained(page);
    });
  });

  test('columns that go by no known name can be chosen', () =>
    withOpen(async (page) => {
      const rows = rowsOf(20).map(([text, label], index) => `${index},${label},${text}`);
      await choose(page, 'own.csv', ['nr,what,words', ...rows].join('\n'));
      await part(page).getByLabel('First row').selectOption('a heading');
      await part(page).getByLabel('Label column').selectOption('what');
      await says(page, '20 texts: 10 bad, 10 good.');
      assert.equal(await page.evaluate(() => document.activeElement.dataset.part), 'Label column');
      await trained(page);
    }));
});
