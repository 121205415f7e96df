// Files of headlines: opened, dropped, read in the right encoding, by the right column.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { chromiumTest } from './browsers.mjs';
import { HEADLINES, headlines, input, openFile, ready, rows, scoredRows, violations, withPage } from './page.mjs';

describe('files', () => {
  test('a text file, one headline a line, before what is typed', () =>
    withPage({}, async (page) => {
      await ready(page);
      await openFile(page, 'news.txt', HEADLINES.slice(0, 2).join('\r\n'));
      await scoredRows(page, 2);
      await input(page).fill(HEADLINES[2]);
      await scoredRows(page, 3);
      assert.deepEqual(await headlines(page), HEADLINES);
      assert.match(await page.locator('#attached .name').textContent(), /news\.txt · 2 headlines/);
      await page.getByRole('button', { name: 'Remove' }).click();
      await scoredRows(page, 1);
    }));

  test('a CSV file: the columns are guessed and can be chosen', () =>
    withPage({}, async (page) => {
      await ready(page);
      const table = [
        'id;published;title;note',
        '1;2026-03-01;"Profit ""soars""; shares jump";a longer remark that is no headline at all, really',
        '2;2026-03-02;"Losses\r\nmount";another remark, to be longer than every title here',
      ].join('\r\n');
      await openFile(page, 'news.csv', table);
      await scoredRows(page, 2);
      assert.deepEqual(await headlines(page), ['Profit "soars"; shares jump', 'Losses mount']);
      assert.match(await rows(page).first().textContent(), /2026-03-01/);
      await page.getByRole('img', { name: 'Balance over time' }).waitFor();
      assert.deepEqual(await violations(page), []);

      await page.getByLabel('Text column').selectOption({ label: 'note' });
      await page.getByText('another remark').first().waitFor();
      await page.getByLabel('Date column').selectOption({ label: 'none' });
      await page.getByRole('img', { name: 'Balance over time' }).waitFor({ state: 'hidden' });
      await page.getByLabel('First row').selectOption({ label: 'a headline' });
      await scoredRows(page, 3);
      assert.equal((await headlines(page))[0], 'note');
    }));

  test('a CSV file without a heading: the longest column', () =>
    withPage({}, async (page) => {
      await ready(page);
      await openFile(page, 'all.csv', `neutral,${HEADLINES[2]}\nnegative,"${HEADLINES[1]}, again"\n`);
      await scoredRows(page, 2);
      assert.deepEqual(await headlines(page), [HEADLINES[2], `${HEADLINES[1]}, again`]);
    }));

  chromiumTest('the encoding is guessed and can be changed', () =>
    withPage({}, async (page) => {
      await ready(page);
      await openFile(page, 'old.txt', Buffer.from('Société Générale: bénéfice en hausse', 'latin1'));
      await page.getByText('Société Générale').first().waitFor();
      const encoding = page.getByLabel('Encoding');
      assert.equal(await encoding.inputValue(), 'windows-1252');
      await encoding.selectOption('windows-1251');
      await page.getByText('Sociйtй').first().waitFor();

      await openFile(page, 'new.txt', Buffer.from('\ufeffÉnergie en hausse', 'utf16le'));
      await page.getByText('Énergie en hausse').first().waitFor();
      assert.equal(await encoding.inputValue(), 'utf-16le');
    }));

  chromiumTest('JSON and JSON lines', () =>
    withPage({}, async (page) => {
      await ready(page);
      await openFile(page, 'list.json', JSON.stringify(HEADLINES));
      await scoredRows(page, 3);
      assert.deepEqual(await headlines(page), HEADLINES);
      const lines = HEADLINES.slice(1).map((headline, index) =>
        JSON.stringify({ id: index, date: `2026-01-0${index + 1}`, headline }),
      );
      await openFile(page, 'list.jsonl', lines.join('\n'));
      await scoredRows(page, 2);
      assert.deepEqual(await headlines(page), HEADLINES.slice(1));
      await page.getByRole('img', { name: 'Balance over time' }).waitFor();
    }));

  chromiumTest('what can not be read is refused in words, and what was there stays', () =>
    withPage({}, async (page) => {
      await ready(page);
      await openFile(page, 'good.txt', HEADLINES[0]);
      await scoredRows(page, 1);
      const alert = page.locator('#notice');
      await openFile(page, 'bad.jsonl', '{"text": "a"}\n{oops');
      await alert.getByText('bad.jsonl, line 2 is not JSON').waitFor();
      await openFile(page, 'bad.json', '{"a": 1}');
      await alert.getByText('bad.json holds no list').waitFor();
      await openFile(page, 'empty.csv', '');
      await alert.getByText('empty.csv is empty').waitFor();
      assert.deepEqual(await headlines(page), [HEADLINES[0]]);
      await page.getByRole('button', { name: 'Dismiss' }).click();
      assert.equal(await alert.textContent(), '');
    }));

  test('a file can be dropped anywhere', () =>
    withPage({}, async (page) => {
      await ready(page);
      const data = await page.evaluateHandle((text) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([text], 'dropped.txt', { type: 'text/plain' }));
        return transfer;
      }, HEADLINES.join('\n'));
      await page.dispatchEvent('header', 'dragover', { dataTransfer: data });
      await page.dispatchEvent('header', 'drop', { dataTransfer: data });
      await scoredRows(page, 3);
      assert.deepEqual(await headlines(page), HEADLINES);
    }));
});
