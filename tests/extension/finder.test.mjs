// What a headline is, by `extension/headlines.js` in a page of its own.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { launch } from '../browser/browsers.mjs';

const SOURCE = readFileSync(new URL('../../extension/headlines.js', import.meta.url), 'utf8');
const LONG = 'Exchange halts withdrawals as losses mount';

let browser;
let page;
before(async () => {
  browser = await launch();
  page = await browser.newPage();
  await page.evaluate(async (source) => {
    globalThis.finder = await import(`data:text/javascript,${encodeURIComponent(source)}`);
  }, SOURCE);
});
after(() => browser.close());

/** What the finder takes for headlines in a page with this body. */
const found = (body) =>
  page.evaluate((markup) => {
    document.body.innerHTML = markup;
    const { CANDIDATES, headlineOf } = globalThis.finder;
    return [...document.querySelectorAll(CANDIDATES)].map(headlineOf).filter((text) => text !== undefined);
  }, body);

const CASES = {
  'a heading with a link, and one within a link': [
    `<h3><a href="/">${LONG}</a></h3><a href="/"><h4>${LONG}</h4></a>`,
    [LONG, LONG],
  ],
  'the first heading of an article, and no later one': [
    `<article><h2>${LONG}</h2><h3>What happens next in this matter</h3></article>`,
    [LONG],
  ],
  'a short heading is the name of a section, and a long one a text': [
    `<h2><a href="/">Latest news</a></h2><h2><a href="/">${`${LONG} `.repeat(9)}</a></h2>`,
    [],
  ],
  'what is named a headline is one, however short': ['<p itemprop="headline">Rates unchanged</p>', ['Rates unchanged']],
  'a link in prose is none, and one that is its paragraph is': [
    `<li><p>They said in <a href="/">a letter that names no reason</a> that they would go on as before.</p></li><li><p><a href="/">${LONG}</a> →</p></li>`,
    [LONG],
  ],
  'a link by itself is none': [`<div><div><a href="/">${LONG}</a></div></div>`, []],
  'of a menu, a footer, a dialog and an editor nothing is': [
    `<nav><h2><a href="/">${LONG}</a></h2></nav><footer><h2><a href="/">${LONG}</a></h2></footer>` +
      `<div role="dialog"><h2><a href="/">${LONG}</a></h2></div><div contenteditable="true"><h2><a href="/">${LONG}</a></h2></div>`,
    [],
  ],
  'of its words those are left out that a reader doesn’t see': [
    `<h2><a href="/"><svg><title>Video</title></svg>Exchange halts <em>with</em>drawals<span hidden>, live</span> as <b>losses</b>\n mount<time>10:02</time></a></h2>`,
    [LONG],
  ],
  'writing without spaces has headlines, too': ['<h1>日銀は金利を据え置くと発表した</h1>', ['日銀は金利を据え置くと発表した']],
};

describe('the finder', () => {
  for (const [name, [body, headlines]] of Object.entries(CASES)) {
    test(name, async () => assert.deepEqual(await found(body), headlines));
  }
});
