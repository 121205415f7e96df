// Opens a served wasm-bindgen test page in headless Chromium, prints what it prints, and fails
// when a test does: `node run-wasm-tests.mjs ADDRESS`.

import { PATIENCE_MS, launch } from './browsers.mjs';

const browser = await launch();
try {
  const page = await browser.newPage();
  const crash = new Promise((_, reject) => page.once('pageerror', reject));
  await page.goto(process.argv[2]);
  const done = page.waitForFunction(
    () => /^test result: .*$/m.test(document.getElementById('output').textContent),
    null,
    { timeout: PATIENCE_MS },
  );
  try {
    await Promise.race([done, crash]);
  } catch (error) {
    console.error(`waited for the wasm tests to end: ${error}`);
  }
  const output = await page.textContent('#output');
  console.log(output);
  process.exitCode = /^test result: ok/m.test(output) ? 0 : 1;
} finally {
  await browser.close();
}
