// What the page takes in time: the median of a few fresh visits, each begun when the machine is idle.

import assert from 'node:assert/strict';
import { cpus } from 'node:os';
import { setTimeout } from 'node:timers/promises';

const VISITS = 5;
/** A round during which another program was at work is repeated so often, and no other round is. */
const MOST_ROUNDS = 3;
/** The machine is idle when it has used less than this share of its processors, for so long. */
const IDLE_BELOW = 0.15;
const IDLE_FOR_MS = 300;
/** How long a visit waits for that. */
const PATIENCE_MS = 3000;

/** The share of the processors that is used during the next IDLE_FOR_MS. */
async function used() {
  const before = cpus();
  await setTimeout(IDLE_FOR_MS);
  const after = cpus();
  let [idle, all] = [0, 0];
  after.forEach(({ times }, index) => {
    for (const [state, ms] of Object.entries(times)) {
      const spent = ms - before[index].times[state];
      all += spent;
      idle += state === 'idle' ? spent : 0;
    }
  });
  return 1 - idle / all;
}

async function isIdle() {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; ) {
    if ((await used()) < IDLE_BELOW) {
      return true;
    }
  }
  return false;
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

/**
 * Asserts of the medians of what `visit` measures, by name, that they are within `budgets`. `visit`
 * is handed what to await before it begins, with its browser at rest.
 */
export async function medians(budgets, visit) {
  for (let round = 1; ; round += 1) {
    const found = [];
    let idle = true;
    const begin = async () => {
      idle = (await isIdle()) && idle;
    };
    for (let count = 0; count < VISITS; count += 1) {
      found.push(await visit(begin));
    }
    // What came during the last visit is still there.
    idle = (await used()) < IDLE_BELOW && idle;
    const names = Object.keys(budgets);
    const middle = Object.fromEntries(names.map((name) => [name, median(found.map((each) => each[name]))]));
    const text = `medians ${JSON.stringify(middle)} of ${JSON.stringify(found)}${idle ? '' : ', machine busy'}`;
    console.log(text);
    if (names.every((name) => middle[name] <= budgets[name])) {
      return;
    }
    assert.ok(!idle && round < MOST_ROUNDS, `expected at most ${JSON.stringify(budgets)}, found ${text}`);
  }
}
