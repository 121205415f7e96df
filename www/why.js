// Why a headline has its label, and what it should have been: what an open row has beneath.

import { button, element } from './element.js';
import { listed } from './learnt.js';
import { attempt } from './notice.js';
import { logits } from './numbers.js';
import { pull } from './tones.js';

/** A pull of so many logits has the strongest highlight: it turns 50 % into 82 %. */
const STRONGEST_PULL = 1.5;
/** Highlights in style.css. */
const STRENGTHS = 4;
/** A weaker pull, in logits, is not highlighted. */
const WEAKEST_PULL = 0.05;

/**
 * Why, and what it should have been. Highlights the words in `headline` once they are known.
 *
 * @param {object} context as headline.js has it, with `correct(text, label, newLabel)`, and for the last
 *   correction `grow()` and `undo()`
 */
export function details(index, headline, context) {
  const { scored, tones, classifier, corrections, change, correct, grow, undo } = context;
  const { text } = scored.lines[index];
  const chosen = scored.classes[index];
  const reading = element('p', 'reading', 'Finding the words that decided …');
  classifier.explain(text).then(
    (explanation) => {
      highlight(headline, explanation, tones, chosen, reading);
    },
    (error) => {
      reading.textContent = `The explanation failed: ${error.message}`;
    },
  );

  if (tones.several) {
    return element('div', 'details', reading);
  }
  const group = element('div', 'correct', element('span', '', 'It should be'));
  group.setAttribute('role', 'group');
  group.setAttribute('aria-label', 'Correct this headline');
  tones.labels.forEach((label, k) => {
    const choice = button(label, '', () => correct(text, label));
    choice.dataset.part = `correct-${label}`;
    choice.setAttribute('aria-pressed', k === chosen);
    group.append(choice);
  });
  const another = button(
    'Another label…',
    '',
    attempt('Another label can’t be given', async () => {
      const { askForLabel } = await import('./teach.js');
      askForLabel(another, tones.labels, (label, newLabel) => correct(text, label, newLabel));
    }),
  );
  another.dataset.part = 'another';
  group.append(another);
  const made = element('div', 'details', reading, group);
  // Far down a list the undo of the model's own section is out of sight.
  const last = corrections.at(-1);
  if (last?.text === text) {
    group.append(button('Undo', '', undo));
    if (change) {
      made.append(element('p', 'change', change.told));
    }
    if (!last.grow && last.words.length > 0) {
      const what = last.words.length === 1 ? 'word' : 'words';
      const offer = button(`Also teach the new ${what}: ${listed(last.words)}`, 'offer', grow);
      // Once they are taught there is no such button, and the focus is on the label's.
      offer.dataset.part = `correct-${last.label}`;
      made.append(offer);
    }
  }
  return made;
}

function highlight(headline, { contributions, bias }, tones, chosen, reading) {
  const text = headline.textContent;
  const scale = tones.positive >= 0;
  const [up, down] = scale
    ? [tones.labels[tones.positive], tones.labels[tones.negative]]
    : [`for ${tones.labels[chosen]}`, 'against it'];
  const sum = contributions.reduce((total, { weights }) => total + pull(tones, weights, chosen), 0);
  const base = pull(tones, bias, chosen);
  const rest =
    contributions.length === 0
      ? 'No word of it is known to the model: this is what it says without any.'
      : `Words pull ${logits(sum)}, and the model leans ${logits(base)} without any ` +
        `(above 0 is ${up}, below 0 is ${down}). Choose a word for its part.`;
  reading.textContent = rest;

  headline.replaceChildren(
    ...stretches(text, contributions, tones, chosen).map(({ start, end, strength, parts }) => {
      const words = text.slice(start, end);
      if (Math.abs(strength) < WEAKEST_PULL) {
        return words;
      }
      const level = Math.ceil((STRENGTHS * Math.min(Math.abs(strength), STRONGEST_PULL)) / STRONGEST_PULL);
      const exact = parts
        .map((part) => {
          const each = tones.labels.map((label) => `${label} ${logits(part.weights[label])}`);
          return `“${part.text}”: ${each.join(', ')}`;
        })
        .join('; ');
      const tell = () => {
        reading.textContent = exact;
      };
      const direction = strength > 0 ? 'up' : 'down';
      const word = button(words, `word ${direction} level-${level}`, tell);
      word.dataset.part = `word-${start}`;
      word.setAttribute('aria-description', exact);
      word.addEventListener('focus', tell);
      word.addEventListener('pointerenter', tell);
      word.addEventListener('pointerleave', () => {
        reading.textContent = rest;
      });
      return word;
    }),
  );
}

/**
 * The text cut wherever a contribution begins or ends. A contribution over several stretches with
 * letters or digits in them, such as a pair of words, counts in equal parts for the strength of
 * each, and in whole in their `parts`.
 */
function stretches(text, contributions, tones, chosen) {
  const cuts = new Set([0, text.length]);
  for (const { start, end } of contributions) {
    cuts.add(start).add(end);
  }
  const edges = [...cuts].sort((a, b) => a - b);
  const found = edges.slice(0, -1).map((start, index) => {
    const end = edges[index + 1];
    return { start, end, strength: 0, parts: [], said: /\S/.test(text.slice(start, end)) };
  });
  for (const contribution of contributions) {
    const inside = found.filter(
      ({ start, end, said }) => said && start >= contribution.start && end <= contribution.end,
    );
    for (const stretch of inside) {
      stretch.strength += pull(tones, contribution.weights, chosen) / inside.length;
      stretch.parts.push(contribution);
    }
  }
  return found;
}
