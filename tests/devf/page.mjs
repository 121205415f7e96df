// The page under test, as a reader has it before them.

import { after, before } from 'node:test';

import { launch } from './browsers.mjs';
import { visit } from './reader.mjs';

export * from './reader.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** `visit` in the browser of this file's tests. */
export const withPage = (options, use, more) => visit(browser, options, use, more);
