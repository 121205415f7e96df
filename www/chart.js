// The balance over time, as a small drawing.

import { points } from './numbers.js';

const NARROWEST = 200;
const HEIGHT = 150;
/** Room for the axis's words: left, and at top and bottom. */
const LEFT = 44;
const EDGE = 20;
/** More days than this are drawn month by month. */
const MOST_DAYS = 62;

const SVG = 'http://www.w3.org/2000/svg';

export function shape(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

/** Positive minus negative, as a share of the lines of each day or month, by date. */
export function balanceOverTime({ lines, classes }, { positive, negative }) {
  const count = (width) => {
    const sums = new Map();
    lines.forEach(({ date }, index) => {
      if (date) {
        const when = date.slice(0, width);
        const sum = sums.get(when) ?? { when, lines: 0, up: 0 };
        sum.lines += 1;
        sum.up += Number(classes[index] === positive) - Number(classes[index] === negative);
        sums.set(when, sum);
      }
    });
    return sums;
  };
  const days = count('YYYY-MM-DD'.length);
  const sums = days.size > MOST_DAYS ? count('YYYY-MM'.length) : days;
  return [...sums.values()]
    .map(({ when, lines, up }) => ({ when, lines, balance: up / lines }))
    .sort((a, b) => (a.when < b.when ? -1 : 1));
}

/** A drawing of one date or more, to scale in time, for a place so many px wide. */
export function drawn(series, place) {
  const width = Math.max(NARROWEST, place);
  const times = series.map(({ when }) => Date.parse(when));
  const [first, last] = [times[0], times.at(-1)];
  const x = (index) => LEFT + ((width - LEFT - EDGE) * (times[index] - first)) / (last - first || 1);
  const y = (balance) => HEIGHT / 2 - balance * (HEIGHT / 2 - EDGE);

  const chart = shape('svg', { viewBox: `0 0 ${width} ${HEIGHT}`, role: 'img', class: 'chart' });
  const described = series.map(({ when, balance }) => `${when}: ${points(balance)}`).join(', ');
  chart.setAttribute('aria-label', `Balance over time, in points. ${described}`);
  for (const balance of [1, 0, -1]) {
    chart.append(
      shape('line', { class: 'grid', x1: LEFT, x2: width - EDGE, y1: y(balance), y2: y(balance) }),
      shape('text', { x: LEFT - 8, y: y(balance) + 4, 'text-anchor': 'end' }, points(balance)),
    );
  }
  const line = series.map(({ balance }, index) => `${x(index)},${y(balance)}`).join(' ');
  chart.append(shape('polyline', { points: line }));
  series.forEach(({ when, lines, balance }, index) => {
    const title = shape('title', {}, `${when}: ${points(balance)} points, ${lines} lines`);
    // Up and down differ in shape, too.
    const [cx, cy] = [x(index), y(balance)];
    const mark =
      balance < 0
        ? shape('rect', { class: 'tone-a', x: cx - 4, y: cy - 4, width: 8, height: 8 }, title)
        : shape('circle', { class: balance > 0 ? 'tone-c' : 'tone-b', cx, cy, r: 4.5 }, title);
    chart.append(mark);
  });
  chart.append(shape('text', { x: LEFT, y: HEIGHT - 2 }, series[0].when));
  if (last > first) {
    chart.append(
      shape('text', { x: width - EDGE, y: HEIGHT - 2, 'text-anchor': 'end' }, series.at(-1).when),
    );
  }
  return chart;
}
