// What the page takes in time: `cargo xtask bench page`, which sets CHROMIUM and PAGE.
//
//   node page.mjs visits VISITS   a table of medians of so many fresh visits each, in rounds that take turns
//   node page.mjs again VISITS    where the time to the first score goes when the page has been visited before
//
// Each is set beside the least that it could take: a page of nothing but the worker and the model. What else
// the machine did is said, and nothing here fails because of it.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { deflateRawSync } from 'node:zlib';

import { launch } from '../../tests/browser/browsers.mjs';
import { CLIPBOARD, HEADLINES, PAGE, input, openAbout, ready, rows, visit } from '../../tests/browser/reader.mjs';

const LINES = 10_000;
const MANY = 1_000_000;
/** Rows of a labelled file that is trained on. */
const ROWS = 10_000;
const MANY_ROWS = 200_000;
/** For so long before a visit the processors are watched, and the page is left alone after it has loaded. */
const REST_MS = 300;
const FIRST_SCORE = 'first-score';

const BARE = `${PAGE}bare.html`;
const BARE_PAGE = `<!doctype html><html lang="en"><title>Bare</title><link rel="icon" href="data:,">
<script type="module">
  import { load } from './pkg/worker.js';
  const classifier = await load();
  await classifier.classify('Exchange halts withdrawals as losses mount');
  performance.mark('${FIRST_SCORE}');
  globalThis.classifier = classifier;
</script></html>`;

const NAMES = ['Harbour Bank', 'Northwind Oil', 'Kestrel Air', 'Alder Retail', 'Mint Exchange'];
const NEWS = [
  'raises its outlook after a record quarter',
  'halts withdrawals as losses mount',
  'leaves its dividend unchanged',
  'falls by a tenth on weak sales',
];
const headline = (index) => `${NAMES[index % 5]} ${NEWS[index % 4]}, says report ${index}`;
const lines = (count) => Array.from({ length: count }, (_, index) => headline(index));

/** A file of so many labelled headlines: the repository's own, again and again. */
function labelled(count) {
  const [heading, ...all] = readFileSync('data/headlines.csv', 'utf8').trimEnd().split('\n');
  return [heading, ...Array.from({ length: count }, (_, index) => all[index % all.length])].join('\n');
}

/** What the page's own link to these headlines ends in. */
const linkOf = (texts) => `#z=${deflateRawSync(texts.join('\n')).toString('base64url')}`;

/** The time of the first score from navigation, when nothing on the page has been asked for it. */
async function firstScore(page) {
  let mark;
  do {
    // Whoever looks for something on the page takes part in what is measured.
    await page.waitForTimeout(5 * REST_MS);
    mark = await page.evaluate((name) => performance.getEntriesByName(name)[0]?.startTime, FIRST_SCORE);
  } while (mark === undefined);
  return mark;
}

/** Notes how long the main thread was busy at a stretch, in ms. */
const watch = (page) =>
  page.evaluate(() => {
    window.busy = [];
    new PerformanceObserver((list) => {
      window.busy.push(...list.getEntries().map(({ duration }) => duration));
    }).observe({ type: 'longtask' });
  });
/** The longest stretch, and 0 where there was none of 50 ms, which is what browsers tell. */
const longest = (page) => page.evaluate(() => Math.max(0, ...window.busy));

const bare = {
  at: BARE,
  prepare: (page) => page.route(BARE, (route) => route.fulfill({ contentType: 'text/html', body: BARE_PAGE })),
};

/** By name what a visit measures, each a number of milliseconds. */
const MEASURES = {
  'first score, nothing but worker and model': (open) => open({}, firstScore, bare),
  'first score, an empty page': (open) => open({}, firstScore),
  'first score, headlines in a link': (open) =>
    open(
      {},
      async (page) => {
        const ms = await firstScore(page);
        await rows(page).nth(HEADLINES.length - 1).waitFor();
        return ms;
      },
      { at: `${PAGE}${linkOf(HEADLINES)}` },
    ),
  '10,000 lines, scored by nothing but the worker': (open) =>
    open(
      {},
      async (page) => {
        await page.waitForFunction(() => globalThis.classifier);
        return page.evaluate(async (texts) => {
          const begun = performance.now();
          await globalThis.classifier.scoreBatch(texts);
          return performance.now() - begun;
        }, lines(LINES));
      },
      bare,
    ),
  '10,000 lines pasted': (open) => open(CLIPBOARD, async (page) => (await pasted(page)).ms),
  'longest task meanwhile': (open) => open(CLIPBOARD, async (page) => (await pasted(page)).longest),
  'longest task while a worker scores a million lines': (open) =>
    open(
      {},
      async (page) => {
        await page.waitForFunction(() => globalThis.classifier);
        await page.evaluate((count) => {
          globalThis.texts = Array.from({ length: count }, (_, index) => `Shares rise ${index} points`);
        }, MANY);
        await page.waitForTimeout(REST_MS);
        await watch(page);
        await page.evaluate(async () => {
          await globalThis.classifier.scoreBatch(globalThis.texts);
        });
        await page.waitForTimeout(REST_MS);
        return longest(page);
      },
      bare,
    ),
  'training on 10,000 headlines, with a learning curve': (open) =>
    open({}, async (page) => (await trained(page, ROWS)).ms),
  'longest task while they are read and trained on': (open) =>
    open({}, async (page) => (await trained(page, ROWS)).longest),
  'longest task while 200,000 rows are read and trained on': (open) =>
    open({}, async (page) => (await trained(page, MANY_ROWS)).longest),
};

/** Trains by the page's buttons: the time from the one that trains to the scores. */
async function trained(page, count) {
  await ready(page);
  await page.getByText('Train your own').click();
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Choose a labelled file' }).click();
  // A file of the disk: what is handed over as bytes, the driver puts together on the page's main thread.
  const folder = mkdtempSync(join(tmpdir(), 'undertone-'));
  try {
    const path = join(folder, 'labelled.csv');
    writeFileSync(path, labelled(count));
    await page.waitForTimeout(REST_MS);
    await watch(page);
    await (await chooser).setFiles(path);
    const train = page.getByRole('button', { name: 'Train', exact: true });
    await train.waitFor();
    const begun = performance.now();
    await train.click();
    await page.getByRole('heading', { name: 'How good it is' }).waitFor();
    const ms = performance.now() - begun;
    await page.waitForTimeout(REST_MS);
    return { ms, longest: await longest(page) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function pasted(page) {
  await ready(page);
  await page.evaluate((text) => navigator.clipboard.writeText(text), lines(LINES).join('\n'));
  await input(page).focus();
  await page.waitForTimeout(REST_MS);
  await watch(page);
  await page.keyboard.press('Control+V');
  await page.getByRole('status').getByText('10,000 headlines').waitFor();
  await page.locator('#words li').first().waitFor();
  const busy = await longest(page);
  await openAbout(page);
  const speed = await page.getByText(/^10,000 lines in \d+ ms/).textContent();
  return { ms: Number(speed.match(/in (\d+) ms/)[1]), longest: busy };
}

/** What takes half a minute is measured in so many rounds only. */
const LONG_ROUNDS = { 'longest task while 200,000 rows are read and trained on': 3 };

/** What each measure is set beside. */
const BESIDE = {
  'first score, an empty page': 'first score, nothing but worker and model',
  'first score, headlines in a link': 'first score, nothing but worker and model',
  '10,000 lines pasted': '10,000 lines, scored by nothing but the worker',
};

/** Shows on a terminal where it is, in place of what was shown before. */
function showProgress(text) {
  if (process.stderr.isTTY) {
    process.stderr.write(`\x1b[2K\r${text}`);
  }
}

/** The share of the processors that is used during REST_MS. */
async function used() {
  const before = cpus();
  await wait(REST_MS);
  let [idle, all] = [0, 0];
  cpus().forEach(({ times }, index) => {
    for (const [state, ms] of Object.entries(times)) {
      const spent = ms - before[index].times[state];
      all += spent;
      idle += state === 'idle' ? spent : 0;
    }
  });
  return 1 - idle / all;
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[(numbers.length - 1) >> 1];

/**
 * The moments, in ms from navigation, by which what a first score needs was there, on a page whose files are
 * in the caches of its browser and of its service worker.
 */
async function stages(page, context) {
  await firstScore(page);
  await page.evaluate(() => navigator.serviceWorker.ready);
  const next = await context.newPage();
  await next.goto(PAGE);
  await firstScore(next);
  return next.evaluate(() => {
    const at = (name) => performance.getEntriesByName(name)[0].startTime;
    const [navigation] = performance.getEntriesByType('navigation');
    const ends = (suffix) =>
      performance.getEntriesByType('resource').find(({ name }) => name.endsWith(suffix)).responseEnd;
    return {
      'the page has come': navigation.responseEnd,
      'the script of the worker has come': ends('pkg/worker.js'),
      'the module has come': ends('pkg/undertone_bg.wasm'),
      'the module is compiled': at('module-compiled'),
      'the model is open': at('model-open'),
      'the first score is there': at('first-score'),
    };
  });
}

const [what, visits] = [process.argv[2], Number(process.argv[3])];
if (what === 'again') {
  const browser = await launch();
  const found = {};
  try {
    for (let round = 0; round < visits; round += 1) {
      await visit(browser, { serviceWorker: true }, async (page, context) => {
        for (const [stage, ms] of Object.entries(await stages(page, context))) {
          (found[stage] ??= []).push(ms);
        }
      });
    }
  } finally {
    await browser.close();
  }
  const name = process.env.FIREFOX ? 'Firefox' : 'Chromium';
  console.log(`| ${name}, a second visit: ms from navigation until | median of ${visits} (least to most) |\n|---|---|`);
  for (const [stage, times] of Object.entries(found)) {
    const range = [Math.min(...times), Math.max(...times)].map(Math.round).join(' to ');
    console.log(`| ${stage} | ${Math.round(median(times))} (${range}) |`);
  }
  process.exit();
}

const found = Object.fromEntries(Object.keys(MEASURES).map((name) => [name, []]));
const busy = [];
const browser = await launch();
try {
  for (let round = 0; round < visits; round += 1) {
    for (const [name, measure] of Object.entries(MEASURES)) {
      if (round >= LONG_ROUNDS[name]) {
        continue;
      }
      showProgress(`round ${round + 1} of ${visits}: ${name}`);
      busy.push(await used());
      let ms;
      const open = (options, use, more) =>
        visit(
          browser,
          options,
          async (page) => {
            ms = await use(page);
          },
          more,
        );
      await measure(open);
      found[name].push(ms);
    }
  }
} finally {
  await browser.close();
  showProgress('');
}

console.log(`| ms, median of visits (least to most) | visits | page | beside | ratio |\n|---|---|---|---|---|`);
for (const [name, times] of Object.entries(found)) {
  const ms = median(times);
  const other = BESIDE[name] === undefined ? undefined : median(found[BESIDE[name]]);
  const range = [Math.min(...times), Math.max(...times)].map(Math.round).join(' to ');
  const ratio = other === undefined ? ' | ' : `${Math.round(other)} | ${(ms / other).toFixed(2)}×`;
  console.log(`| ${name} | ${times.length} | ${Math.round(ms)} (${range}) | ${ratio} |`);
}
const share = Math.round(100 * median(busy));
console.log(`\nBefore the visits ${share} % of ${availableParallelism()} processors were in use (median).`);
