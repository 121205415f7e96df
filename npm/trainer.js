// The other half of src/wasm/train.rs: settings go in one by one, and the report comes out as numbers.

import { failure } from './errors.js';
import init, { Trainer, sha256 } from './undertone_train.js';

/** What says of which file the texts are, where nobody says otherwise: the command's own defaults. */
const SOURCE = { encoding: 'utf-8', columns: [], textColumn: 'text', labelColumn: 'label' };

/** Starts the module, which is needed before anything else here. */
export const start = (module) => init({ module_or_path: module });

/**
 * Trains in this thread, which is busy until it is done. The texts, labels and lines are as many.
 *
 * @param {(progress: import('./train.js').TrainProgress) => void} onProgress
 * @param {Uint8Array[]} [known] words, components and a model, for a head start
 * @returns {import('./train.js').Trained}
 */
export function train({ texts, labels, lines }, settings, source, onProgress, known) {
  const trainer = new Trainer();
  try {
    const { vectors, ...others } = settings ?? {};
    for (const [name, value] of Object.entries(others)) {
      set(trainer, name, value);
    }
    if (vectors) {
      trainer.headStart(...known);
    }
    if (source) {
      const { name, bytes, encoding, columns, textColumn, labelColumn } = { ...SOURCE, ...source };
      const hash = source.sha256 ?? sha256(bytes ?? new Uint8Array());
      trainer.source(name, hash, encoding, columns, textColumn, labelColumn);
    }
    const tell = (step, done, of) => onProgress({ step, done, of });
    const model = trainer.train(texts, labels, Uint32Array.from(lines), tell);
    return { model, report: reportOf(trainer.labels, trainer.report) };
  } catch (error) {
    // What WebAssembly itself throws has no code: its memory is full, or there is a fault here.
    throw error.code === undefined
      ? failure('train-failed', `training stopped: ${error.message}; take fewer texts or shorter n-grams`)
      : error;
  } finally {
    trainer.free();
  }
}

function set(trainer, name, value) {
  if (value === undefined) {
    return;
  }
  const values = [value].flat();
  if (!values.every((each) => typeof each === 'string')) {
    trainer.number(name, Float64Array.from(values, Number));
    return;
  }
  // A label may hold the sign itself.
  const isWanted = (each) => name === 'precision' && each.includes('=');
  for (const each of values.filter(isWanted)) {
    const at = each.lastIndexOf('=');
    trainer.wanted(each.slice(0, at), Number(each.slice(at + 1)));
  }
  const others = values.filter((each) => !isWanted(each));
  if (others.length > 0 || values.length === 0) {
    trainer.text(name, others);
  }
}

/** The numbers of `Trainer::report`, by the names that the command's `--json` has for them. */
function reportOf(labels, numbers) {
  let at = 0;
  const next = () => numbers[at++];
  const named = (names) => Object.fromEntries(names.map((name) => [name, next()]));
  const spread = (name) => named([name, `${name}_deviation`]);
  const counts = named(['documents', 'duplicates', 'conflicting', 'features', 'iterations']);
  const solved = { converged: next() === 1, objective: next() };
  const documents = labels.map((label) => ({ label, ...named(['documents']) }));
  const folds = next();
  const cv = folds > 0 && {
    folds,
    ...spread('accuracy'),
    ...spread('macro_f1'),
    ...spread('log_loss'),
    ...named(['calibration_error']),
    labels,
    per_class: labels.map((label) => ({ label, ...named(['precision', 'recall', 'f1', 'support']) })),
    confusion: labels.map(() => labels.map(next)),
  };
  const curve = [];
  while (at < numbers.length) {
    curve.push({ ...named(['percent', 'documents']), ...spread('accuracy'), ...spread('macro_f1') });
  }
  return { ...counts, ...solved, labels: documents, cv: cv || null, learning_curve: curve };
}
