// One headline: its label and its probabilities. Why is in why.js, which comes with the first that is opened.

import { button, element } from './element.js';
import { percent } from './numbers.js';
import { UNSCORED, isForeign, isUnsure, labelsOf } from './scores.js';

/** What a line is called of which the model knows few words. */
const UNKNOWN = 'mostly unknown words';

/** A row names at most this many probabilities, the highest ones if there are more. */
const MOST_FIGURES = 3;
const MOST_FIGURES_OPEN = 8;

/**
 * @param {object} context `scored`, the model as model-panel.js has it, and what the row calls:
 *   `toggle(index)`, and for an open one `details(index, headline, context)` and what that calls
 */
export function headlineRow(index, open, context) {
  const { scored, tones, corrections, before, toggle } = context;
  const line = scored.lines[index];
  const { text, date } = line;
  const label = scored.classes[index];
  const row = element('li');

  const headline = element('p', 'headline', text);
  headline.dir = 'auto';
  headline.id = `headline-${index}`;

  const why = button('Why', 'toggle', () => toggle(index));
  why.dataset.part = 'why';
  why.setAttribute('aria-expanded', open);
  why.setAttribute('aria-describedby', headline.id);
  // The whole headline is the pointer's target, but not a selection that ends on it.
  headline.addEventListener('click', ({ target }) => {
    if (target === headline && getSelection().isCollapsed) {
      toggle(index);
    }
  });

  row.append(element('span', 'number', `${index + 1}`), headline);
  if (label === UNSCORED) {
    row.append(element('div', 'told', element('span', 'verdict', 'waiting')), why);
    return row;
  }
  const probabilities = tones.labels.map((_, k) => scored.probabilities[index * scored.labels + k]);
  const given = labelsOf(scored, index, tones);
  const below = figures(probabilities, given, tones, open ? 1 : 0);
  const unsure = !tones.several && isUnsure(scored, index, tones);
  const verdicts = given.map((k) => verdict(k, unsure, tones));
  const told = element('div', 'told', ...verdicts);
  if (verdicts.length === 0) {
    told.append(element('span', 'verdict', 'none'));
  }
  const notes = [isForeign(scored, index, tones) && UNKNOWN, before.has(line) && `was ${before.get(line)}`, date];
  // One correction doesn't always turn a label, which must not look as if it was not heard.
  const wanted = corrections.findLast((each) => each.text === text)?.label;
  if (wanted !== undefined && wanted !== tones.labels[label]) {
    notes.unshift(`you said ${wanted}`);
  }
  for (const note of notes.filter(Boolean)) {
    told.append(element('span', 'note', note), ' ');
  }
  row.append(told, bar(probabilities, tones), below, why);
  if (open) {
    row.append(context.details(index, headline, context));
  }
  return row;
}

/** The label, or the doubt. */
function verdict(label, unsure, tones) {
  const name = tones.labels[label];
  return unsure
    ? element('span', 'verdict unsure', `unsure: ${name}?`)
    : element('strong', `verdict ${tones.names[label]}`, name);
}

/** The figures beside it say the same in words. */
export function bar(shares, tones) {
  const made = element('span', 'bar');
  made.setAttribute('aria-hidden', 'true');
  shares.forEach((share, index) => {
    const part = element('span', tones.names[index]);
    part.style.flexGrow = 100 * share;
    // What is named 0 % takes no place, not even the gap beside it.
    part.hidden = Math.round(100 * share) === 0;
    made.append(part);
  });
  return made;
}

/** The labels with the highest shares, in the model's order, and those `marked`. */
export function figures(probabilities, marked, tones, digits) {
  const highest = probabilities
    .map((probability, index) => ({ probability, index }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, digits > 0 ? MOST_FIGURES_OPEN : MOST_FIGURES)
    .sort((a, b) => a.index - b.index);
  const made = element('span', 'figures');
  for (const { probability, index } of highest) {
    const name = `${tones.labels[index]} ${percent(probability, digits)}`;
    made.append(element('span', marked.includes(index) ? 'highest' : '', name), ' ');
  }
  return made;
}
