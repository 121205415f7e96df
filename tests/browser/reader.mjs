// What a reader does on the page, in whatever browser it is open.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { PATIENCE_MS, isOfFirefox, newContext } from './browsers.mjs';

/** Where `cargo xtask` serves the page. */
export const PAGE = process.env.PAGE;

export const HEADLINES = [
  'Chipmaker raises full-year outlook after record quarter',
  'Exchange halts withdrawals as losses mount',
  'Central bank leaves rates unchanged',
];

/** A morning's paste. */
export const TWENTY = [
  'Chipmaker raises full-year outlook after record quarter',
  'Exchange halts withdrawals as losses mount',
  'Central bank leaves rates unchanged, and says that it will look at wages, rents and the price of energy before it decides again',
  'Ferry operator opens a second route to the islands',
  'Grocer’s profit falls by a third as shoppers trade down',
  'Wind farm builder wins its largest order so far',
  'Insurer names new head of claims',
  'Bitcoin slides below support as funds withdraw',
  'Airline restores its dividend after four years',
  'Regulator fines lender over hidden fees',
  'Brewer to publish half-year results on Thursday',
  'Steelmaker shuts its last blast furnace, 900 jobs go',
  'Start-up raises 40 million to recycle batteries',
  'Court dismisses lawsuit against drugmaker',
  'Housing starts rise for a third month',
  'Carmaker recalls 80,000 vans over faulty brakes',
  'Wallet provider drained of tokens in overnight hack',
  'Software group beats expectations and lifts forecast',
  'Port workers vote on pay offer',
  'Retail chain files for bankruptcy protection',
];

/** A phone and a laptop. */
export const SIZES = [
  { width: 390, height: 844 },
  { width: 1440, height: 1000 },
];

/** What Playwright gives a page whose size nobody asked for. */
const VIEWPORT = { width: 1280, height: 720 };

/** A tab in a profile of its own. */
async function newTab(browser, { serviceWorker = false, ...options }) {
  const context = await newContext(browser, options);
  if (!serviceWorker) {
    await context.addInitScript(() => {
      Object.defineProperty(Navigator.prototype, 'serviceWorker', { value: undefined });
    });
  }
  await context.addInitScript(() => {
    window.said = [];
    const note = (changes) => {
      for (const { target, addedNodes } of changes) {
        if (target.id === 'announcement') {
          window.said.push(...Array.from(addedNodes, ({ data }) => data));
        }
      }
    };
    new MutationObserver(note).observe(document, { subtree: true, childList: true });
  });
  return context.newPage();
}

/** Empties the storage that an earlier visit had in a tab: nothing else is kept. */
const empty = (tab) =>
  tab.evaluate(() => {
    localStorage.clear();
    // A page stores what is on it when it is left.
    Storage.prototype.setItem = () => {};
  });

/**
 * Opens the page, runs `use` on it, and fails on anything in the console and on any request to
 * elsewhere, unless `expected` accepts the message. Without a service worker, unless asked for, so
 * that requests can be seen and held. Goes on in one of `tabs`, those that other visits of the browser are done
 * with by what they were opened with, and leaves its own there; without them in a tab of its own.
 */
export async function visit(browser, options, use, { prepare, expected = () => false, at = PAGE, tabs } = {}) {
  const { viewport = VIEWPORT, ...rest } = options;
  // What was prepared can't be taken back, and a service worker stays.
  const kind = !tabs || prepare || rest.serviceWorker || at !== PAGE ? null : JSON.stringify(rest);
  const known = tabs?.get(kind);
  tabs?.delete(kind);
  const page = known ?? (await newTab(browser, { viewport, ...rest }));
  const context = page.context();
  let isKept = false;
  try {
    if (known) {
      // Keys go to the window in front.
      await page.bringToFront();
      await empty(page);
      await page.setViewportSize(viewport);
    }
    const problems = [];
    const note = (name, text) => {
      if (!expected(text) && !isOfFirefox(text)) {
        problems.push(`${name}: ${text}`);
      }
    };
    const listeners = {
      console: (message) => note(message.type(), message.text()),
      // Firefox tells of what a policy holds back in this way.
      pageerror: (error) => note('thrown', String(error)),
      request(request) {
        if (!request.url().startsWith(new URL(at).origin) && !request.url().startsWith('blob:')) {
          problems.push(`request to ${request.url()}`);
        }
      },
    };
    Object.entries(listeners).forEach(([event, listener]) => page.on(event, listener));
    await prepare?.(page);
    await page.goto(at);
    await use(page, context);
    assert.deepEqual(problems, []);
    Object.entries(listeners).forEach(([event, listener]) => page.off(event, listener));
    await page.unrouteAll();
    await Promise.all(context.pages().filter((other) => other !== page).map((other) => other.close()));
    isKept = kind !== null;
  } finally {
    if (isKept) {
      tabs.set(kind, page);
    } else {
      await context.close();
    }
  }
}

export const ready = (page) => page.getByText('Results appear here as you type.').waitFor();
export const input = (page) => page.getByRole('textbox', { name: 'Headlines' });
export const rows = (page) => page.locator('#list > li');
export const headlines = (page) => page.locator('#list .headline').allTextContents();

/** Types headlines once the model is there, and waits for their scores. */
export async function write(page, lines) {
  await ready(page);
  await overwrite(page, lines);
}

/** Writes headlines in place of those that are there, and waits for their scores. */
export async function overwrite(page, lines) {
  // Not `fill`: its editing command takes seconds for a thousand lines, which a paste does not.
  await input(page).evaluate((area, text) => {
    area.value = text;
    area.dispatchEvent(new Event('input', { bubbles: true }));
  }, lines.join('\n'));
  const count = lines.filter((line) => line.trim() !== '').length;
  await scoredRows(page, count);
}

/** Waits until the list has so many lines, in sight or not. */
export const scoredRows = (page, count) =>
  page.locator(`#list > li[aria-setsize="${count}"] .verdict`).first().waitFor();

/** Waits until the page has said so to a screen reader. What it says next may come at once. */
export const heard = (page, text) =>
  page.waitForFunction((wanted) => window.said.some((each) => each.includes(wanted)), text);

/** Waits until the page has kept, or forgotten, what was pasted: it does when its reader pauses. */
export const kept = (page, text) =>
  page.waitForFunction(
    (typed) => (typed === null ? localStorage.length === 0 : JSON.parse(localStorage.undertone ?? '{}').typed === typed),
    text,
  );

/** What is to happen while a long list is scored can take its time: the worker's batches after the first few wait
 * until `releaseBatches`. */
export const holdBatches = (page) =>
  page.addInitScript(() => {
    const { postMessage } = Worker.prototype;
    // Two of the page's blocks.
    window.passing = 4;
    window.held = [];
    Worker.prototype.postMessage = function (message, ...rest) {
      const send = () => postMessage.call(this, message, ...rest);
      if (message?.method !== 'scoreBatch') {
        send();
      } else if (window.passing > 0) {
        window.passing -= 1;
        send();
      } else {
        window.held.push(send);
      }
    };
  });
export const releaseBatches = (page) =>
  page.evaluate(() => {
    window.passing = Infinity;
    window.held.splice(0).forEach((send) => send());
  });

/** Pastes with the keyboard. The context needs the clipboard permissions. */
export async function paste(page, text) {
  // Firefox lets a driver's call write for a few seconds only: a long text must be there by then, and a busy
  // machine may need another try.
  await page.evaluate((content) => {
    window.toPaste = content;
  }, text);
  for (const end = performance.now() + PATIENCE_MS; ; ) {
    try {
      await page.evaluate(() => navigator.clipboard.writeText(window.toPaste));
      break;
    } catch (error) {
      if (!error.message.includes('user activation') || performance.now() > end) {
        throw error;
      }
    }
  }
  await input(page).press('Control+V');
}
export const CLIPBOARD = { permissions: ['clipboard-read', 'clipboard-write'] };

/** A file as a browser is given it. Whatever is in it, the page looks at that and not at its type. */
export const asFile = (name, content) => ({
  name,
  mimeType: 'application/octet-stream',
  buffer: Buffer.from(content),
});

/** Opens a file through the page's button. */
export async function openFile(page, name, content) {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Open a file' }).click();
  await (await chooser).setFiles(asFile(name, content));
}

/** Opens the panel on the model and this page load. */
export async function openAbout(page) {
  await page.getByRole('button', { name: 'About' }).click();
  await page.locator('#about').waitFor();
}

/** What a click downloads. */
export async function downloaded(page, button) {
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: button, exact: true }).click();
  const file = await download;
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

export { violations } from './axe.mjs';
