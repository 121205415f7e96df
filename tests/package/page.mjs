// A page that uses the installed package, in a browser.

import assert from 'node:assert/strict';

import { newContext } from '../browser/browsers.mjs';
import { serve } from './serve.mjs';

export const html = (script, head = '') =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Test</title><link rel="icon" href="data:,">${head}</head>` +
  `<body>${script}</body></html>`;

/**
 * Runs `act` on a served page; nothing may go to the console unless `expected` knows it, and no request elsewhere.
 * `context` is the profile's, the other options the server's.
 */
export async function onPage(browser, folder, act, { expected = () => false, context: how, ...options } = {}) {
  const { address, requests, close } = await serve(folder, options);
  const context = await newContext(browser, how);
  try {
    const page = await context.newPage();
    const problems = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type()) && !expected(message.text())) {
        problems.push(message.text());
      }
    });
    // Firefox tells of what a policy holds back in this way.
    page.on('pageerror', (error) => expected(String(error)) || problems.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith(address) && !/^(blob|data):/.test(request.url())) {
        problems.push(`request to ${request.url()}`);
      }
    });
    await page.goto(address);
    await act(page, { address, requests });
    assert.deepEqual(problems, []);
  } finally {
    await context.close();
    await close();
  }
}
