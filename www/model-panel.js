// The model: opened, saved, and taught on the spot what the reader says a headline should have been.

import { byId } from './element.js';
import { openModel } from './model.js';
import { announce, attempt, notice } from './notice.js';
import { count } from './numbers.js';
import { tonesOf } from './tones.js';

/** Calls `opened(model)`, `learnt` when corrections changed it, `emptied` when the last was taken back. */
export function createModelPanel({ opened, learnt, emptied }) {
  /** Null until it has loaded. In `before` is the label that a line had before any corrections. */
  let model = null;

  /** Opens a model: the bytes of a file, or the page's own. The one before stays if that fails. */
  async function use(name, bytes) {
    const classifier = await openModel(bytes);
    const tones = tonesOf(classifier.labels, classifier.info);
    const next = { classifier, tones, corrections: [], before: new WeakMap() };
    const made = model?.corrections ?? [];
    await make(next, made);
    model?.classifier.free();
    model = next;
    byId('model-own').hidden = bytes === undefined;
    byId('model-name').textContent = name;
    await opened(model);
    showCorrections(0);
    if (made.length > next.corrections.length) {
      notice(`${made.length - next.corrections.length} corrections are not for the labels of this model.`);
    }
  }

  /** Teaches a model what a reader said, as far as it has the labels. */
  async function make({ classifier, tones, corrections }, made) {
    for (const { text, label } of made) {
      if (classifier.labels.includes(label) && !tones.several) {
        await classifier.learn(text, label);
        corrections.push({ text, label });
      }
    }
  }

  async function teach(corrections) {
    await make(model, corrections);
    await learnt();
  }

  const useOwn = () => use('The model of this page');

  function showCorrections(changed) {
    const { length } = model.corrections;
    byId('corrections').hidden = length === 0;
    const made = length === 1 ? '1 correction' : `${count(length)} corrections`;
    const labels = changed === 1 ? '1 label' : `${count(changed)} labels`;
    byId('learnt').textContent = length === 0 ? '' : `, with ${made} that changed ${labels}`;
    announce(length === 0 ? 'No corrections' : `${made}, ${labels} changed`);
  }

  const undo = attempt('The correction could not be undone', async () => {
    await model.classifier.undo();
    model.corrections.pop();
    await learnt();
  });
  byId('undo').addEventListener('click', async () => {
    await undo();
    if (model.corrections.length === 0) {
      emptied();
    }
  });
  byId('undo-all').addEventListener(
    'click',
    attempt('The corrections could not be undone', async () => {
      await model.classifier.reset();
      model.corrections = [];
      await learnt();
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
      download('corrections.csv', 'text/csv', correctionsCsv(model.corrections));
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
    correct: (text, label) =>
      attempt('The correction could not be learnt', () => teach([{ text, label }]))(),
    teach,
    /** Takes in how lines were scored before the model has learnt, and how they are now. */
    compare({ old, now }) {
      const { tones, before } = model;
      let changed = 0;
      now.lines.forEach((line, index) => {
        const was = before.get(line) ?? tones.labels[old.classes[index]];
        if (was === tones.labels[now.classes[index]]) {
          before.delete(line);
        } else {
          before.set(line, was);
          changed += 1;
        }
      });
      showCorrections(changed);
    },
  };
}
