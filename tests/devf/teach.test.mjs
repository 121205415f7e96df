// What the model is taught beyond its labels and words: it grows, says so, and shrinks again.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { chromiumTest } from './browsers.mjs';
import {
  CLIPBOARD,
  SIZES,
  downloaded,
  heard,
  holdBatches,
  openAbout,
  openFile,
  paste,
  ready,
  releaseBatches,
  rows,
  scoredRows,
  violations,
  withPage,
  write,
} from './page.mjs';

/** The command line that `cargo xtask test` built. */
const undertone = (...parameters) => execFileSync(process.env.UNDERTONE, parameters, { encoding: 'utf8' });

const LINES = [
  'Zorvexium quibbled after audit',
  'Exchange halts withdrawals as losses mount',
  'Zorvexium leaves rates unchanged',
  'Central bank leaves rates unchanged',
];

const learnt = (page) => page.locator('#learnt');
/** What can be chosen in `#show` or `#order`. */
const optionsOf = (page, select) => page.locator(`${select} option`).allTextContents();
/** All that the rows say: labels, probabilities, notes. */
const told = (page) =>
  rows(page).evaluateAll((all) =>
    all.map((row) => ['.told', '.figures'].map((part) => row.querySelector(part).textContent)),
  );
/** The probabilities that the rows name. */
const figures = (page) => page.locator('#list > li .figures').allTextContents();
const focused = (page) => page.evaluate(() => document.activeElement.textContent);

/** Opens a row by the keyboard. */
async function open(page, index) {
  await rows(page).nth(index).locator('.toggle').focus();
  await page.keyboard.press('Enter');
  await page.locator('.open .correct').waitFor();
}

/** Presses the button of this name in the open row by the keyboard. */
async function press(page, name) {
  await page.locator('.open').getByRole('button', { name, exact: typeof name === 'string' }).focus();
  await page.keyboard.press('Enter');
}

async function undoAll(page) {
  await page.getByRole('button', { name: 'Undo all' }).focus();
  await page.keyboard.press('Enter');
  await page.locator('#corrections').waitFor({ state: 'hidden' });
}

/** Gives the headline of the open row a label by its name, with the keyboard. */
async function another(page, label) {
  await press(page, 'Another label…');
  await page.locator('.open').getByRole('textbox', { name: 'Another label' }).waitFor();
  await page.keyboard.type(label);
  await page.keyboard.press('Enter');
}

/** Teaches a word by the keyboard. */
async function teach(page, word, label, strength) {
  const part = page.locator('#teach');
  if (!(await part.evaluate((details) => details.open))) {
    await part.locator('summary').focus();
    await page.keyboard.press('Enter');
  }
  await part.getByRole('textbox', { name: 'Word' }).waitFor();
  await part.getByRole('combobox', { name: 'Speaks for' }).selectOption({ label });
  await part.getByRole('combobox', { name: 'How strongly' }).selectOption({ label: strength });
  await part.getByRole('textbox', { name: 'Word' }).fill(word);
  await page.keyboard.press('Enter');
}

describe('new words', () => {
  test('are offered where a correction has some, taught, shown and taken back, by the keyboard alone', () =>
    withPage({}, async (page) => {
      await write(page, LINES);
      const before = await told(page);
      await open(page, 0);
      const row = page.locator('.open');
      assert.equal(await row.getByText('Also teach').count(), 0, 'nothing is offered before a correction');
      await press(page, 'negative');
      const offer = row.getByRole('button', { name: 'Also teach the new words: quibbled and zorvexium' });
      await offer.waitFor();
      await heard(page, 'It has words that can be taught, too: quibbled and zorvexium.');
      assert.doesNotMatch(await learnt(page).textContent(), /grown/);
      assert.deepEqual(await violations(page), []);
      const plain = await told(page);

      await offer.focus();
      await page.keyboard.press('Space');
      await learnt(page).getByText(', grown by 2 words').waitFor();
      const change = await row.locator('.change').textContent();
      assert.match(
        change,
        /^New in the model: the words quibbled and zorvexium\. The headline was \w+ \d+% and is negative \d+% now\. (No label|\d labels?) in the list changed\.$/,
      );
      await heard(page, change);
      assert.equal(await offer.count(), 0);
      assert.equal(await focused(page), 'negative');
      assert.match(await learnt(page).textContent(), /^, with 1 correction that/, 'it is one correction still');
      assert.notDeepEqual((await told(page))[0], plain[0]);
      assert.notDeepEqual((await told(page))[2], before[2], 'a headline with a new word notices');
      await openAbout(page);
      assert.match(await page.locator('#model-facts').textContent(), /Grown by2 words/);
      await page.keyboard.press('Escape');

      // A headline without any has none to offer.
      await open(page, 1);
      await press(page, 'negative');
      await learnt(page).getByText('2 corrections').waitFor();
      assert.match(await row.locator('.change').textContent(), /^The headline was negative/);
      assert.equal(await row.getByText('Also teach').count(), 0);

      await undoAll(page);
      await heard(page, 'No corrections');
      assert.equal(await learnt(page).textContent(), '');
      await rows(page).nth(1).locator('.toggle').click();
      assert.deepEqual(await told(page), before);
    }));

  test('the whole is named of a few, and of many the first', () =>
    withPage({}, async (page) => {
      const invented = ['aquorvex', 'bquorvex', 'cquorvex', 'dquorvex', 'equorvex', 'fquorvex', 'gquorvex', 'hquorvex'];
      await write(page, [`Losses ${invented.join(' ')}`, 'Losses zquorvex']);
      await open(page, 0);
      await press(page, 'positive');
      await page
        .locator('.open')
        .getByRole('button', {
          name: 'Also teach the new words: aquorvex, bquorvex, cquorvex, dquorvex, equorvex, fquorvex and 2 more',
        })
        .waitFor();
      await open(page, 1);
      await press(page, 'positive');
      await page.locator('.open').getByRole('button', { name: 'Also teach the new word: zquorvex', exact: true }).waitFor();
    }));
});

describe('a new label', () => {
  test('is in all that goes by labels, and gone again when undone, by the keyboard alone', () =>
    withPage({}, async (page) => {
      await write(page, LINES);
      const before = await told(page);
      const [show, order] = [await optionsOf(page, '#show'), await optionsOf(page, '#order')];
      await open(page, 0);
      // What was begun can be left.
      await press(page, 'Another label…');
      await page.locator('.open').getByRole('textbox', { name: 'Another label' }).waitFor();
      assert.deepEqual(await violations(page), []);
      await page.keyboard.press('Escape');
      assert.equal(await focused(page), 'Another label…');

      await another(page, 'scam');
      await learnt(page).getByText('grown by 2 words and 1 label').waitFor();
      await heard(page, 'New in the model: the label scam.');
      assert.equal(await focused(page), 'scam');
      const verdict = rows(page).first().locator('.verdict');
      for (let times = 0; times < 20 && (await verdict.textContent()) !== 'scam'; times += 1) {
        const last = await learnt(page).textContent();
        await press(page, 'scam');
        await page.waitForFunction((old) => document.getElementById('learnt').textContent !== old, last);
      }
      await verdict.getByText('scam', { exact: true }).waitFor();
      assert.match(await verdict.getAttribute('class'), /tone-d/);
      assert.deepEqual(await optionsOf(page, '#show'), [...show.slice(0, -1), 'scam', ...show.slice(-1)]);
      assert.ok((await optionsOf(page, '#order')).includes('most scam first'));
      assert.match(await page.locator('#shares').textContent(), /25%scam/);
      await heard(page, '4 headlines: 1 negative, 2 neutral, 0 positive, 1 scam');
      await page.locator('#show').selectOption({ label: 'scam' });
      await page.locator('#order').selectOption({ label: 'most scam first' });
      assert.equal(await rows(page).count(), 1);
      await openAbout(page);
      assert.match(await page.locator('#model-facts').textContent(), /negative, neutral, positive, scam/);
      await page.keyboard.press('Escape');
      assert.deepEqual(await violations(page), []);

      // The same by another spelling is no other.
      await another(page, ' SCAM ');
      await learnt(page).getByText('grown by 2 words and 1 label').waitFor();
      assert.equal((await optionsOf(page, '#show')).length, show.length + 1);

      await undoAll(page);
      await scoredRows(page, LINES.length);
      assert.deepEqual(await optionsOf(page, '#show'), show);
      assert.deepEqual(await optionsOf(page, '#order'), order);
      assert.equal(await page.locator('#show').inputValue(), 'all');
      await rows(page).first().locator('.toggle').click();
      assert.deepEqual(await told(page), before);
    }));

  test('comes while a long list is being scored', () =>
    withPage(
      CLIPBOARD,
      async (page) => {
        await ready(page);
        await paste(page, Array.from({ length: 20_000 }, (_, index) => LINES[index % LINES.length]).join('\n'));
        await scoredRows(page, 20_000);
        await open(page, 0);
        await another(page, 'scam');
        await page.waitForFunction(() => window.held.length > 0);
        await releaseBatches(page);
        await learnt(page).getByText('1 label').waitFor();
        await rows(page).first().locator('.figures').getByText('scam').waitFor();
        await heard(page, '20,000 headlines');
        const shares = await page.locator('#shares li .range').allTextContents();
        const lines = shares.map((text) => Number(text.split('· ')[1].replaceAll(',', '')));
        assert.equal(lines.length, 4);
        assert.equal(lines.reduce((a, b) => a + b), 20_000);
        assert.equal(await page.locator('#notice').textContent(), '');
      },
      { prepare: holdBatches },
    ));
});

describe('a word', () => {
  test('is taught by the keyboard alone, shows what it did, and is undone', () =>
    withPage({}, async (page) => {
      await write(page, LINES);
      const before = await told(page);
      await teach(page, 'Quibbled', 'positive', 'very strongly');
      await learnt(page).getByText('grown by 1 word').waitFor();
      const part = page.locator('#teach');
      const change = await part.locator('.change').textContent();
      assert.match(change, /^“Quibbled” speaks for positive now\. New in the model: the word quibbled\. 1 label in the list changed\.$/);
      await heard(page, change);
      await rows(page).first().locator('.verdict').getByText('positive', { exact: true }).waitFor();
      assert.equal(await part.getByRole('textbox', { name: 'Word' }).inputValue(), '');
      assert.equal(await page.getByRole('button', { name: 'Save corrections as CSV' }).isVisible(), false);
      assert.deepEqual(await violations(page), []);

      // One that the model knows, too; what is no word is refused in words.
      await teach(page, 'mount', 'positive', 'a little');
      await learnt(page).getByText('2 corrections').waitFor();
      await learnt(page).getByText('grown by 1 word').waitFor();
      await teach(page, 'two words', 'positive', 'clearly');
      await part
        .getByRole('alert')
        .getByText('Not taught: expected one word, found "two words". Write one word, with a letter in it.')
        .waitFor();
      await learnt(page).getByText('2 corrections').waitFor();

      const undo = page.getByRole('button', { name: 'Undo the last correction' });
      await undo.focus();
      await page.keyboard.press('Enter');
      await learnt(page).getByText('1 correction that').waitFor();
      assert.equal(await part.locator('.change').textContent(), '');
      await page.keyboard.press('Enter');
      await page.locator('#corrections').waitFor({ state: 'hidden' });
      assert.deepEqual(await told(page), before);
      assert.equal(await page.evaluate(() => document.activeElement.id), 'headlines');
    }));

  for (const { width, height } of [...SIZES, { width: 320, height: 800 }]) {
    test(`can be taught in a window ${width} px wide, with nothing sticking out`, () =>
      withPage({ viewport: { width, height } }, async (page) => {
        await write(page, LINES);
        await open(page, 0);
        await another(page, 'a label as long as a label may well be');
        await learnt(page).getByText('1 label').waitFor();
        await teach(page, 'quibbled', 'a label as long as a label may well be', 'strongly');
        await page.locator('#teach .change').getByText('speaks for').waitFor();
        const sideways = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        assert.ok(sideways <= 0, `${sideways} px stick out`);
        assert.deepEqual(await violations(page), []);
      }));
  }
});

describe('what was taught', () => {
  /** One of each kind. */
  async function teachAll(page) {
    await open(page, 0);
    await press(page, 'negative');
    await press(page, /^Also teach/);
    await learnt(page).getByText('grown by 2 words').waitFor();
    await rows(page).nth(0).locator('.toggle').click();
    await open(page, 2);
    await another(page, 'calm');
    await learnt(page).getByText('grown by 2 words and 1 label').waitFor();
    await rows(page).nth(2).locator('.toggle').click();
    await teach(page, 'glimbering', 'calm', 'strongly');
    await learnt(page).getByText('grown by 3 words and 1 label').waitFor();
  }

  test('survives a reload, and is undone one by one', () =>
    withPage({}, async (page) => {
      await write(page, LINES);
      const before = await told(page);
      await teachAll(page);
      const after = await told(page);
      const said = await learnt(page).textContent();
      await page.reload();
      await learnt(page).getByText('grown by 3 words and 1 label').waitFor();
      await scoredRows(page, LINES.length);
      assert.deepEqual(await figures(page), after.map(([, shares]) => shares));
      assert.match(said, /^, with 3 corrections/);
      const undo = page.getByRole('button', { name: 'Undo the last correction' });
      for (const left of ['grown by 2 words and 1 label', 'grown by 2 words']) {
        await undo.click();
        await page.waitForFunction((end) => document.getElementById('learnt').textContent.endsWith(end), left);
      }
      assert.ok(!(await optionsOf(page, '#show')).includes('calm'));
      await undo.click();
      await page.locator('#corrections').waitFor({ state: 'hidden' });
      assert.deepEqual(await told(page), before);
    }));

  test('and what is typed meanwhile do not lose each other', () =>
    withPage({}, async (page) => {
      await write(page, LINES);
      await open(page, 0);
      const typedAnd = (typed, isFirst) =>
        page.evaluate(
          ([text, before]) => {
            const area = document.getElementById('headlines');
            const press = () => document.querySelector('.open [data-part="correct-positive"]').click();
            if (!before) {
              press();
            }
            area.value += text;
            area.dispatchEvent(new Event('input', { bubbles: true }));
            if (before) {
              press();
            }
          },
          [typed, isFirst],
        );
      await typedAnd('\nProfit rises', true);
      await learnt(page).getByText('1 correction').waitFor();
      await scoredRows(page, LINES.length + 1);
      await typedAnd('\nProfit falls', false);
      await learnt(page).getByText('2 corrections').waitFor();
      await scoredRows(page, LINES.length + 2);
      assert.equal(await page.locator('#list .verdict').getByText('waiting').count(), 0);
    }));

  test('is read as the version before has kept it', () =>
    withPage({}, async (page) => {
      await write(page, LINES);
      await page.evaluate((text) => {
        const corrections = [
          { text, label: 'positive' },
          { text, label: 'positive' },
        ];
        // The page keeps what is on it as it is left.
        addEventListener('pagehide', () => {
          localStorage.undertone = JSON.stringify({ typed: text, attached: null, corrections });
        });
      }, LINES[1]);
      await page.reload();
      await learnt(page).getByText('with 2 corrections that changed').waitFor();
      assert.doesNotMatch(await learnt(page).textContent(), /grown/);
      await page.getByRole('button', { name: 'Undo the last correction' }).click();
      await learnt(page).getByText('with 1 correction that changed').waitFor();
    }));

  chromiumTest('is undone to the last bit, and goes out as CSV and model.bin for page and command', () =>
    withPage({}, async (page) => {
      const folder = mkdtempSync(join(tmpdir(), 'undertone-teach-'));
      try {
        await write(page, LINES);
        await page.locator('#take summary').click();
        const first = await downloaded(page, 'Download JSON');
        await teach(page, 'mount', 'positive', 'a little');
        await learnt(page).getByText('1 correction').waitFor();
        const one = await downloaded(page, 'Save as model.bin');
        await teachAll(page);
        const shown = await figures(page);

        await page.locator('#take summary').click();
        const results = JSON.parse((await downloaded(page, 'Download JSON')).bytes);
        assert.deepEqual(Object.keys(results[0].probabilities), ['negative', 'neutral', 'positive', 'calm']);
        const table = await downloaded(page, 'Save corrections as CSV');
        assert.equal(table.bytes.toString(), `text,label\r\n${LINES[0]},negative\r\n${LINES[2]},calm\r\n`);
        await page.getByText('Without 2 taught words, which only the saved model.bin has.').waitFor();
        const corrections = join(folder, 'corrections.csv');
        writeFileSync(corrections, table.bytes);
        const training = ['train', '--data', corrections, '--folds', '0', '--out', join(folder, 'trained.bin'), '--json'];
        assert.equal(JSON.parse(undertone(...training)).documents, 2);

        const model = await downloaded(page, 'Save as model.bin');
        const saved = join(folder, 'model.bin');
        writeFileSync(saved, model.bytes);
        const inspected = JSON.parse(undertone('inspect', saved, '--json'));
        assert.equal(inspected.grown, 3);
        assert.deepEqual(inspected.labels, ['negative', 'neutral', 'positive', 'calm']);
        const answers = JSON.parse(undertone('predict', '--model', saved, '--format', 'json', ...LINES));
        answers.forEach(({ label, confidence }, index) => {
          const figure = `${label} ${Math.round(100 * confidence)}%`;
          assert.ok(shown[index].includes(figure), `${shown[index]}: ${figure}`);
        });

        // The three that came last are gone without a trace, and then the first.
        for (const left of ['3 corrections', '2 corrections', '1 correction ']) {
          await page.getByRole('button', { name: 'Undo the last correction' }).click();
          await learnt(page).getByText(left).waitFor();
        }
        assert.deepEqual((await downloaded(page, 'Save as model.bin')).bytes, one.bytes);
        await undoAll(page);
        await page.locator('#take summary').click();
        assert.deepEqual((await downloaded(page, 'Download JSON')).bytes, first.bytes);

        await openFile(page, 'taught.bin', model.bytes);
        await page.locator('#model-name').getByText('taught.bin').waitFor();
        await scoredRows(page, LINES.length);
        assert.deepEqual(await figures(page), shown);
        await openAbout(page);
        assert.match(await page.locator('#model-facts').textContent(), /Features[\d,]+, 3 words of them by earlier corrections/);
      } finally {
        rmSync(folder, { recursive: true });
      }
    }));

  chromiumTest('goes to another model as far as that can take it over', () =>
    withPage({}, async (page) => {
      const folder = mkdtempSync(join(tmpdir(), 'undertone-teach-'));
      try {
        const other = join(folder, 'two.bin');
        undertone('train', '--data', 'tests/fixtures/two.csv', '--folds', '0', '--out', other);
        await write(page, LINES);
        await teachAll(page);
        const after = await learnt(page).textContent();
        await openFile(page, 'two.bin', readFileSync(other));
        await page.locator('#model-name').getByText('two.bin').waitFor();
        // It lacks "negative", and the label of the reader's own comes with its headline's words.
        await page.locator('#notice').getByText('1 correction could not be taken over').waitFor();
        await learnt(page).getByText(/with 2 corrections.*grown by \d+ words and 1 label/).waitFor();
        assert.ok((await optionsOf(page, '#show')).includes('calm'));
        await page.getByRole('button', { name: 'Use the page’s own' }).click();
        await page.locator('#model-name').getByText('The model of this page').waitFor();
        await learnt(page).getByText('with 2 corrections').waitFor();
        assert.match(after, /with 3 corrections/);
      } finally {
        rmSync(folder, { recursive: true });
      }
    }));
});
