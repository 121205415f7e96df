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

export function launch() {
  const executablePath = process.env.CHROMIUM;
  if (!executablePath) {
    throw new Error('CHROMIUM is not set: run this through `cargo xtask test`');
  }
  return chromium.launch({ executablePath, args: QUIET });
}
