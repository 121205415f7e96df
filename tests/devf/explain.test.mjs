// Why a headline is what it is, and the mood of all of them.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { CLIPBOARD, HEADLINES, headlines, heard, input, rows, scoredRows, withPage, write } from './page.mjs';

const number = (text) => Number(text.replace('−', '-'));

describe('an explanation', () => {
  test('highlights words by direction and strength, and names exact parts on focus and hover', () =>
    withPage({}, async (page) => {
      await write(page, HEADLINES);
      // The headline itself can be clicked.
      await page.getByText(HEADLINES[1]).last().click();
      const words = page.locator('.open .word');
      await words.first().waitFor();
      assert.equal(await page.locator('.open .headline').textContent(), HEADLINES[1]);
      const losses = words.getByText('losses', { exact: true });
      assert.match(await losses.getAttribute('class'), /down level-[1-4]/);
      const style = await losses.evaluate((word) => getComputedStyle(word).textDecorationStyle);
      assert.equal(style, 'wavy', 'the direction shows without colour');

      const reading = page.locator('.open .reading');
      await page.mouse.move(0, 0);
      const rest = await reading.textContent();
      await losses.hover();
      const exact = await reading.textContent();
      assert.match(exact, /“losses”: negative \+\d\.\d\d, neutral [+−]\d\.\d\d, positive −\d\.\d\d/);
      await page.mouse.move(0, 0);
      assert.equal(await reading.textContent(), rest);
      await losses.focus();
      assert.equal(await reading.textContent(), exact);
      assert.equal(await losses.getAttribute('aria-description'), exact);

      // Base and words together are the logit of positive against negative, so the probabilities.
      const [, pull, base] = rest.match(/pull ([+−]?[\d.]+), and the model leans ([+−]?[\d.]+)/);
      const shares = (await page.locator('.open .figures').textContent()).match(/negative ([\d.]+)%.*positive ([\d.]+)%/);
      assert.ok(Math.abs(Math.exp(number(pull) + number(base)) - shares[2] / shares[1]) < 0.05);

      await page.locator('.open .toggle').click();
      assert.equal(await page.locator('.open').count(), 0);
      assert.deepEqual(await headlines(page), HEADLINES);
    }));

  test('one is open at a time, and closes with the headline', () =>
    withPage({}, async (page) => {
      await write(page, HEADLINES);
      await page.locator('.toggle').nth(0).click();
      await page.locator('.toggle').nth(2).click();
      await page.locator('.open .reading').getByText(/Words pull|No word/).waitFor();
      assert.equal(await page.locator('.open').count(), 1);
      await input(page).fill(HEADLINES[0]);
      await scoredRows(page, 1);
      assert.equal(await page.locator('.open').count(), 0);
    }));
});

describe('the barometer', () => {
  test('has shares with intervals, the balance, the strongest and the words that pulled', () =>
    withPage({}, async (page) => {
      await write(page, [...HEADLINES, 'Regulator sues lender over hidden fees']);
      const counts = { negative: 2, neutral: 1, positive: 1 };
      const shares = await page.locator('#shares li').allTextContents();
      assert.equal(shares.length, 3);
      for (const text of shares) {
        const [, share, label, low, high, n] = text.match(/(\d+)%(\D+)(\d+)% to (\d+)% · (\d+)/);
        assert.equal(Number(n), counts[label], text);
        assert.equal(Number(share), counts[label] * 25);
        // Wilson's interval of 1 of 4 is 4.6 to 69.9 %, of 2 of 4 15.0 to 85.0 %.
        assert.deepEqual([low, high].map(Number), counts[label] === 2 ? [15, 85] : [5, 70]);
      }
      assert.equal(await page.locator('#balance').textContent(), '−25');
      // Bonett and Price: (2 − 3) / 6 ± 1.96 √((5/6 − 1/36) / 6).
      assert.equal(await page.locator('#balance-range').textContent(), '−88 to +55');
      const [positive, negative] = await page.locator('.quote').allTextContents();
      assert.equal(positive, HEADLINES[0]);
      assert.ok([HEADLINES[1], 'Regulator sues lender over hidden fees'].includes(negative));
      const words = page.locator('#words');
      await words.getByText('losses', { exact: true }).waitFor();
      const down = await words.locator('.down').allTextContents();
      assert.ok(down.includes('losses') && !down.includes('raises'), `${down}`);
      assert.ok((await words.locator('.up').allTextContents()).includes('raises'));
      assert.equal(await page.locator('#time').isVisible(), false, 'no dates, no chart');
    }));

  test('filters by label, doubt and certainty, and orders', () =>
    withPage({}, async (page) => {
      const all = [...HEADLINES, 'Yield', 'Regulator sues lender over hidden fees'];
      await write(page, all);
      const show = page.getByRole('combobox', { name: 'Show' });
      const order = page.getByLabel('Order');
      await show.selectOption({ label: 'positive' });
      assert.deepEqual(await headlines(page), [HEADLINES[0]]);
      await heard(page, '1 headline shown');
      await show.selectOption({ label: 'unsure, below 55%' });
      assert.deepEqual(await headlines(page), ['Yield']);
      await page.getByLabel('At least').selectOption({ label: '95% sure' });
      await page.getByText('No headline is so.').waitFor();
      await show.selectOption({ label: 'all' });
      await page.getByLabel('At least').selectOption({ label: 'any certainty' });

      const highest = async () =>
        (await page.locator('#list .highest').allTextContents()).map((text) => Number(text.match(/\d+/)[0]));
      await order.selectOption({ label: 'surest first' });
      const sure = await highest();
      assert.deepEqual(sure, sure.toSorted((a, b) => b - a));
      await order.selectOption({ label: 'least sure first' });
      const doubtful = await highest();
      assert.deepEqual(doubtful, sure.toReversed());
      await order.selectOption({ label: 'most positive first' });
      assert.equal((await headlines(page))[0], HEADLINES[0]);
      await order.selectOption({ label: 'as given' });
      assert.deepEqual(await headlines(page), all);
    }));

  test('draws the balance over time when lines have dates', () =>
    withPage({}, async (page) => {
      await write(page, [
        `2026-03-01 ${HEADLINES[0]}`,
        `[2026-03-01] ${HEADLINES[2]}`,
        `2026-03-02T10:30:00Z, ${HEADLINES[1]}`,
        `2026-03-04 – ${HEADLINES[0]}`,
        '2026-02-31 is no day',
      ]);
      assert.deepEqual((await headlines(page)).slice(0, 4), [HEADLINES[0], HEADLINES[2], HEADLINES[1], HEADLINES[0]]);
      const chart = page.getByRole('img', { name: 'Balance over time' });
      assert.equal(
        await chart.getAttribute('aria-label'),
        'Balance over time, in points. 2026-03-01: +50, 2026-03-02: −100, 2026-03-04: +100',
      );
      assert.equal(await chart.locator('circle').count(), 2);
      assert.equal(await chart.locator('rect').count(), 1, 'down has another shape');
      await page.getByLabel('Order').selectOption({ label: 'newest first' });
      assert.equal((await headlines(page))[0], HEADLINES[0]);
      assert.equal((await headlines(page))[1], HEADLINES[1]);
      assert.match(await rows(page).first().textContent(), /2026-03-04/);
    }));

  test('judges the words of a long list by a sample, and says so', () =>
    withPage(CLIPBOARD, async (page) => {
      await write(page, Array.from({ length: 1500 }, (_, index) => `Losses mount at firm ${index}`));
      await page.getByText('Each word’s pull in logits, summed over 1,000 lines, evenly spread over the 1,500.').waitFor();
      await page.locator('#words').getByText('losses', { exact: true }).waitFor();
    }));
});
