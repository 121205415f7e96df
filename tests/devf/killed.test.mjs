// A browser that is killed while it saves the corrected model: what was there is whole, or the new
// model is, and nothing stands under a model's name that is none.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { PATIENCE_MS, launchToKill, newContext } from './browsers.mjs';
import { HEADLINES, PAGE, rows, write } from './page.mjs';

/** Each takes a browser of its own, and with it a second or two. `KILLS=200` tries more. */
const KILLS = Number(process.env.KILLS ?? 20);
const OLD = Buffer.from('an older model');

/** A browser whose reader is about to save a corrected model into a folder. */
async function beforeSaving(folder) {
  const { browser, kill } = await launchToKill();
  const context = await newContext(browser);
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  const { targetInfo } = await session.send('Target.getTargetInfo');
  // Playwright would keep the file under a name of its own.
  await session.send('Browser.setDownloadBehavior', {
    behavior: 'allow',
    downloadPath: folder,
    browserContextId: targetInfo.browserContextId,
  });
  await page.goto(PAGE);
  await write(page, HEADLINES);
  await rows(page).nth(1).locator('.toggle').click();
  await rows(page).nth(1).getByRole('button', { name: 'positive', exact: true }).click();
  const button = page.getByRole('button', { name: 'Save as model.bin' });
  await button.waitFor();
  // The kill may come first.
  return { save: () => button.click().catch(() => {}), kill };
}

test('a saved model is whole, whenever the browser is killed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'undertone-killed-'));
  const path = join(folder, 'model.bin');
  const models = () =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.bin'))
      .map((name) => readFileSync(join(folder, name)));
  const isSaved = () => models().some((bytes) => !bytes.equals(OLD));
  const untilSaved = async () => {
    for (const end = performance.now() + PATIENCE_MS; !isSaved(); await wait(1)) {
      assert.ok(performance.now() < end, `waited ${PATIENCE_MS} ms for the model to be saved`);
    }
  };
  try {
    writeFileSync(path, OLD);
    const first = await beforeSaving(folder);
    const begun = performance.now();
    await first.save();
    await untilSaved();
    const whole = performance.now() - begun;
    const saved = models().find((bytes) => !bytes.equals(OLD));
    await first.kill();
    const shipped = readFileSync('model.bin');
    assert.ok(saved.length > shipped.length / 2 && !saved.equals(shipped), `${saved.length} bytes`);

    const times = { old: 0, new: 0 };
    for (let n = 0; n < KILLS; n += 1) {
      for (const name of readdirSync(folder)) {
        rmSync(join(folder, name), { recursive: true });
      }
      writeFileSync(path, OLD);
      const { save, kill } = await beforeSaving(folder);
      save();
      if (n < KILLS - 1) {
        // Instants spread evenly over twice the time that saving took, from none on.
        await wait((2 * whole * n) / KILLS);
      } else {
        await untilSaved();
      }
      await kill();
      const found = models();
      assert.ok(found.length > 0, 'neither the old model nor a new one');
      for (const bytes of found) {
        assert.ok(bytes.equals(OLD) || bytes.equals(saved), `${bytes.length} bytes are no model`);
      }
      times[isSaved() ? 'new' : 'old'] += 1;
    }
    // The first was killed before it had saved anything, and the last one after.
    assert.ok(times.old > 0 && times.new > 0, JSON.stringify(times));
    console.log(`killed ${KILLS} times: ${JSON.stringify(times)}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
