// The browser that the tests run in: `cargo xtask test` finds it and sets CHROMIUM, or FIREFOX.

import { test } from 'node:test';

import { chromium, firefox } from 'playwright-core';

/** Firefox as distributions and Mozilla ship it, which Playwright drives by WebDriver BiDi. */
const FIREFOX = process.env.FIREFOX;

/** How long anything is waited for: longer than it takes on a busy machine. Errors say for what. */
export const PATIENCE_MS = 180_000;

// Chromium's own traffic off: what is left is the page's.
export const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-gpu',
  '--disable-quic',
  '--disable-sync',
  '--no-first-run',
];

function options() {
  const executablePath = process.env.CHROMIUM;
  if (!executablePath) {
    throw new Error('neither CHROMIUM nor FIREFOX is set: run this through `cargo xtask test`');
  }
  return { executablePath, args: QUIET };
}

const PREFERENCES = {
  // A press of a key lets a page use the clipboard for 5 s, which a busy machine may need to get there.
  'dom.user_activation.transient.timeout': PATIENCE_MS,
  // Frames a second, of 60 that nobody looks at: a tenth less of a processor.
  'layout.frame_rate': 20,
};

export const launch = () =>
  FIREFOX
    ? firefox.launch({ channel: 'moz-firefox', executablePath: FIREFOX, firefoxUserPrefs: PREFERENCES })
    : chromium.launch(options());

/** One that can be killed, and the connection to it. */
export async function launchToKill() {
  const server = await chromium.launchServer(options());
  return { browser: await chromium.connect(server.wsEndpoint()), kill: () => server.kill() };
}

/** A profile of its own in a browser, whose pages are as patient. */
export async function newContext(browser, options) {
  // BiDi knows no permissions for the clipboard, and Firefox asks for none from a driver.
  const { permissions, ...rest } = options ?? {};
  const context = await browser.newContext(FIREFOX ? rest : { ...rest, permissions });
  context.setDefaultTimeout(PATIENCE_MS);
  return context;
}

/**
 * A test of what only Chromium can be driven to do or tells of, and skipped in Firefox: over BiDi Playwright hears
 * of no download and of one file chooser a page, has no CDP session, and emulates no media;
 * and Firefox notes no layout shifts.
 */
export const chromiumTest = FIREFOX ? (name, run) => test(name, { skip: 'needs Chromium' }, run) : test;

/**
 * Whether a message is of Firefox's, or of its driver's, and not of the page's: that the page's policy holds back the
 * style by which Playwright hides the caret in a screenshot, and that what was under way ends when a page is left.
 */
export const isOfFirefox = (text) =>
  Boolean(FIREFOX) &&
  /blocked an inline style \(style-src-elem\)|will not work without a network: Error$|error loading dynamically imported module|A ServiceWorker intercepted the request and encountered an unexpected error/.test(
    text,
  );
