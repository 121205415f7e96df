// What axe-core finds against a page.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The page's policy allows scripts of its own origin only; Playwright's evaluate is not bound by it. */
export async function violations(page) {
  if (!(await page.evaluate(() => 'axe' in window))) {
    await page.evaluate(AXE);
  }
  // What was found is large, and told in a few words here.
  const { passed, violated } = await page.evaluate(async () => {
    const { passes, violations } = await axe.run({ resultTypes: ['violations'] });
    const violated = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    return { passed: passes.length, violated };
  });
  assert.ok(passed > 0, 'axe checked something');
  return violated;
}
