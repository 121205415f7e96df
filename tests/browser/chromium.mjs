// The Chromium that the browser tests run in; `cargo xtask test` finds it and sets CHROMIUM.

import { chromium } from 'playwright-core';

// Chromium's own traffic off: what is left is the page's.
const QUIET = [
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
    throw new Error('CHROMIUM is not set: run this through `cargo xtask test`');
  }
  return { executablePath, args: QUIET };
}

export const launch = () => chromium.launch(options());

/** How long anything is waited for: longer than it takes on a busy machine. Errors say for what. */
export const PATIENCE_MS = 180_000;

/** A profile of its own in a browser, whose pages are as patient. */
export async function newContext(browser, options) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE_MS);
  return context;
}

/** One that can be killed, and the connection to it. */
export async function launchToKill() {
  const server = await chromium.launchServer(options());
  return { browser: await chromium.connect(server.wsEndpoint()), kill: () => server.kill() };
}
