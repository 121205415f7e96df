// Draws the icons from the page's: `CHROMIUM=/usr/bin/chromium node extension/icons/draw.mjs`, once they change.

import { readFileSync, writeFileSync } from 'node:fs';

import { launch } from '../../tests/browser/browsers.mjs';

const SIZES = [16, 32, 48, 128];

const svg = readFileSync(new URL('../../www/icon.svg', import.meta.url), 'utf8');
const browser = await launch();
try {
  const page = await browser.newPage();
  for (const size of SIZES) {
    await page.setViewportSize({ width: size, height: size });
    await page.setContent(`<style>body { margin: 0 } svg { display: block; width: ${size}px }</style>${svg}`);
    const png = await page.screenshot({ omitBackground: true });
    writeFileSync(new URL(`./${size}.png`, import.meta.url), png);
  }
} finally {
  await browser.close();
}
