// Files that are broken, of another dialect or something else: read as they are, or refused in words. The
// files are tests/cases/, where the command line's cases are, too.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import {
  asFile,
  headlines,
  input,
  openFile,
  paste,
  ready,
  rows,
  scoredRows,
  withPage,
  CLIPBOARD,
} from './page.mjs';

const file = (name) => readFileSync(new URL(`../cases/browser/${name}`, import.meta.url));
const STORIES = ['Belltarn Exchange wins licence in third country', 'Ostrel Motors recalls its newest electric van'];

/** What each file gives: `shown`, what the notice says, or both. */
const CASES = [
  // Whoever opens it must hear of the quote and its line instead of losing rows.
  { name: 'unclosed-quote.csv', shown: [], says: ['line 3', 'quote'] },
  { name: 'unclosed-quote-tabs.tsv', shown: [], says: ['line 2', 'quote'] },
  // A row that is longer than the heading has lost its quotes; its rest must not vanish in silence.
  { name: 'too-many-cells.csv', shown: ['Lender faces a costly inquiry'], says: ['line 2', '3 cells'] },
  // A space before a quote would make it a part of the cell, and the comma inside would part the headline.
  { name: 'space-before-quote.csv', shown: ['Lender cuts jobs, shares rise', 'Carmaker halts all output'] },
  // A first line sep=; is an instruction of spreadsheets, neither heading nor headline.
  { name: 'sep-line.csv', shown: ['Exchange wins approval, says bank', 'Lender faces a costly inquiry'] },
  // The columns are named by the line that holds their names. Decided: it is taken, and said.
  {
    name: 'line-before-heading.csv',
    shown: ['Exchange wins approval at last', 'Lender faces a costly inquiry'],
    says: ['heading', 'line 2'],
  },
  // Of several lists the one with headlines is meant.
  { name: 'json-feed.json', shown: STORIES },
  { name: 'search-hits.json', shown: STORIES },
  // pandas writes a table with orient split as columns, index and data.
  { name: 'pandas-split.json', shown: STORIES },
  // Decided: what an object within the object is called stands for its column.
  { name: 'title-objects.json', shown: STORIES },
  // No text: its bytes must not be scored, and the notice says what to save it as.
  { name: 'workbook.xlsx', shown: [], says: ['workbook', 'csv'] },
  { name: 'report-pdf.pdf', shown: [], says: ['PDF', 'csv'] },
  // Decided: UTF-16 shows itself by its zeros and is read.
  { name: 'utf16-without-mark.txt', shown: STORIES },

  // The same kinds, in other words.
  { name: 'a.csv', content: 'id,text\r1,"Bank "wins" approval"\r2,x\r', shown: [], says: ['line 2', 'quote'] },
  { name: 'b.csv', content: 'text|id\n"Profit falls" |1\nLoss 5" wide|2\n', shown: ['Profit falls', 'Loss 5" wide'] },
  { name: 'c.csv', content: 'id,text\n1\n2,Profit rises\n', shown: ['Profit rises'], says: ['line 2', '1 cells'] },
  { name: 'd.csv', content: 'text,label,,\nProfit rises,up\nLoss,down,,\n', shown: ['Profit rises', 'Loss'] },
  {
    name: 'f.csv',
    content: 'Exported\nby nobody\n\nid;title\n1;Profit, at last\n',
    shown: ['Profit, at last'],
    says: ['line 4'],
  },
  { name: 'g.json', content: '{"text":{"0":"Profit rises","1":"Loss"}}', shown: ['Profit rises', 'Loss'] },
  { name: 'h.json', content: '{"7":{"id":1,"headline":"Profit rises"}}', shown: ['Profit rises'] },
  { name: 'i.json', content: '{"title":["Profit rises","Loss"],"id":[1,2]}', shown: ['Profit rises', 'Loss'] },
  { name: 'j.json', content: '{"hits":{"hits":[{"_source":{"title":"Loss"}}],"tags":["x"]}}', shown: ['Loss'] },
  { name: 'k.json', content: '{"text":"Profit rises"}\n{"text":"Loss"}\n', shown: ['Profit rises', 'Loss'] },
  { name: 'l.txt', content: '[{"title":"Profit rises"}]', shown: ['Profit rises'] },
  { name: 'm.txt', content: '[Update] Profit rises\n', shown: ['[Update] Profit rises'] },
  {
    name: 'n.json',
    content: '{"old":[{"title":"Loss"}],"new":[{"title":"Profit rises"},{"title":"Gain"}]}',
    shown: ['Profit rises', 'Gain'],
    says: ['"new"', '"old"', 'List'],
  },
  { name: 'o.csv.gz', content: gzipSync('id,text\n1,Profit rises\n'), shown: ['Profit rises'] },
  { name: 'p.txt', content: '\ufeff<!DOCTYPE html>\n<html><title>Profit rises</title>', shown: [], says: ['web page'] },
  { name: 'q.txt', content: Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'), shown: [], says: ['picture'] },
  { name: 'r.zst', content: Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 4, 0]), shown: [], says: ['Zstandard', 'unpack'] },
  { name: 's.txt', content: Buffer.from([...'Loss'].flatMap((c) => [0, c.charCodeAt(0)])), shown: ['Loss'] },
];

describe('files that are not what they seem', () => {
  test('are read as they are, or refused in words', (visit) =>
    withPage({}, async (page) => {
      for (const { name, content = file(name), shown, says = [] } of CASES) {
        await visit.test(name, async () => {
          await page.getByRole('button', { name: 'Clear' }).click();
          await ready(page);
          await page.locator('#file').setInputFiles(asFile(name, content));
          const notice = page.locator('#notice');
          for (const word of says) {
            await notice.filter({ hasText: new RegExp(word, 'i') }).waitFor();
          }
          if (shown.length > 0) {
            await scoredRows(page, shown.length);
            assert.deepEqual(await headlines(page), shown);
          }
          assert.equal(await rows(page).count(), shown.length);
          assert.equal((await notice.textContent()) === '', says.length === 0, await notice.textContent());
        });
      }
    }));

  test('rows without a text are counted beside the file', () =>
    withPage({}, async (page) => {
      await ready(page);
      await openFile(page, 'gaps.csv', 'id,text\n1,Profit rises\n2,\n3, \n');
      await scoredRows(page, 1);
      assert.match(await page.locator('#attached .name').textContent(), /1 headline · 2 rows without a text/);
    }));

  test('another list of a document can be chosen', () =>
    withPage({}, async (page) => {
      await ready(page);
      await openFile(page, 'feed.json', file('json-feed.json'));
      await scoredRows(page, 2);
      await page.getByLabel('List').selectOption({ label: 'authors' });
      await scoredRows(page, 1);
      assert.deepEqual(await headlines(page), ['Invented Desk']);
    }));

  test('a pasted line is not cut at its comma because the first looks like a heading', () =>
    withPage(CLIPBOARD, async (page) => {
      await ready(page);
      const lines = ['text,label', 'Exchange wins approval, says bank', '"Loss", it says; profit | gone'];
      await paste(page, lines.join('\n'));
      await scoredRows(page, 3);
      assert.deepEqual(await headlines(page), lines);
      assert.equal(await input(page).inputValue(), lines.join('\n'));
    }));
});
