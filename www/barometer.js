// The mood of the whole list: in one line above it, and at large.

import { byId, element } from './element.js';
import { bar, figures } from './headline.js';
import { difference, wilson } from './interval.js';
import { count, lineCount, logits, percent, points } from './numbers.js';
import { UNSCORED, isForeign, isUnsure, labelsOf } from './scores.js';
import { unsureText } from './tones.js';

/** So many words of each direction. */
const MOST_WORDS = 5;
/** A model with more labels has its most frequent ones listed. */
const MOST_LABELS = 8;

/**
 * How many lines there are of each label, how many are unsure and how many of these foreign, and in `top`
 * the line that is most so, -1 for none.
 */
export function summary(scored, tones) {
  const { classes, probabilities, labels } = scored;
  const counts = new Array(labels).fill(0);
  const top = new Array(labels).fill(-1);
  let total = 0;
  let unsure = 0;
  let foreign = 0;
  for (let index = 0; index < classes.length; index += 1) {
    if (classes[index] === UNSCORED) {
      continue;
    }
    total += 1;
    unsure += Number(isUnsure(scored, index, tones));
    foreign += Number(isForeign(scored, index, tones));
    for (const label of labelsOf(scored, index, tones)) {
      counts[label] += 1;
      const best = top[label];
      if (best < 0 || probabilities[index * labels + label] > probabilities[best * labels + label]) {
        top[label] = index;
      }
    }
  }
  return { counts, total, unsure, foreign, top };
}

/** The balance of lines of which so many have each label, by a model whose labels have a scale. */
export const balanceOf = (counts, { positive, negative }) =>
  (counts[positive] - counts[negative]) / (counts.reduce((a, b) => a + b, 0) || 1);

export function showBarometer(scored, tones) {
  const { counts, total, unsure, foreign, top } = summary(scored, tones);
  const shares = counts.map((n) => n / (total || 1));
  const frequent = [...counts.keys()].sort((a, b) => counts[b] - counts[a]);
  const listed = frequent.slice(0, MOST_LABELS).sort((a, b) => a - b);
  byId('mood-bar').replaceChildren(bar(shares, tones));
  byId('shares').replaceChildren(
    ...listed.map((index) => {
      const [low, high] = wilson(counts[index], total);
      return element(
        'li',
        '',
        element('span', `swatch ${tones.names[index]}`),
        element('span', 'share', percent(shares[index])),
        element('span', 'name', tones.labels[index]),
        element('span', 'range', `${percent(low)} to ${percent(high)} · ${count(counts[index])}`),
      );
    }),
  );

  const { positive, negative } = tones;
  const scale = positive >= 0;
  const balance = points(balanceOf(counts, tones));
  byId('to-mood').textContent = scale ? `Balance ${balance}` : 'Mood';
  byId('slim').replaceChildren(bar(shares, tones), figures(shares, [frequent[0]], tones, 0));
  byId('balance-part').hidden = !scale;
  if (scale) {
    const [low, high] = difference(counts[positive], counts[negative], total);
    byId('balance-of').textContent = `${tones.labels[positive]} minus ${tones.labels[negative]}, in points`;
    byId('balance').textContent = balance;
    byId('balance-range').textContent = `${points(low)} to ${points(high)}`;
  }
  const others = counts.length - listed.length;
  byId('unsure').textContent =
    `${count(unsure)} of ${count(total)} ${unsureText(tones)}` +
    (foreign > 0 ? `, ${count(foreign)} for unknown words` : '') +
    '. Ranges are 95% intervals.' +
    (others > 0 ? ` ${others} less frequent labels are not listed.` : '');

  const ends = scale ? [positive, negative] : frequent.slice(0, 2);
  byId('strongest').replaceChildren(
    ...ends.map((label) => {
      const text = top[label] < 0 ? 'none' : scored.lines[top[label]].text;
      const quote = element('p', 'quote', text);
      quote.dir = 'auto';
      return element('div', '', element('h3', '', `Most ${tones.labels[label]}`), quote);
    }),
  );

  showTime(scored, tones);
}

/** What draws the chart, once a line has a date; and what it last was to show. */
let chart;
let latest;

/** The chart is drawn for the place that there is, so again when that changes. */
export function showTime(scored, tones) {
  latest = [scored, tones];
  // From the first date on, so that the second moves nothing.
  const isDated = tones.positive >= 0 && scored.lines.some(({ date }) => date);
  byId('time').hidden = !isDated;
  if (!isDated) {
    byId('chart').replaceChildren();
  } else if (chart === undefined) {
    import('./chart.js').then(
      (loaded) => {
        chart = loaded;
        showTime(...latest);
      },
      (error) => console.warn('The chart could not be loaded:', error),
    );
  } else {
    byId('chart').replaceChildren(chart.drawn(chart.balanceOverTime(scored, tones), byId('chart').clientWidth));
  }
}

export function showWords({ asked, words }, tones, total) {
  const scale = tones.positive >= 0;
  const list = (title, chosen, sign) => {
    const items = chosen
      .filter(({ pull }) => pull * sign > 0)
      .slice(0, MOST_WORDS)
      .map(({ word, pull }) => {
        const name = element('span', `word ${sign > 0 ? 'up' : 'down'} level-2`, word);
        return element('li', '', name, ' ', element('span', 'range', logits(pull)));
      });
    return element('div', '', element('h3', '', title), element('ul', 'words', ...items));
  };
  const [up, down] = scale
    ? [tones.labels[tones.positive], tones.labels[tones.negative]]
    : ['the labels given', 'other labels'];
  byId('words').replaceChildren(
    list(`Words towards ${up}`, words.toReversed(), 1),
    list(`Words towards ${down}`, words, -1),
  );
  const where =
    asked < total ? `${count(asked)} lines, evenly spread over the ${count(total)}` : lineCount(total);
  byId('words-from').textContent = `Each word’s pull in logits, summed over ${where}.`;
}
