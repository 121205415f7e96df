// Coins and companies: how the headlines stand that name each.

import { balanceOf } from '../www/barometer.js';
import { labelsOf } from '../www/scores.js';

/** The names in the headlines, with most headlines first, as `mentionsBatch` found them. */
export function byName(scored, tones, { names, counts, found }) {
  const sums = new Map();
  let at = 0;
  counts.forEach((count, index) => {
    for (const place of found.slice(at, (at += count))) {
      const sum = sums.get(place) ?? { name: names[place], headlines: 0, counts: tones.labels.map(() => 0) };
      sum.headlines += 1;
      labelsOf(scored, index, tones).forEach((label) => (sum.counts[label] += 1));
      sums.set(place, sum);
    }
  });
  return [...sums.values()]
    .map((sum) => ({ ...sum, balance: balanceOf(sum.counts, tones) }))
    .sort((a, b) => b.headlines - a.headlines || Number(a.name > b.name) - Number(a.name < b.name));
}
