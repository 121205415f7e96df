// The page in headless Chromium, used as a reader would. `cargo xtask test` builds the page, serves
// it and says where in PAGE.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';

import { launch } from './chromium.mjs';

const PAGE = process.env.PAGE;
const SCREENSHOTS = new URL('../../target/screenshots/', import.meta.url).pathname;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const HEADLINES = [
  'Chipmaker raises full-year outlook after record quarter',
  'Exchange halts withdrawals as losses mount',
  'Central bank leaves rates unchanged',
];

let browser;

before(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  browser = await launch();
});

after(() => browser.close());

/**
 * Opens the page, runs `use` on it, and fails on anything in the console and on any request to
 * elsewhere, unless `expected` accepts the message.
 */
async function withPage(options, use, { prepare = () => {}, expected = () => false } = {}) {
  const context = await browser.newContext(options);
  try {
    const page = await context.newPage();
    const problems = [];
    page.on('console', (message) => {
      if (!expected(message.text())) {
        problems.push(`${message.type()}: ${message.text()}`);
      }
    });
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith(PAGE)) {
        problems.push(`request to ${request.url()}`);
      }
    });
    await prepare(page);
    await page.goto(PAGE);
    await use(page);
    assert.deepEqual(problems, []);
  } finally {
    await context.close();
  }
}

const ready = (page) => page.getByText('Results appear here as you type.').waitFor();
const rows = (page) => page.locator('#results > li');

/** Scripts of the page's own origin are allowed only; Playwright's evaluate is not bound by it. */
async function violations(page) {
  await page.evaluate(AXE);
  const found = await page.evaluate(() => axe.run());
  assert.ok(found.passes.length > 0, 'axe checked something');
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.html).join(' ')}`);
}

describe('the page', () => {
  test('scores each line as it is typed', () =>
    withPage({}, async (page) => {
      await ready(page);
      const input = page.getByRole('textbox', { name: 'Headlines' });
      await input.pressSequentially(HEADLINES.join('\n\n  \n'));
      await rows(page).nth(2).waitFor();
      assert.deepEqual(await page.locator('.headline').allTextContents(), HEADLINES);

      for (const row of await rows(page).all()) {
        const label = await row.locator('.label').textContent();
        const figures = await row.locator('.figure').allTextContents();
        assert.ok(figures.length >= 2);
        const percents = figures.map((figure) => Number(figure.match(/ (\d+)%$/)[1]));
        const sum = percents.reduce((a, b) => a + b);
        assert.ok(Math.abs(sum - 100) <= figures.length, `${figures} add up to 100 %`);
        const highest = await row.locator('.figure.highest').textContent();
        assert.equal(highest, `${label} ${Math.max(...percents)}%`);

        // The bar shows what the figures say.
        const widths = await row
          .locator('.bar > span')
          .evaluateAll((shares) => shares.map((share) => share.getBoundingClientRect().width));
        const width = widths.reduce((a, b) => a + b);
        widths.forEach((share, index) => {
          assert.ok(Math.abs((100 * share) / width - percents[index]) < 2, `${widths} ${percents}`);
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
        await page.getByRole('textbox').fill(HEADLINES[0]);
        assert.equal(await rows(page).count(), 0);
        release();
        await rows(page).waitFor();
        assert.deepEqual(await page.locator('.headline').allTextContents(), [HEADLINES[0]]);
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

  test('says the counts politely, and how many of each there are', () =>
    withPage({}, async (page) => {
      await ready(page);
      await page.getByRole('textbox').fill(HEADLINES.join('\n'));
      await page.getByRole('status').getByText('3 headlines:').waitFor();
      const labels = await page.locator('.label').allTextContents();
      for (const part of await page.locator('#tally > li').allTextContents()) {
        const [, number, name] = part.match(/^(\d+) (.+)$/);
        assert.equal(labels.filter((label) => label === name).length, Number(number), part);
      }
    }));

  test('shows markup, controls and long words as text', () =>
    withPage({ viewport: { width: 320, height: 640 } }, async (page) => {
      await ready(page);
      const nasty = [
        '<img src=x onerror="document.title = 1">',
        '<script>document.title = 2</script>',
        'javascript:alert(1) &lt;b&gt;',
        'nul \0 and bell \u0007',
        'الأسهم ترتفع بعد إعلان الأرباح',
        'W'.repeat(2000),
      ];
      await page.getByRole('textbox').fill(nasty.join('\n'));
      await rows(page).nth(nasty.length - 1).waitFor();
      assert.deepEqual(await page.locator('.headline').allTextContents(), nasty);
      assert.equal(await page.locator('#results img, #results script').count(), 0);
      assert.match(await page.title(), /Undertone/);
      const { scroll, client } = await page.evaluate(() => ({
        scroll: document.documentElement.scrollWidth,
        client: document.documentElement.clientWidth,
      }));
      assert.ok(scroll <= client, 'nothing sticks out sideways');
    }));

  test('is used with the keyboard alone', () =>
    withPage({}, async (page) => {
      await ready(page);
      await page.keyboard.press('Tab');
      await page.keyboard.type(HEADLINES[0]);
      await rows(page).waitFor();
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await rows(page).nth(1).waitFor();
      // The focus is back in the input: what a button did can be edited at once.
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
      assert.notEqual(outline, 'none');
      await page.keyboard.press('Space');
      await ready(page);
      await page.keyboard.type('Profit rises');
      await rows(page).waitFor();
    }));

  test('takes thousands of lines, and makes rows only for those that changed', () =>
    withPage({ permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
      await ready(page);
      const input = page.getByRole('textbox');
      const paste = async (lines) => {
        await page.evaluate((text) => navigator.clipboard.writeText(text), lines.join('\n'));
        await input.press('Control+A');
        await input.press('Control+V');
        await page.getByRole('status').getByText(`${lines.length.toLocaleString('en')} headlines`).waitFor();
        assert.deepEqual(await page.locator('.headline').allTextContents(), lines);
      };
      const keep = () =>
        page.locator('#results > li').evaluateAll((all) => all.forEach((row) => (row.dataset.kept = '')));
      const kept = () => page.locator('#results > li[data-kept]').count();

      const lines = Array.from({ length: 2000 }, (_, index) => `Shares rise ${index} points`);
      await paste(lines);
      await keep();
      await paste(['A new first line', ...lines]);
      assert.equal(await kept(), 2000);
      // Rows are new from the first changed line to the last, and no others.
      await paste(['A new first line', ...lines.slice(0, 1000), 'A line', 'Another', ...lines.slice(1003)]);
      assert.equal(await kept(), 1997);
      await input.press('Control+End');
      await input.press('x');
      assert.equal(await kept(), 1996);
      await page.getByRole('button', { name: 'Clear' }).click();
      assert.equal(await rows(page).count(), 0);
    }));

  test('does not move what is already there while a headline is typed', () =>
    withPage({ viewport: { width: 1440, height: 900 } }, async (page) => {
      await ready(page);
      const input = page.getByRole('textbox');
      await input.fill(`${HEADLINES[0]}\n`);
      const place = () => rows(page).first().boundingBox();
      const heading = () => page.getByRole('heading', { name: 'Sentiment' }).boundingBox();
      const [row, title] = [await place(), await heading()];
      await input.press('Control+End');
      await input.pressSequentially('Exchange halts withdrawals');
      assert.deepEqual(await place(), row);
      assert.deepEqual(await heading(), title);
    }));

  for (const [what, pattern] of [
    ['the module', '**/*.wasm'],
    ['its JavaScript', '**/pkg/undertone.js'],
  ]) {
    test(`says in words that ${what} could not be loaded`, () =>
      withPage(
        {},
        async (page) => {
          const alert = page.getByRole('alert');
          await alert.getByText('The model could not be loaded').waitFor();
          assert.deepEqual(await violations(page), []);
          // The buttons still do no harm.
          await page.getByRole('button', { name: 'Show an example' }).click();
          assert.equal(await rows(page).count(), 0);
        },
        {
          prepare: (page) => page.route(pattern, (route) => route.abort()),
          expected: (message) => /Failed to (load|fetch)|ERR_FAILED|preload/.test(message),
        },
      ));
  }

  test('holds back everything the page does not need', () =>
    withPage(
      {},
      async (page) => {
        await ready(page);
        const blocked = await page.evaluate(
          () =>
            new Promise((resolve) => {
              document.addEventListener('securitypolicyviolation', (event) =>
                resolve(event.effectiveDirective),
              );
              const script = document.createElement('script');
              script.textContent = 'document.title = "inline"';
              document.body.append(script);
            }),
        );
        assert.equal(blocked, 'script-src-elem');
        assert.match(await page.title(), /Undertone/);
      },
      { expected: (message) => message.includes('Content Security Policy') },
    ));
});

describe('looks', () => {
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [320, 768, 1440]) {
      test(`${colorScheme}, ${width} px: no accessibility violation, empty and full`, () =>
        withPage({ colorScheme, viewport: { width, height: 900 } }, async (page) => {
          const look = async (name) => {
            assert.deepEqual(await violations(page), []);
            const path = `${SCREENSHOTS}${name}-${width}-${colorScheme}.png`;
            await page.screenshot({ path, fullPage: true });
          };
          await ready(page);
          await look('empty');
          await page.getByRole('button', { name: 'Show an example' }).click();
          await rows(page).nth(5).waitFor();
          await look('full');
        }));
    }
  }
});
