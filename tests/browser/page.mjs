// The page under test, as a reader has it before them.

import { browser } from './browser.mjs';
import { visit } from './reader.mjs';

export * from './reader.mjs';

// To open a tab and its profile takes a browser two thirds of a visit.
const tabs = new Map();

/** `visit` in the browser of these tests. */
export const withPage = (options, use, more) => visit(browser, options, use, { ...more, tabs });
