// The page in headless Chromium, used as a reader would: typing, reading, the keyboard.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

import { chromiumTest } from './browsers.mjs';
import {
  HEADLINES,
  headlines,
  heard,
  input,
  ready,
  rows,
  scoredRows,
  violations,
  withPage,
  write,
} from './page.mjs';
import { ownAnswer, served } from './served.mjs';

describe('the page', () => {
  test('asks at once for every module that it begins with, and for no other', () => {
    const source = (name) => readFileSync(new URL(`../../www/${name}`, import.meta.url), 'utf8');
    const needed = new Set(['app.js']);
    // A set hands out what is added to it meanwhile, too.
    for (const name of needed) {
      for (const [, imported] of source(name).matchAll(/^import [^'()]* from '\.\/([\w-]+\.js)';$/gm)) {
        needed.add(imported);
      }
    }
    const asked = source('index.html').matchAll(/ (?:href|src)="([\w-]+\.js)"/g);
    assert.deepEqual(Array.from(asked, ([, name]) => name).sort(), [...needed].sort());
  });

  test('scores each line as it is typed', () =>
    withPage({}, async (page) => {
      await ready(page);
      await input(page).pressSequentially(HEADLINES.join('\n\n  \n'));
      await rows(page).nth(2).waitFor();
      assert.deepEqual(await headlines(page), HEADLINES);

      for (const row of await rows(page).all()) {
        const label = (await row.locator('.verdict').textContent()).replace(/^unsure: |\?$/g, '');
        const figures = await row.locator('.figures > span').allTextContents();
        assert.ok(figures.length >= 2);
        const percents = figures.map((figure) => Number(figure.match(/ (\d+)%$/)[1]));
        const sum = percents.reduce((a, b) => a + b);
        assert.ok(Math.abs(sum - 100) <= figures.length, `${figures} add up to 100 %`);
        const highest = await row.locator('.figures .highest').textContent();
        assert.equal(highest, `${label} ${Math.max(...percents)}%`);

        // The bar shows what the figures say.
        const widths = await row
          .locator('.bar > span')
          .evaluateAll((shares) => shares.map((share) => share.getBoundingClientRect().width));
        const width = widths.reduce((a, b) => a + b);
        widths.forEach((share, index) => {
          assert.ok(Math.abs((100 * share) / width - percents[index]) < 3, `${widths} ${percents}`);
        });
      }
    }));

  test('scores what was pasted before the model had loaded', () => {
    let release;
    const held = new Promise((resolve) => {
      release = resolve;
    });
    return withPage(
      {},
      async (page) => {
        await input(page).fill(HEADLINES[0]);
        assert.equal(await rows(page).count(), 0);
        release();
        await rows(page).waitFor();
        assert.deepEqual(await headlines(page), [HEADLINES[0]]);
      },
      {
        prepare: (page) =>
          page.route('**/*.wasm', async (route) => {
            await held;
            await route.continue();
          }),
      },
    );
  });

  test('splits running text into sentences, and leaves long headlines whole', () =>
    withPage({}, async (page) => {
      await ready(page);
      const sentences = [
        'Shares of the retailer fell by a fifth on Monday after it cut its outlook for a second time this year.',
        'Mr. Alder, who has led the company since 2019, said that U.S. sales had been weak.',
        'Analysts had expected a small rise.',
      ];
      const brief = [
        'The central bank left its rate unchanged, as economists had expected.',
        'Its governor said that the next step could well be a cut, before the summer.',
      ];
      await input(page).fill(`${sentences.join(' ')}\nOne. Short. Line.\n${brief.join(' ')}`);
      await rows(page).nth(5).waitFor();
      assert.deepEqual(await headlines(page), [...sentences, 'One. Short. Line.', ...brief]);
    }));

  test('marks what it is unsure of, and never colours it as if sure', () =>
    withPage({}, async (page) => {
      await write(page, ['Shares', HEADLINES[1]]);
      for (const row of await rows(page).all()) {
        const sure = Math.max(
          ...(await row.locator('.figures > span').allTextContents()).map((figure) =>
            Number(figure.match(/ (\d+)%$/)[1]),
          ),
        );
        const unsure = row.locator('.verdict.unsure');
        assert.equal(await unsure.count(), Number(sure < 55), `${sure} %`);
        if (sure < 55) {
          assert.match(await unsure.textContent(), /^unsure: .+\?$/);
          assert.doesNotMatch(await unsure.getAttribute('class'), /tone/);
        }
      }
      assert.equal(await page.locator('.verdict.unsure').count(), 1);
    }));

  test('says the counts politely, not every line', () =>
    withPage({}, async (page) => {
      await ready(page);
      await input(page).fill(HEADLINES.join('\n'));
      const status = page.getByRole('status');
      await status.getByText(/^3 headlines: \d+ .+, \d+ .+, \d+ /).waitFor();
      assert.equal(await page.locator('[aria-live], [role=status], [role=log]').count(), 1);
      const verdicts = await page.locator('#list .highest').allTextContents();
      const said = (await status.textContent()).split(': ')[1].split(', ');
      for (const part of said) {
        const [, number, name] = part.match(/^(\d+) (.+)$/);
        assert.equal(verdicts.filter((text) => text.startsWith(name)).length, Number(number), part);
      }
    }));

  test('shows markup, controls, long words and right-to-left text as they are', () =>
    withPage({ viewport: { width: 320, height: 2400 } }, async (page) => {
      const nasty = [
        '<img src=x onerror="document.title = 1">',
        '<script>document.title = 2</script>',
        'javascript:alert(1) &lt;b&gt;',
        'nul \0 and bell \u0007 end',
        'الأسهم ترتفع بعد إعلان الأرباح',
        'W'.repeat(190),
      ];
      await write(page, nasty);
      assert.deepEqual(await headlines(page), nasty);
      assert.equal(await page.locator('#list img, #list script').count(), 0);
      assert.match(await page.title(), /Undertone/);
      const direction = await page
        .locator('#list .headline')
        .nth(4)
        .evaluate((headline) => getComputedStyle(headline).direction);
      assert.equal(direction, 'rtl');
      for (let index = 0; index < nasty.length; index += 1) {
        await page.locator('.toggle').nth(index).click();
        await page.locator('.open .reading').getByText(/Words pull|No word/).waitFor();
        assert.deepEqual(await headlines(page), nasty);
      }
      const { scroll, client } = await page.evaluate(() => ({
        scroll: document.documentElement.scrollWidth,
        client: document.documentElement.clientWidth,
      }));
      assert.ok(scroll <= client, `${scroll} ${client}: nothing sticks out sideways`);
    }));

  test('is used with the keyboard alone', () =>
    withPage({}, async (page) => {
      await ready(page);
      const focused = () => page.evaluate(() => document.activeElement.textContent.trim());
      const tabTo = async (name) => {
        for (let steps = 0; steps < 40; steps += 1) {
          await page.keyboard.press('Tab');
          const { text, outline } = await page.evaluate(() => ({
            text: document.activeElement.textContent.trim(),
            outline: getComputedStyle(document.activeElement).outlineStyle,
          }));
          assert.notEqual(outline, 'none', `the focus on ${text} shows`);
          if (text.startsWith(name)) {
            return;
          }
        }
        assert.fail(`Tab does not lead to ${name}`);
      };
      await tabTo('Show an example');
      await page.keyboard.press('Enter');
      await scoredRows(page, 8);
      // The focus is back in the input: what a button did can be edited at once.
      assert.equal(await page.evaluate(() => document.activeElement.id), 'headlines');
      await tabTo('Why');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await page.locator('.open .word').first().waitFor();
      assert.equal(await focused(), 'Why');
      assert.equal(await page.evaluate(() => document.activeElement.ariaExpanded), 'true');
      await page.keyboard.press('Shift+Tab');
      await page.locator('.open .reading').getByText(/^“.+”: /).waitFor();
      await page.keyboard.press('Tab');
      await tabTo('positive');
      await page.keyboard.press('Space');
      await page.getByRole('button', { name: 'Undo all' }).waitFor();
      assert.equal(await focused(), 'positive');
      for (const [key, position] of [
        ['End', 8],
        ['Home', 1],
      ]) {
        await page.locator('.open .toggle').focus();
        await page.keyboard.press(key);
        const at = await page.evaluate(
          () => document.activeElement.closest('li').ariaPosInSet,
        );
        assert.equal(Number(at), position);
      }
      await page.keyboard.press('Tab');
    }));

  test('does not move what is already there while a headline is typed', () =>
    withPage({ viewport: { width: 1440, height: 1400 } }, async (page) => {
      await write(page, [HEADLINES[0], '']);
      await page.locator('#words li').first().waitFor();
      const places = () =>
        page.evaluate(() =>
          ['#list > li', '#to-mood', '#list-heading', '#strongest', '#words', '#model', 'textarea'].map(
            (selector) => JSON.stringify(document.querySelector(selector).getBoundingClientRect()),
          ),
        );
      const before = await places();
      await input(page).press('Control+End');
      for (const letter of 'Exchange halts withdrawals as losses mount further') {
        await page.keyboard.type(letter);
        assert.deepEqual(await places(), before);
      }
      await heard(page, '2 headlines');
      assert.deepEqual(await places(), before);
    }));

  /** What moves without being moved by the reader, from here on. */
  const watchShifts = (page) =>
    page.addInitScript(() => {
      // What moves right after a key counts as well: each key is such a moment.
      const named = ({ startTime, value, sources }) =>
        `${startTime} ms: ${value} ${sources.map(({ node }) => node?.id || node?.nodeName)}`;
      window.shifts = [];
      window.observer = new PerformanceObserver((list) => {
        window.shifts.push(...list.getEntries().map(named));
      });
      window.observer.observe({ type: 'layout-shift', buffered: true });
    });
  const shifts = (page) => page.evaluate(() => window.shifts.concat(window.observer.takeRecords()).map(String));

  chromiumTest('shifts nothing where its first half comes long before the other', async () => {
    const LIST = '<section class="output"';
    assert.ok((await ownAnswer('/')).body.includes(LIST));
    const answer = async ({ url }, response) => {
      const { status, headers, body } = await ownAnswer(url);
      const half = url === '/' ? body.indexOf(LIST) : 0;
      response.writeHead(status, headers).write(body.subarray(0, half));
      // Longer than a browser takes to paint what it has.
      setTimeout(() => response.end(body.subarray(half)), half > 0 ? 300 : 0);
    };
    await served(answer, (at) =>
      withPage(
        { viewport: { width: 320, height: 1000 } },
        async (page) => {
          await ready(page);
          assert.deepEqual(await shifts(page), []);
        },
        { at, prepare: watchShifts },
      ),
    );
  });

  const wide = [320, 768, 1440].flatMap((width) => [false, true].map((dated) => ({ width, dated })));
  for (const { width, dated } of wide) {
    const dates = dated ? ['2026-11-16 ', '[2026-11-17] ', '2026-11-18T09:30Z, ', '2026-11-19 '] : ['', '', '', ''];
    chromiumTest(`shifts nothing from the first letter on, ${width} px wide${dated ? ', with dates' : ''}`, () =>
      withPage(
        { viewport: { width, height: 1000 } },
        async (page) => {
          await ready(page);
          await input(page).pressSequentially(HEADLINES.map((text, index) => dates[index] + text).join('\n'));
          await page.locator('#words li').first().waitFor();
          await input(page).pressSequentially(`\n${dates[3]}Lender sets aside more for bad loans`);
          await page.getByRole('img', { name: 'Balance over time' }).waitFor({ state: dated ? 'visible' : 'detached' });
          await heard(page, '4 headlines');
          assert.deepEqual(await shifts(page), []);
        },
        { prepare: watchShifts },
      ));
  }

  test('has the model last where there is one column, for the eye and for the keyboard', () =>
    withPage({ viewport: { width: 768, height: 1000 } }, async (page) => {
      await ready(page);
      const last = async () => {
        const order = await page.evaluate(() => {
          const [model, output] = [document.getElementById('model'), document.querySelector('.output')];
          return {
            read: output.compareDocumentPosition(model) === Node.DOCUMENT_POSITION_FOLLOWING,
            seen: model.getBoundingClientRect().top > output.getBoundingClientRect().top,
          };
        });
        assert.equal(order.read, order.seen);
        return order.seen;
      };
      assert.equal(await last(), true);
      await page.setViewportSize({ width: 1440, height: 1000 });
      await page.locator('.side #model').waitFor();
      const beside = await page.evaluate(
        () => document.getElementById('model').getBoundingClientRect().right <
          document.querySelector('.output').getBoundingClientRect().left,
      );
      assert.equal(beside, true);
    }));

  test('speaks of trouble only while the model has not loaded', () => {
    let release;
    const held = new Promise((resolve) => {
      release = resolve;
    });
    return withPage(
      {},
      async (page) => {
        const patience = page.getByText('If this takes long');
        await page.waitForFunction(() => getComputedStyle(document.querySelector('.patience')).visibility === 'visible');
        release();
        await ready(page);
        assert.equal(await patience.count(), 0);
      },
      {
        prepare: (page) =>
          page.route('**/*.wasm', async (route) => {
            await held;
            await route.continue();
          }),
      },
    );
  });

  for (const [what, pattern] of [
    ['the module', '**/*.wasm'],
    ['the worker', '**/pkg/worker-thread.js'],
  ]) {
    test(`says in words that ${what} could not be loaded`, () =>
      withPage(
        {},
        async (page) => {
          await page.getByRole('alert').getByText('The model could not be loaded').waitFor();
          assert.deepEqual(await violations(page), []);
          // The buttons still do no harm.
          await page.getByRole('button', { name: 'Show an example' }).click();
          assert.equal(await rows(page).count(), 0);
        },
        {
          prepare: (page) => page.route(pattern, (route) => route.abort()),
          expected: (message) => /Failed to (load|fetch)|ERR_FAILED|preload|worker failed|^Error$/.test(message),
        },
      ));
  }

  test('holds back everything the page does not need, by a header as well', () =>
    withPage(
      {},
      async (page) => {
        await ready(page);
        const blocked = await page.evaluate(
          () =>
            new Promise((resolve) => {
              const found = new Set();
              document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
                found.add(effectiveDirective);
                if (found.size === 3) {
                  resolve([...found].sort());
                }
              });
              const script = document.createElement('script');
              script.textContent = 'document.title = "inline"';
              document.body.append(script);
              document.body.setAttribute('style', 'color: red');
              fetch('https://example.com/').catch(() => {});
            }),
        );
        assert.deepEqual(blocked, ['connect-src', 'script-src-elem', 'style-src-attr']);
        assert.match(await page.title(), /Undertone/);
        const header = await page.evaluate(async () => (await fetch('/')).headers.get('Content-Security-Policy'));
        assert.match(header, /default-src 'none'.*frame-ancestors 'none'/);
      },
      { expected: (message) => /Content.Security.Policy|Refused to connect/.test(message) },
    ));
});
