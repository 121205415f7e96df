// The balance of a page on the extension's button.

import { balanceOf } from '../www/barometer.js';
import { lineCount, points } from '../www/numbers.js';
import { tonesOf } from '../www/tones.js';

import { api } from './api.js';

/** White on these is readable; which it is the sign says, too. */
const COLOURS = { up: '#1f5f9e', down: '#a8430c', flat: '#566070' };

/** @param {{ model: object, counts: number[] }} counted how many headlines of the page have each label */
export async function showBadge({ model, counts }, { tab }) {
  const tones = tonesOf(model.labels, model);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const hasBalance = tones.positive >= 0 && total > 0;
  const balance = hasBalance ? points(balanceOf(counts, tones)) : '';
  const tone = { '+': 'up', '−': 'down' }[balance[0]] ?? 'flat';
  const { action } = api;
  const tabId = tab.id;
  await Promise.all([
    action.setBadgeBackgroundColor({ tabId, color: COLOURS[tone] }),
    action.setBadgeTextColor({ tabId, color: '#ffffff' }),
    action.setBadgeText({ tabId, text: hasBalance ? balance : total > 0 ? String(total) : '' }),
    action.setTitle({
      tabId,
      title: `Undertone: ${hasBalance ? `balance ${balance} of ` : ''}${lineCount(total)}`,
    }),
  ]);
}
