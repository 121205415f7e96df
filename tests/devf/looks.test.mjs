// Accessibility in every look, and pictures of each for a person to judge.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { before, describe, test } from 'node:test';

import { chromiumTest } from './browsers.mjs';
import {
  CLIPBOARD,
  SIZES,
  TWENTY,
  heard,
  input,
  openAbout,
  overwrite,
  paste,
  ready,
  scoredRows,
  violations,
  withPage,
} from './page.mjs';

const SCREENSHOTS = new URL('../../target/screenshots/', import.meta.url).pathname;
before(() => mkdirSync(SCREENSHOTS, { recursive: true }));

/** As high as the page is, so that the whole list is in sight. */
const VIEWPORT_HEIGHT = 2400;

/** Shows the example with the second headline explained and the words counted. */
async function full(page) {
  await page.getByRole('button', { name: 'Show an example' }).click();
  await scoredRows(page, 8);
  await page.locator('#words li').first().waitFor();
  await page.locator('.toggle').nth(1).click();
  await page.locator('.open .word').first().waitFor();
}

describe('looks', () => {
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [320, 768, 1440]) {
      const lookTest = colorScheme === 'light' ? test : chromiumTest;
      lookTest(`${colorScheme}, ${width} px: no accessibility violation, empty, full, About`, () =>
        withPage({ colorScheme, viewport: { width, height: VIEWPORT_HEIGHT } }, async (page) => {
          const look = async (name) => {
            assert.deepEqual(await violations(page), []);
            const { scroll, client } = await page.evaluate(() => ({
              scroll: document.documentElement.scrollWidth,
              client: document.documentElement.clientWidth,
            }));
            assert.ok(scroll <= client, `nothing sticks out sideways: ${scroll} ${client}`);
            const path = `${SCREENSHOTS}${name}-${width}-${colorScheme}.png`;
            await page.screenshot({ path, fullPage: true });
          };
          await ready(page);
          await look('empty');
          await full(page);
          await look('full');
          await openAbout(page);
          await look('about');
        }));
    }
  }

  for (const colorScheme of ['light', 'dark']) {
    for (const viewport of SIZES) {
      const lookTest = colorScheme === 'light' ? test : chromiumTest;
      const name = `${viewport.width}x${viewport.height}-${colorScheme}`;
      lookTest(`the window of ${name}: no accessibility violation with nothing, one, 20, 10,000 lines and an error`, () =>
        withPage({ ...CLIPBOARD, colorScheme, viewport }, async (page) => {
          const look = async (what) => {
            assert.deepEqual(await violations(page), []);
            await page.screenshot({ path: `${SCREENSHOTS}window-${name}-${what}.png` });
          };
          const summed = async (lines) => {
            await heard(page, `${lines} headline`);
            await page.locator('#words-from').getByText(new RegExp(`(over|the) ${lines}( headlines?)?\\.$`)).waitFor();
          };
          await ready(page);
          await look('0');
          for (const lines of [1, TWENTY.length]) {
            await overwrite(page, TWENTY.slice(0, lines));
            await summed(`${lines}`);
            await look(`${lines}`);
          }
          await page.evaluate(() => {
            location.hash = '#z=AAAA____';
          });
          await page.locator('#notice').getByText('The link is damaged').waitFor();
          await look('error');
          await page.getByRole('button', { name: 'Dismiss' }).click();
          await input(page).fill('');
          await paste(page, Array.from({ length: 10_000 }, (_, index) => TWENTY[index % TWENTY.length]).join('\n'));
          await summed('10,000');
          await look('10000');
        }));
    }
  }

  chromiumTest('forced colours and reduced motion: bars keep their patterns, nothing moves', () =>
    withPage(
      { forcedColors: 'active', reducedMotion: 'reduce', viewport: { width: 768, height: VIEWPORT_HEIGHT } },
      async (page) => {
        await ready(page);
        await full(page);
        assert.deepEqual(await violations(page), []);
        const patterns = await page
          .locator('#mood-bar .bar > span:not([hidden])')
          .evaluateAll((parts) => parts.map((part) => getComputedStyle(part).backgroundImage));
        assert.equal(new Set(patterns).size, patterns.length, 'told apart without colour');
        const moving = await page.evaluate(() =>
          document.getAnimations().filter(({ playState }) => playState === 'running').length,
        );
        assert.equal(moving, 0);
        await input(page).focus();
        await page.screenshot({ path: `${SCREENSHOTS}forced-colours.png`, fullPage: true });
      },
    ));
});
