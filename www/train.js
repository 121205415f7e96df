// Training a model of one's own: from a labelled file, or from the corrections so far. Loaded when the
// reader opens its part of the page; the work is done in train-thread.js.

import { shape } from './chart.js';
import { button, byId, element, fillSelect } from './element.js';
import { download } from './export.js';
import { announce } from './notice.js';
import { count, percent } from './numbers.js';

/** The parts of the cross-validation; a label needs as many texts. */
const FOLDS = 5;
/** About how long each step takes beside the others. */
const STEPS = [
  ['read', 'Counting words', 1],
  ['cross-validate', 'Cross-validating', 4],
  ['fit', 'Fitting', 1],
  ['learning-curve', 'Drawing the learning curve', 10],
];
const ENCODINGS = ['utf-8', 'windows-1252', 'utf-16le', 'utf-16be', 'windows-1251', 'shift_jis', 'gb18030'];
/** So many labels are named where there are many. */
const NAMED = 12;
const SHADES = 5;

const style = element('link');
style.rel = 'stylesheet';
style.href = 'train.css';
document.head.append(style);

const texts = (number) => (number === 1 ? '1 text' : `${count(number)} texts`);
const quoted = (labels) => {
  const named = labels.slice(0, NAMED).map((label) => `“${label}”`);
  const more = labels.length - named.length;
  return more > 0 ? `${named.join(', ')} and ${count(more)} more` : named.join(' and ');
};

/** Whether a correction is of a headline; others are of a word. */
const isOfText = ({ text }) => text !== undefined;

/** `panel` has the model in use, its corrections, and what puts another one to use. */
export function createTraining(panel) {
  let worker;
  /** How many questions the thread was asked: only the last one's answer is waited for. */
  let asked = 0;
  /** What there is to train on: `open` reads it again in a new thread. */
  let data;
  let join = false;
  let leaveOut = false;
  const parts = build({ open, corrections, run, cancel });

  /** Asks the thread, which answers one question after the other. */
  function ask(message, onProgress) {
    worker ??= new Worker('train-thread.js', { type: 'module' });
    asked += 1;
    const now = asked;
    return new Promise((resolve, reject) => {
      worker.onmessage = ({ data: { id, progress, error, result } }) => {
        if (id !== now) {
          return;
        }
        if (progress) {
          onProgress(progress);
        } else if (error === undefined) {
          resolve(result);
        } else {
          reject(new Error(error));
        }
      };
      worker.onerror = (event) => {
        event.preventDefault();
        end();
        reject(new Error(`its thread failed: ${event.message ?? 'its script could not be loaded'}. Reload the page`));
      };
      worker.postMessage([now, ...message]);
    });
  }

  function end() {
    worker?.terminate();
    worker = undefined;
  }

  /** Does what the reader asked for, and says why where it can't be done. */
  const attempt = async (what, act) => {
    parts.alert.textContent = '';
    try {
      await act();
    } catch ({ message }) {
      parts.alert.textContent = `${what}: ${message}`;
    }
  };

  function open(file, encoding, list) {
    return attempt('The file could not be read', async () => {
      parts.waiting(`Reading ${file.name}…`);
      // Whatever is being read is not wanted any more.
      end();
      try {
        const found = await ask(['open', file, encoding, list]);
        [join, leaveOut] = [false, false];
        data = { name: file.name, again: () => reopened(file) };
        take(found);
      } finally {
        parts.waiting('');
      }
    });
  }

  /** Reads the file again as it was read before, in a thread that knows nothing of it. */
  async function reopened(file) {
    const { encoding, list, heading, textColumn, labelColumn } = data.found;
    await ask(['open', file, encoding, list]);
    await ask(['choose', { heading, textColumn, labelColumn }]);
  }

  function corrections() {
    return attempt('The corrections could not be taken', async () => {
      const made = panel.model.corrections.filter(isOfText).map(({ text, label }) => ({ text, label }));
      const again = () => ask(['take', made]);
      [join, leaveOut] = [false, false];
      data = { name: 'your corrections', again };
      take(await again());
    });
  }

  const choose = (choice) =>
    attempt('The columns could not be taken', async () => {
      [join, leaveOut] = [false, false];
      take(await ask(['choose', choice]));
    });

  /** Takes in what was found, and shows it. */
  function take(found) {
    data.found = found;
    parts.result.replaceChildren();
    show();
    announce(`${data.name}: ${texts(found.texts)}, ${count(found.distinct)} labels`);
  }

  /** How many texts each label has, as they are to be trained on. */
  function labelCounts() {
    const { labels, alike } = data.found;
    if (!join) {
      return labels;
    }
    const first = new Map(alike.flatMap((group) => group.map((label) => [label, group[0]])));
    const sums = new Map();
    for (const [label, number] of labels) {
      const name = first.get(label) ?? label;
      sums.set(name, (sums.get(name) ?? 0) + number);
    }
    return [...sums];
  }

  /** Says what is there, and what stands in the way, with what can be done about it. */
  function show() {
    const { found, name } = data;
    const said = [];
    const say = (text, ...actions) => said.push(element('p', '', text, ...actions.flatMap((each) => [' ', each])));
    const all = labelCounts();
    const rare = all.filter(([, number]) => number < FOLDS);
    const kept = leaveOut ? all.filter(([, number]) => number >= FOLDS) : all;
    let ready = false;
    if (found.left?.length > 0) {
      say(found.left.join(' '));
    }
    if (found.empty > 0) {
      say(`${found.empty === 1 ? '1 row' : `${count(found.empty)} rows`} without a text or a label left out.`);
    }
    if (found.labelColumn === -1) {
      say('No column looks like labels: choose it above.');
    } else if (found.texts === 0) {
      say('No row has a text and a label: choose other columns.');
    } else if (found.distinct > found.most) {
      say(
        `${count(found.distinct)} different labels, and a model takes ${found.most} at most: is “${found.columns?.[found.labelColumn]}” the column of labels?`,
      );
    } else {
      say(`${texts(found.texts)}: ${all.slice(0, NAMED).map(([label, number]) => `${count(number)} ${label}`).join(', ')}${all.length > NAMED ? ` and ${all.length - NAMED} more labels` : ''}.`);
      if (found.alike.length > 0) {
        const [verb, act] = join ? ['are taken for one label', 'Keep them apart'] : ['differ in case or space alone', 'Join them'];
        const toggle = button(act, '', () => {
          join = !join;
          show();
          focusOn('join');
        });
        toggle.dataset.part = 'join';
        say(`${found.alike.map(quoted).join('; ')} ${verb}.`, toggle);
      }
      if (rare.length > 0) {
        const labels = quoted(rare.map(([label]) => label));
        const few = `${labels} ${rare.length === 1 ? 'has' : 'have'} fewer than ${FOLDS} texts, of which cross-validation puts one in each of ${FOLDS} parts`;
        const left = all.length - rare.length;
        if (left < 2) {
          say(`${few}. Add texts, or choose another column of labels.`);
        } else {
          const sum = texts(rare.reduce((total, [, number]) => total + number, 0));
          const toggle = button(leaveOut ? 'Keep them' : `Leave out ${sum}`, '', () => {
            leaveOut = !leaveOut;
            show();
            focusOn('rare');
          });
          toggle.dataset.part = 'rare';
          say(leaveOut ? `${sum} with ${labels} left out.` : `${few}.`, toggle);
        }
      }
      if (all.length === 1) {
        say(`Every text is “${all[0][0]}”: a model needs two labels to tell apart. Choose another column of labels, or add texts.`);
      }
      ready = kept.length > 1 && (leaveOut || rare.length === 0);
    }
    parts.found.replaceChildren(element('h3', '', name), ...(found.columns ? choices() : []), ...said);
    parts.options.hidden = !ready;
    parts.train.hidden = !ready;
  }

  const focusOn = (part) => parts.found.querySelector(`[data-part="${part}"]`)?.focus();

  function choices() {
    const { found } = data;
    const numbered = (names) => names.map((name, index) => [index, name]);
    const choice = (title, options, chosen, change) => {
      const select = element('select');
      fillSelect(select, options, chosen);
      select.dataset.part = title;
      select.addEventListener('change', async () => {
        await change(select.value);
        focusOn(title);
      });
      return element('label', '', `${title} `, select);
    };
    const columns = numbered(found.columns);
    const number = (key) => (value) => choose({ [key]: Number(value) });
    const file = parts.file;
    const all = [
      choice('Text column', columns, found.textColumn, number('textColumn')),
      choice('Label column', found.labelColumn === -1 ? [[-1, 'choose'], ...columns] : columns, found.labelColumn, number('labelColumn')),
      choice('First row', [[true, 'a heading'], [false, 'a text']], found.heading, (value) => choose({ heading: value === 'true' })),
      choice('Encoding', ENCODINGS.map((each) => [each, each]), found.encoding, (value) => open(file(), value)),
    ];
    if (found.lists.length > 1) {
      all.splice(2, 0, choice('List', numbered(found.lists), found.list, (value) => open(file(), found.encoding, Number(value))));
    }
    return [element('div', 'options', ...all)];
  }

  function run() {
    return attempt('Training stopped', async () => {
      const settings = { ...parts.settings(), folds: FOLDS, joinLabels: join, learningCurve: true };
      const before = data;
      parts.result.replaceChildren();
      parts.begin();
      announce('Training');
      try {
        if (!worker) {
          await data.again();
        }
        const trained = await ask(['train', settings, leaveOut ? FOLDS : 1], parts.progress);
        if (before === data) {
          showResult(trained);
        }
      } finally {
        parts.done();
      }
    });
  }

  function cancel() {
    end();
    parts.done();
    parts.alert.textContent = 'Cancelled: nothing has changed.';
    parts.train.focus();
  }

  function showResult({ model, report }) {
    const { cv, learning_curve: curve } = report;
    const heading = element('h3', '', 'How good it is');
    heading.tabIndex = -1;
    const name = `Trained on ${data.name}`;
    const use = button('Use this model', '', () =>
      attempt('The model could not be used', async () => {
        await panel.use(name, model.slice());
        announce(`${name} is in use`);
      }),
    );
    const save = button('Save as model.bin', '', () => download('model.bin', 'application/octet-stream', model));
    const spread = (share, deviation) => `${percent(share, 1)} ± ${percent(deviation, 1)}`;
    const facts = [
      ['Accuracy', spread(cv.accuracy, cv.accuracy_deviation)],
      ['Macro-F1', spread(cv.macro_f1, cv.macro_f1_deviation)],
      ['Texts', count(report.documents)],
      ['Features', count(report.features)],
      ['Size', `${count(Math.ceil(model.length / 1000))} KB`],
    ];
    if (report.duplicates > 0) {
      facts.push(['Texts more than once', `${count(report.duplicates)}, of them ${count(report.conflicting)} with different labels`]);
    }
    const list = element('dl', '', ...facts.flatMap(([title, value]) => [element('dt', '', title), element('dd', '', value)]));
    parts.result.replaceChildren(
      heading,
      element('p', 'quiet', `Each text was labelled by a model that had not seen it: cross-validation in ${cv.folds} parts, ± the deviation between them.`),
      list,
      matrix(cv),
      classes(cv),
      ...curveOf(curve),
      element('div', 'actions', use, save),
    );
    heading.focus();
    announce(`Trained: accuracy ${percent(cv.accuracy, 1)}, macro-F1 ${percent(cv.macro_f1, 1)}`);
  }

  return {
    /** Shows how many corrections there are by now. */
    refresh: () => parts.offer(panel.model?.corrections.filter(isOfText).length ?? 0),
  };
}

/** A table that may be wider than its place, and is then scrolled by the keyboard, too. */
function table(caption, heads, rows) {
  const cell = (name, text, scope) => {
    const made = element(name, '', text);
    if (scope) {
      made.scope = scope;
    }
    return made;
  };
  const made = element(
    'table',
    '',
    element('caption', '', caption),
    element('thead', '', element('tr', '', ...heads.map((head) => cell('th', head, 'col')))),
    element('tbody', '', ...rows.map(([head, ...cells]) => element('tr', '', cell('th', head, 'row'), ...cells))),
  );
  const scrolled = element('div', 'scrolled', made);
  scrolled.tabIndex = 0;
  scrolled.setAttribute('role', 'region');
  scrolled.setAttribute('aria-label', caption);
  return scrolled;
}

/** The confusion matrix: darker where more of a row is. */
function matrix({ labels, confusion }) {
  const rows = confusion.map((numbers, row) => {
    const sum = numbers.reduce((a, b) => a + b, 0) || 1;
    const cells = numbers.map((number, column) => {
      const shade = Math.round((SHADES * number) / sum);
      const cell = element('td', `shade-${shade}`, count(number));
      if (column === row) {
        cell.classList.add('right');
      }
      cell.append(element('span', 'range', ` ${percent(number / sum)}`));
      return cell;
    });
    return [labels[row], ...cells];
  });
  return table('What texts of each label (row) were taken for (column)', ['Label', ...labels], rows);
}

function classes({ per_class: all }) {
  const rows = all.map(({ label, precision, recall, f1, support }) => [
    label,
    ...[precision, recall, f1].map((share) => element('td', '', percent(share, 1))),
    element('td', '', count(support)),
  ]);
  return table('Label by label', ['Label', 'Precision', 'Recall', 'F1', 'Texts'], rows);
}

/** The learning curve, and in words whether more texts would help. */
function curveOf(curve) {
  if (curve.length < 2) {
    return [];
  }
  const [width, height, left, edge] = [320, 160, 48, 22];
  const shares = curve.map(({ accuracy }) => accuracy);
  const low = Math.floor(20 * Math.min(...shares)) / 20;
  const high = Math.max(low + 0.05, Math.ceil(20 * Math.max(...shares)) / 20);
  const most = curve.at(-1).documents;
  const x = (documents) => left + ((width - left - edge) * documents) / most;
  const y = (share) => height - edge - ((height - 2 * edge) * (share - low)) / (high - low);
  const words = curve.map(({ documents, accuracy }) => `${count(Math.round(documents))} texts: ${percent(accuracy, 1)}`);
  const chart = shape('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', class: 'chart' });
  chart.setAttribute('aria-label', `Learning curve, accuracy by texts trained on. ${words.join(', ')}`);
  for (const share of [low, high]) {
    chart.append(
      shape('line', { class: 'grid', x1: left, x2: width - edge, y1: y(share), y2: y(share) }),
      shape('text', { x: left - 6, y: y(share) + 4, 'text-anchor': 'end' }, percent(share)),
    );
  }
  const line = curve.map(({ documents, accuracy }) => `${x(documents)},${y(accuracy)}`).join(' ');
  chart.append(shape('polyline', { points: line }));
  curve.forEach(({ documents, accuracy }, index) => {
    chart.append(shape('circle', { class: 'tone-c', cx: x(documents), cy: y(accuracy), r: 4.5 }, shape('title', {}, words[index])));
  });
  chart.append(shape('text', { x: width - edge, y: height - 4, 'text-anchor': 'end' }, texts(Math.round(most))));
  const half = curve.find(({ percent: share }) => share === 50) ?? curve[0];
  const last = curve.at(-1);
  const gain = last.accuracy - half.accuracy;
  const said = `Accuracy ${percent(half.accuracy, 1)} with ${texts(Math.round(half.documents))}, ${percent(last.accuracy, 1)} with ${texts(Math.round(most))}: ${
    gain > 0.01 ? 'more texts would help' : 'more texts of this kind would hardly help'
  }.`;
  return [element('h4', '', 'Learning curve'), chart, element('p', 'quiet', said)];
}

/** Makes what stands in the part, and gives what changes of it. */
function build({ open, corrections, run, cancel }) {
  let chosen;
  const take = (file) => {
    if (file) {
      chosen = file;
      return open(file);
    }
    return undefined;
  };
  const input = element('input');
  input.type = 'file';
  input.accept = '.csv,.tsv,.json,.jsonl,.ndjson,.gz';
  input.hidden = true;
  input.setAttribute('aria-label', 'A labelled file');
  input.addEventListener('change', () => {
    const [file] = input.files;
    input.value = '';
    return take(file);
  });
  const choose = button('Choose a labelled file', '', () => input.click());
  const own = button('', '', corrections);
  own.hidden = true;

  const select = element('select');
  fillSelect(select, [['1', 'single words'], ['2', 'words and pairs']], '1');
  const c = element('input');
  Object.assign(c, { type: 'number', min: 0.01, max: 1000, step: 'any', value: 1 });
  const balanced = element('input');
  balanced.type = 'checkbox';
  const vectors = element('input');
  vectors.type = 'checkbox';
  vectors.setAttribute('aria-description', 'Begins with word vectors and with what this page’s own model knows');
  const options = element(
    'div',
    'options',
    element('label', '', 'Features ', select),
    element('label', '', 'Fit (C) ', c),
    element('label', 'check', balanced, ' Rare labels count as much'),
    element('label', 'check', vectors, ' Head start for few texts (loads 1.5 MB)'),
  );
  options.hidden = true;

  const train = button('Train', '', run);
  train.hidden = true;
  const bar = element('progress');
  bar.max = 1;
  const text = element('span');
  text.id = 'train-text';
  bar.setAttribute('aria-labelledby', text.id);
  const stop = button('Cancel', '', cancel);
  const progress = element('div', 'actions', bar, text, stop);
  progress.hidden = true;
  const waiting = element('p', 'quiet');
  const alert = element('p');
  alert.setAttribute('role', 'alert');
  const found = element('div', 'found');
  const result = element('div', 'found');

  const body = byId('train-body');
  body.replaceChildren(
    element(
      'p',
      'quiet',
      'From a table with a column of texts and a column of labels, as CSV, TSV, JSON or JSONL: choose it, or drop it here. It never leaves this browser.',
    ),
    element('div', 'actions', choose, own, input),
    waiting,
    found,
    options,
    element('div', 'actions', train),
    progress,
    alert,
    result,
  );
  body.addEventListener('drop', (event) => {
    const [file] = event.dataTransfer.files;
    if (file) {
      event.preventDefault();
      // The page would take it for headlines.
      event.stopPropagation();
      document.body.classList.remove('dropping');
      return take(file);
    }
    return undefined;
  });

  const busy = (is) => {
    progress.hidden = !is;
    for (const control of body.querySelectorAll('button, select, input')) {
      control.disabled = is && control !== stop;
    }
  };
  return {
    found,
    options,
    train,
    alert,
    result,
    file: () => chosen,
    waiting: (said) => {
      waiting.textContent = said;
    },
    settings: () => ({
      ngrams: [1, Number(select.value)],
      c: Number(c.value),
      classWeight: balanced.checked ? 'balanced' : 'none',
      vectors: vectors.checked,
    }),
    offer: (made) => {
      own.hidden = made === 0;
      own.textContent = made === 1 ? 'Use 1 correction' : `Use ${count(made)} corrections`;
    },
    begin: () => {
      bar.value = 0;
      text.textContent = 'Starting';
      busy(true);
      stop.focus();
    },
    progress: ({ step, done, of }) => {
      const at = STEPS.findIndex(([name]) => name === step);
      const weight = (steps) => steps.reduce((sum, [, , each]) => sum + each, 0);
      const [, said, own] = STEPS[at];
      bar.value = (weight(STEPS.slice(0, at)) + (own * done) / of) / weight(STEPS);
      text.textContent = of > 1 ? `${said}, ${done} of ${of}` : said;
    },
    done: () => busy(false),
  };
}
