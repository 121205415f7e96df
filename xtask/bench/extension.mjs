// What the extension costs a page: `cargo xtask bench extension`, which sets CHROMIUM.
//
//   node extension.mjs ROUNDS    a table of medians of so many rounds
//
// The same page is opened at an address that is allowed and at one that is not, and the time of its main thread is
// compared: the thread's own, so that others at work don't count. Nothing fails because of what is found.

import { setTimeout as wait } from 'node:timers/promises';

import { SITE, extended, serving, until } from '../../tests/extension/extended.mjs';

/** A reader scrolls so often, and each time so many headlines come. */
const STEPS = 25;
const ADDED = 20;
const AT_ONCE = 10_000;
/** For so long the page is left alone after the last, so that all of it is over. */
const REST_MS = 1500;

const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>News</title><link rel="icon" href="data:,">
<style>body { font: 16px/1.4 sans-serif; max-width: 700px; margin: auto }</style><main></main><script>
  const WHO = ['Harbour Bank', 'Northwind Oil', 'Kestrel Air', 'Alder Retail', 'Mint Exchange'];
  const WHAT = ['raises its outlook after a record quarter', 'halts withdrawals as losses mount', 'leaves its dividend unchanged', 'falls by a tenth on weak sales'];
  let count = 0;
  globalThis.add = (number) => {
    for (let index = 0; index < number; index += 1, count += 1) {
      const [article, heading, link, text] = ['article', 'h2', 'a', 'p'].map((name) => document.createElement(name));
      link.href = '/' + count;
      link.textContent = WHO[count % 5] + ' ' + WHAT[count % 4] + ', says report ' + count;
      text.textContent = 'A summary of two lines or so, as such pages have them, with nothing in it that matters. '.repeat(2);
      heading.append(link);
      article.append(heading, text);
      document.querySelector('main').append(article);
    }
    scrollTo(0, document.documentElement.scrollHeight);
  };
</script></html>`;

/** By name, how the headlines come, and how many these are. */
const WAYS = {
  'headlines added by scrolling, 20 at a time': {
    headlines: STEPS * ADDED,
    async act(page, isMarked) {
      for (let step = 1; step <= STEPS; step += 1) {
        await page.evaluate((number) => globalThis.add(number), ADDED);
        await (isMarked
          ? until(page, () => document.querySelector('article:last-child undertone-note') !== null)
          : wait(100));
      }
    },
  },
  '10,000 headlines at once': {
    headlines: AT_ONCE,
    async act(page, isMarked, tabOf) {
      await page.evaluate((number) => globalThis.add(number), AT_ONCE);
      if (isMarked) {
        await tabOf(AT_ONCE);
      }
    },
  },
};

const median = (numbers) => numbers.toSorted((a, b) => a - b)[(numbers.length - 1) >> 1];

const rounds = Number(process.argv[2]);
const served = await serving({ '/': PAGE });
const browser = await extended();
const options = await browser.own('options.html');
const found = Object.fromEntries(Object.keys(WAYS).map((name) => [name, []]));

/** The milliseconds of the main thread that a page takes by `act`. */
async function busy(address, act, isMarked) {
  const page = await browser.open(`${address}/`);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const taken = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return 1000 * metrics.find(({ name }) => name === 'TaskDuration').value;
  };
  const counted = (number) =>
    until(
      options,
      async ([url, wanted]) => {
        const [tab] = await chrome.tabs.query({ url });
        return (await chrome.action.getTitle({ tabId: tab.id })).includes(wanted);
      },
      [SITE, `${number / 1000},000 headlines`],
    );
  await wait(REST_MS);
  const before = await taken();
  await act(page, isMarked, counted);
  await wait(REST_MS);
  const ms = (await taken()) - before;
  await page.close();
  return ms;
}

try {
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, { headlines, act }] of Object.entries(WAYS)) {
      const without = await busy(served.address.replace('127.0.0.1', 'localhost'), act, false);
      const marked = await busy(served.address, act, true);
      found[name].push({ without: without / headlines, marked: marked / headlines });
    }
  }
} finally {
  await browser.close();
  await served.close();
}

console.log(`\n| ms of the main thread a headline, median of ${rounds} rounds | page alone | with marks | the extension's |`);
console.log('|---|---|---|---|');
for (const [name, times] of Object.entries(found)) {
  const cells = [
    median(times.map(({ without }) => without)),
    median(times.map(({ marked }) => marked)),
    median(times.map(({ marked, without }) => marked - without)),
  ];
  console.log(`| ${name} | ${cells.map((ms) => ms.toFixed(3)).join(' | ')} |`);
}
