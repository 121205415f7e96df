// One browser for all tests of a process: to start another takes Firefox as long as some visits.

import { after, before } from 'node:test';

import { launch } from './browsers.mjs';

/** There from the first test on; what runs before the tests runs beside what starts it. */
export let browser;

before(async () => {
  browser = await launch();
});
after(() => browser.close());
