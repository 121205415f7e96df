// Corrections and models: learnt, undone, exported, and opened again, with the command line as well.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { chromiumTest } from './browsers.mjs';
import { HEADLINES, downloaded, openAbout, openFile, ready, rows, withPage, write } from './page.mjs';

/** The command line that `cargo xtask test` built. */
const undertone = (...parameters) => execFileSync(process.env.UNDERTONE, parameters, { encoding: 'utf8' });

/** A folder that is gone afterwards. */
async function inFolder(use) {
  const folder = mkdtempSync(join(tmpdir(), 'undertone-page-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const verdict = (page, index) => rows(page).nth(index).locator('.verdict');
const figures = (page, index) => rows(page).nth(index).locator('.figures .highest').textContent();

/** Opens a row and presses a label until the row has it. */
async function correct(page, index, label) {
  const row = rows(page).nth(index);
  await row.locator('.toggle').click();
  for (let times = 0; times < 20; times += 1) {
    const learnt = page.locator('#learnt');
    const before = await learnt.textContent();
    await row.getByRole('button', { name: label, exact: true }).click();
    await page.waitForFunction(
      (old) => document.getElementById('learnt').textContent !== old,
      before,
    );
    if ((await verdict(page, index).textContent()) === label) {
      await row.locator('.toggle').click();
      return;
    }
  }
  assert.fail(`the model does not learn ${label}`);
}

describe('corrections', () => {
  test('are learnt on the spot, shown across the list, and undone', () =>
    withPage({}, async (page) => {
      await write(page, [HEADLINES[1], 'Exchange halts withdrawals', HEADLINES[0]]);
      const before = [await figures(page, 0), await figures(page, 1), await figures(page, 2)];
      assert.equal(await verdict(page, 0).textContent(), 'negative');
      await correct(page, 0, 'positive');
      await rows(page).nth(0).getByText('was negative').waitFor();
      assert.notEqual(await figures(page, 1), before[1], 'a headline like it changes, too');
      assert.match(await page.locator('#learnt').textContent(), /with \d+ corrections? that changed [1-3] labels?/);

      const undo = page.getByRole('button', { name: 'Undo the last correction' });
      while (await undo.isVisible()) {
        const learnt = await page.locator('#learnt').textContent();
        await undo.click();
        await page.waitForFunction(
          (old) => document.getElementById('learnt').textContent !== old,
          learnt,
        );
      }
      assert.deepEqual([await figures(page, 0), await figures(page, 1), await figures(page, 2)], before);
      assert.equal(await page.getByText('was negative').count(), 0);
    }));

  test('are told apart from labels that they did not turn', () =>
    withPage({}, async (page) => {
      await write(page, [HEADLINES[1]]);
      const row = rows(page).nth(0);
      await row.locator('.toggle').click();
      await row.getByRole('button', { name: 'positive', exact: true }).click();
      await row.getByText('you said positive').waitFor();
      assert.equal(await verdict(page, 0).textContent(), 'negative');
      await row.locator('.toggle').click();
      await correct(page, 0, 'positive');
      assert.equal(await page.getByText('you said positive').count(), 0);
      await page.getByRole('button', { name: 'Undo all' }).click();
      await page.waitForFunction(() => document.getElementById('learnt').textContent === '');
      assert.equal(await page.getByText('you said').count(), 0);
    }));

  test('are undone in their own row, too', () =>
    withPage({}, async (page) => {
      await write(page, HEADLINES);
      const before = await figures(page, 1);
      const row = rows(page).nth(1);
      await row.locator('.toggle').click();
      const undo = row.getByRole('button', { name: 'Undo' });
      assert.equal(await undo.count(), 0);
      await row.getByRole('button', { name: 'positive' }).click();
      await undo.waitFor();
      // Another row has nothing to undo.
      await rows(page).nth(0).locator('.toggle').click();
      assert.equal(await page.locator('#list').getByRole('button', { name: 'Undo' }).count(), 0);
      await row.locator('.toggle').click();
      await undo.focus();
      await page.keyboard.press('Enter');
      await page.locator('#corrections').waitFor({ state: 'hidden' });
      assert.equal(await undo.count(), 0);
      assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Why');
      await row.locator('.toggle').click();
      assert.equal(await figures(page, 1), before);
    }));

  test('survive a reload, and are taken back together', () =>
    withPage({}, async (page) => {
      await write(page, HEADLINES);
      const before = await figures(page, 1);
      await correct(page, 1, 'positive');
      const after = await figures(page, 1);
      await page.reload();
      await page.locator('#learnt').getByText('correction').waitFor();
      await rows(page).nth(2).waitFor();
      assert.equal(await figures(page, 1), after);
      await page.getByRole('button', { name: 'Undo all' }).click();
      await page.locator('#corrections').waitFor({ state: 'hidden' });
      assert.equal(await figures(page, 1), before);
    }));

  chromiumTest('go out as a CSV that `undertone train` takes, and as a model that page and command line open', () =>
    inFolder((folder) =>
      withPage({}, async (page) => {
        await write(page, [HEADLINES[1], 'Quote: "shares, up", says desk', HEADLINES[2]]);
        await correct(page, 0, 'positive');
        await correct(page, 1, 'negative');
        await correct(page, 2, 'positive');
        const corrected = await figures(page, 0);

        const table = await downloaded(page, 'Save corrections as CSV');
        assert.equal(table.name, 'corrections.csv');
        assert.equal(
          table.bytes.toString(),
          `text,label\r\n${HEADLINES[1]},positive\r\n"Quote: ""shares, up"", says desk",negative\r\n${HEADLINES[2]},positive\r\n`,
        );
        const corrections = join(folder, 'corrections.csv');
        const trained = join(folder, 'trained.bin');
        writeFileSync(corrections, table.bytes);
        const training = ['train', '--data', corrections, '--folds', '0', '--out', trained, '--json'];
        assert.equal(JSON.parse(undertone(...training)).documents, 3);

        const model = await downloaded(page, 'Save as model.bin');
        const saved = join(folder, 'model.bin');
        writeFileSync(saved, model.bytes);
        const [told] = JSON.parse(
          undertone('predict', '--model', saved, '--format', 'json', HEADLINES[1]),
        );
        const percents = Math.round(100 * told.confidence);
        assert.equal(`${told.label} ${percents}%`, corrected);

        // The page's own model again, and then the saved one.
        await page.getByRole('button', { name: 'Undo all' }).click();
        await page.locator('#corrections').waitFor({ state: 'hidden' });
        await openFile(page, 'corrected.bin', model.bytes);
        await page.locator('#model-name').getByText('corrected.bin').waitFor();
        assert.equal(await figures(page, 0), corrected);

        // One trained by the command line, with two labels and a provenance of its own.
        await openFile(page, 'trained.bin', readFileSync(trained));
        await page.locator('#model-name').getByText('trained.bin').waitFor();
        assert.equal(await page.locator('#shares li').count(), 2);
        await openAbout(page);
        const facts = await page.locator('#model-facts').textContent();
        assert.match(facts, /negative, positive/);
        assert.match(facts, /corrections\.csv \(3 headlines\)/);
        assert.match(facts, /without cross-validation/);
        await page.getByRole('button', { name: 'Close' }).click();
        await page.getByRole('button', { name: 'Use the page’s own' }).click();
        await page.locator('#shares li').nth(2).waitFor();
      }),
    ));
});

describe('a model of one’s own', () => {
  chromiumTest('is named by its own labels, however many', () =>
    inFolder((folder) =>
      withPage({}, async (page) => {
        const train = (name) => {
          const model = join(folder, `${name}.bin`);
          undertone('train', '--data', `tests/fixtures/${name}.csv`, '--folds', '0', '--out', model);
          return readFileSync(model);
        };
        await write(page, HEADLINES);
        await openFile(page, 'two.bin', train('two'));
        await page.getByText('bullish minus bearish, in points').waitFor();
        await openFile(page, 'fifty.bin', train('fifty'));
        await page.getByText('42 less frequent labels are not listed.').waitFor();
        assert.equal(await page.locator('#shares li').count(), 8);
        assert.equal(await page.locator('#balance-part').isVisible(), false, 'no label is the better one');
        await page.locator('.toggle').first().click();
        const choices = page.locator('.open .correct [aria-pressed]');
        // What opens the first headline is fetched first.
        await choices.first().waitFor();
        assert.equal(await choices.count(), 50);
      }),
    ));

  test('is refused in words when it is none, and the one before stays', () =>
    withPage({}, async (page) => {
      await write(page, HEADLINES);
      await openFile(page, 'model.bin', Buffer.from('undrtone and then nothing that fits'));
      await page.locator('#notice').getByText(/could not be opened: .*expected/).waitFor();
      await page.getByRole('textbox').fill('Profit rises');
      await page.locator('#list > li[aria-setsize="1"] .verdict').waitFor();
    }));

  test('About says what the page’s own was trained on and how it scored', () =>
    withPage({}, async (page) => {
      await ready(page);
      await openAbout(page);
      const { data, scores } = JSON.parse(undertone('inspect', 'model.bin', '--json'));
      const facts = await page.locator('#model-facts').textContent();
      for (const { name } of data) {
        assert.ok(facts.includes(name), name);
      }
      assert.ok(facts.includes(`accuracy ${(100 * scores.accuracy).toFixed(1)}%`), facts);
      const load = await page.locator('#load-facts').textContent();
      assert.match(load, /Files\d+, all from 127\.0\.0\.1.*Over the network\d+ KB.*First score\d+ ms/s);
    }));
});
