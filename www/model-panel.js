// The model: opened, saved, and taught on the spot what the reader says a headline should have been.

import { byId } from './element.js';
import { grownBy, listed, told } from './learnt.js';
import { openModel } from './model.js';
import { announce, attempt, notice } from './notice.js';
import { many, percent } from './numbers.js';
import { confidence } from './scores.js';
import { tonesOf } from './tones.js';

/** What a model that is opened says to a correction that it can't take over, or that is damaged. */
const NOT_FOR_IT = ['unknown-label', 'several-labels', 'not-a-word', 'not-a-text', 'bad-option'];

/**
 * What a reader said: that a text has a label, or that a word speaks for one.
 *
 * @typedef {object} Correction
 * @property {string} label
 * @property {string} [text] the headline
 * @property {string} [word] what was taught by itself, and with which `strength`
 * @property {number} [strength] in logits
 * @property {boolean} [grow] whether the model takes in the words that it does not know
 * @property {boolean} [newLabel] whether it takes in the label
 * @property {string[]} words those that it did not know
 */

/**
 * Calls `opened(model)`; `learn(act)` for what changes it, and then it is handed the scores to
 * `compare`; `emptied` when the last correction was taken back.
 */
export function createModelPanel({ opened, learn, emptied }) {
  /**
   * Null until it has loaded. In `before` is the label that a line had before any corrections,
   * `ownLabels` says how many labels it had then, and `change` what the last correction did.
   */
  let model = null;
  /** The correction just made, until it is known what it did. */
  let made = null;
  /** The part that teaches a word, once the reader has opened it. */
  let form;

  /** Opens a model: the bytes of a file, or the page's own. The one before stays if that fails. */
  async function use(name, bytes) {
    const classifier = await openModel(bytes);
    const ownLabels = classifier.labels.length;
    const next = { classifier, ownLabels, corrections: [], before: new WeakMap(), change: null };
    const before = model?.corrections ?? [];
    await make(next, before);
    next.tones = tonesOf(classifier.labels, classifier.info);
    model?.classifier.free();
    model = next;
    byId('model-own').hidden = bytes === undefined;
    byId('model-name').textContent = name;
    await opened(model);
    showCorrections(0);
    tellOfMissing(before.length - next.corrections.length);
  }

  /** Teaches a model what a reader said. */
  async function take({ classifier, corrections }, said) {
    const { text, word, label, strength, grow, newLabel } = said;
    const words = await classifier.unknownWords(text ?? word);
    if (text === undefined) {
      await classifier.teach(word, label, strength);
    } else {
      // Words for a label that it lacks would bring that as well.
      const mayGrow = grow && (newLabel || classifier.labels.includes(label));
      await classifier.learn(text, label, { grow: mayGrow });
    }
    corrections.push({ ...said, words });
  }

  /** Teaches a model what was said to another, or on an earlier visit, as far as it can learn it. */
  async function make(another, corrections) {
    for (const said of corrections) {
      try {
        await take(another, said);
      } catch (error) {
        if (!NOT_FOR_IT.includes(error.code)) {
          throw error;
        }
      }
    }
  }

  function tellOfMissing(missing) {
    if (missing > 0) {
      notice(
        `${many(missing, 'correction')} could not be taken over: this model lacks the label, ` +
          'gives several to a headline, or can’t read the word.',
      );
    }
  }

  const teach = (said) =>
    learn(async () => {
      await take(model, said);
      made = model.corrections.at(-1);
    });

  const useOwn = () => use('The model of this page');

  function showCorrections(changed) {
    const { corrections, change } = model;
    const { length } = corrections;
    byId('corrections').hidden = length === 0;
    byId('export-corrections').hidden = !corrections.some(({ text }) => text !== undefined);
    const all = many(length, 'correction');
    const labels = many(changed, 'label');
    const grown = grownBy(model);
    byId('learnt').textContent =
      length === 0 ? '' : `, with ${all} that changed ${labels}${grown && `, grown by ${grown}`}`;
    form?.show(model);
    const sum = length > 0 ? `${all}, ${labels} changed` : 'No corrections';
    announce(change ? change.told + offerOf(corrections.at(-1)) : sum);
  }

  const undo = attempt('The correction could not be undone', () =>
    learn(async () => {
      await model.classifier.undo();
      model.corrections.pop();
      made = null;
    }),
  );
  byId('undo').addEventListener('click', async () => {
    await undo();
    if (model.corrections.length === 0) {
      emptied();
    }
  });
  byId('undo-all').addEventListener(
    'click',
    attempt('The corrections could not be undone', async () => {
      await learn(async () => {
        await model.classifier.reset();
        model.corrections = [];
        made = null;
      });
      emptied();
    }),
  );
  byId('export-model').addEventListener(
    'click',
    attempt('The model could not be saved', async () => {
      const { download } = await import('./export.js');
      download('model.bin', 'application/octet-stream', await model.classifier.export());
    }),
  );
  byId('export-corrections').addEventListener(
    'click',
    attempt('The corrections could not be saved', async () => {
      const { correctionsCsv, download } = await import('./export.js');
      const headlines = model.corrections.filter(({ text }) => text !== undefined);
      download('corrections.csv', 'text/csv', correctionsCsv(headlines));
      const words = model.corrections.length - headlines.length;
      if (words > 0) {
        notice(`Without ${many(words, 'taught word')}, which only the saved model.bin has.`);
      }
    }),
  );
  byId('teach').addEventListener(
    'toggle',
    attempt('Words can’t be taught', async () => {
      const { createForm } = await import('./teach.js');
      form ??= createForm(teach);
      if (model) {
        form.show(model);
      }
    }),
  );
  byId('model-own').addEventListener('click', attempt('The model could not be loaded', useOwn));

  return {
    use,
    useOwn,
    undo,
    get model() {
      return model;
    },
    /** Teaches that a text has a label, which the model may lack if it is `newLabel`. */
    correct: (text, label, newLabel) =>
      attempt('The correction could not be learnt', () =>
        teach(newLabel ? { text, label, grow: true, newLabel } : { text, label }),
      )(),
    /** Makes the last correction anew, so that the model grows by its words. */
    grow: attempt('The words could not be learnt', () =>
      learn(async () => {
        await model.classifier.undo();
        await take(model, { ...model.corrections.pop(), grow: true });
        made = model.corrections.at(-1);
      }),
    ),
    /** Teaches what was said on an earlier visit. */
    async recall(corrections) {
      await learn(() => make(model, corrections));
      tellOfMissing(corrections.length - model.corrections.length);
    },
    /** Takes in how lines were scored before the model has learnt, and how they are now. */
    compare(old, now) {
      const { classifier, before, tones } = model;
      const { labels } = classifier;
      if (tones.labels !== labels) {
        model.tones = tonesOf(labels, classifier.info);
      }
      const places = new Map(old.lines.map((line, index) => [line, index]));
      let changed = 0;
      let changedNow = 0;
      now.lines.forEach((line, index) => {
        const label = labels[now.classes[index]];
        const last = tones.labels[old.classes[places.get(line)]] ?? label;
        const was = before.get(line) ?? last;
        changedNow += Number(last !== label);
        if (was === label) {
          before.delete(line);
        } else {
          before.set(line, was);
          changed += 1;
        }
      });
      model.change = null;
      if (made) {
        const index = now.lines.findIndex(({ text }) => text === made.text);
        const place = places.get(now.lines[index]);
        model.change = {
          text: made.text,
          told: told(made, {
            was: figure(old, place, tones),
            is: figure(now, index, model.tones, made.label),
            hasNewLabel: labels.length > tones.labels.length,
            changed: changedNow,
          }),
        };
        made = null;
      }
      showCorrections(changed);
    },
  };
}

/** What is offered by a button in the headline's row, in words. */
const offerOf = ({ grow, words }) =>
  grow || words.length === 0 ? '' : ` It has words that can be taught, too: ${listed(words)}.`;

/** A line's label and its probability, with that of the label `wanted` if that is another one. */
function figure(scored, index, { labels }, wanted) {
  const label = labels[scored.classes[index]];
  const share = scored.probabilities[index * labels.length + labels.indexOf(wanted)];
  const other = wanted === undefined || wanted === label ? '' : ` and ${wanted} ${percent(share)}`;
  // A line may have none yet.
  return label && `${label} ${percent(confidence(scored, index))}${other}`;
}
