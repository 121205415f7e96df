// The page: what the reader does, and what then happens. What the first score can do without is
// imported where it is used.

import { showBarometer, showTime, showWords, summary } from './barometer.js';
import { Corrections } from './corrections.js';
import { button, byId, element, fillSelect } from './element.js';
import { headlineRow } from './headline.js';
import { linesOf, linesOfLong, textOf } from './lines.js';
import { List } from './list.js';
import { openModel } from './model.js';
import { count, lineCount, percent } from './numbers.js';
import * as orders from './order.js';
import { carriedOver, fill, isLong, nothing } from './scores.js';
import { forgetLink, isLinked, linkTo, textInLink } from './share.js';
import { forget, remember, remembered } from './storage.js';
import { UNSURE_BELOW, tonesOf } from './tones.js';

const EXAMPLE = `2026-11-16 Chipmaker raises full-year outlook after record quarter
2026-11-16 Exchange halts withdrawals as losses mount
2026-11-17 Solar firm wins its largest order
2026-11-17 Retailer's profit falls by a third, shares slide
2026-11-18 Bitcoin climbs to a three-month high on upbeat inflation report
2026-11-18 Company to hold annual general meeting on 12 May
2026-11-19 Carmaker to cut jobs as shares rise
2026-11-20 Airline orders 40 new jets as bookings surge`;

/** A screen reader hears the counts once typing has paused for this long; so with what costs time. */
const PAUSE_MS = 500;
/** A longer paste is put beside the input: a text area of that length would answer keys slowly. */
const LONG_PASTE_LINES = 500;
const LONG_PASTE_UNITS = 100_000;

/** The moment when the first score was there, on the browser's timeline. */
const FIRST_SCORE = 'first-score';

const input = byId('headlines');
const corrections = new Corrections();
/** The label that a line had before the reader corrected anything. */
const before = new WeakMap();

/** The model; null until it has loaded. */
let classifier = null;
let tones = tonesOf([]);
let scored = nothing(0);
/** `{ name, lines }`, and of a file `bytes`, `encoding` and `content`: lines before those typed. */
let attached = null;
/** What the list shows, in its order. */
let items = new Uint32Array(0);
/** Ends the scoring that is under way. */
let scoring = new AbortController();
let speed = '';

const list = new List(byId('list'), (index, open) =>
  headlineRow(index, open, {
    scored,
    tones,
    before: (at) => before.get(scored.lines[at]),
    said: (at) => corrections.said(scored.lines[at].text),
    toggle: (at) => {
      list.open = list.open === at ? -1 : at;
    },
    correct,
    // Far down a list the undo of the model's own section is out of sight.
    undo: (at) => (corrections.last?.text === scored.lines[at].text ? undo : undefined),
    explain: (text) => classifier.explain(text),
  }),
);

// Scoring

/** Reads the input again and scores what is new. */
async function refresh() {
  if (!classifier) {
    return;
  }
  const typed = linesOf(input.value);
  const lines = attached ? attached.lines.concat(typed) : typed;
  await score(carriedOver(scored, lines));
}

/**
 * Scores what is new in `next` and shows it: a short list at once when it is done, so that nothing
 * flickers, a long one as it goes unless `whole`.
 */
async function score(next, { whole = false } = {}) {
  scoring.abort();
  scoring = new AbortController();
  const { signal } = scoring;
  const long = isLong(next);
  if (long && !whole) {
    scored = next;
    show();
  }
  byId('progress').hidden = !long;
  const begun = performance.now();
  try {
    await fill(next, classifier, signal, (done, total) => {
      // The worker's answer can overtake an abort.
      signal.throwIfAborted();
      if (long) {
        byId('progress-bar').value = done / total;
        byId('progress-text').textContent = `${count(done)} of ${count(total)}`;
        const ms = performance.now() - begun;
        speed = `${count(done)} lines in ${Math.round(ms)} ms`;
        if (!whole) {
          show();
        }
      }
    });
  } catch (error) {
    if (error.name !== 'AbortError' && error.code !== 'freed') {
      fail('Scoring failed', error);
    }
    return false;
  }
  byId('progress').hidden = true;
  scored = next;
  show();
  whenPaused();
  return true;
}

function show() {
  const empty = scored.lines.length === 0;
  byId('hint').hidden = !empty;
  byId('hint').textContent = 'Results appear here as you type.';
  byId('results').hidden = empty;
  items = orders.arrange(scored, {
    show: byId('show').value,
    least: Number(byId('least').value),
    order: byId('order').value,
  });
  byId('none-match').hidden = empty || items.length > 0;
  list.show(items);
  if (!empty) {
    showBarometer(scored, tones);
  }
}

new ResizeObserver(() => showTime(scored, tones)).observe(byId('chart'));

let paused;
let asking = new AbortController();

/** What may wait until the reader pauses: the words that pulled, the counts said, the text kept. */
function whenPaused() {
  clearTimeout(paused);
  asking.abort();
  paused = setTimeout(async () => {
    announceCounts();
    keep();
    asking = new AbortController();
    try {
      const { wordsThatPulled } = await import('./words.js');
      const found = await wordsThatPulled(scored, tones, classifier, asking.signal);
      showWords(found, tones, scored.lines.length);
    } catch (error) {
      if (error.name !== 'AbortError' && error.code !== 'freed') {
        throw error;
      }
    }
  }, PAUSE_MS);
}

function announceCounts() {
  const { counts, total } = summary(scored);
  const each = tones.labels.map((label, index) => `${count(counts[index])} ${label}`).join(', ');
  announce(total === 0 ? 'No headlines' : `${lineCount(total)}: ${each}`);
}

function announce(text) {
  byId('announcement').textContent = text;
}

/** Says something above everything, with what can be done about it. */
function notice(text, ...actions) {
  const dismiss = button('Dismiss', '', () => byId('notice').replaceChildren());
  byId('notice').replaceChildren(...(text ? [element('p', '', text), ...actions, dismiss] : []));
}

function fail(what, error) {
  notice(`${what}: ${error.message}`);
}

/** Does something the reader asked for, and says so if it can't be done. */
function attempt(what, act) {
  return async (event) => {
    notice('');
    try {
      await act(event);
    } catch (error) {
      fail(what, error);
    }
  };
}

// What is read

input.addEventListener('input', () => {
  forgetLink();
  refresh();
});

input.addEventListener(
  'paste',
  attempt('The paste could not be read', async (event) => {
    const text = event.clipboardData.getData('text/plain');
    if (text.length < LONG_PASTE_UNITS && text.split('\n', LONG_PASTE_LINES + 1).length <= LONG_PASTE_LINES) {
      return;
    }
    event.preventDefault();
    input.setRangeText('');
    forgetLink();
    const lines = await linesOfLong(text);
    attach({
      name: attached ? `${attached.name} and pasted text` : 'Pasted text',
      lines: attached ? attached.lines.concat(lines) : lines,
    });
  }),
);

function attach(what) {
  attached = what;
  showAttached();
  return refresh();
}

/** The module that reads files, once there is one. */
let files;

/** What is beside the input, and for a file how it is read. */
function showAttached() {
  const place = byId('attached');
  place.hidden = attached === null;
  if (attached === null) {
    place.replaceChildren();
    return;
  }
  const { name, lines, empty, content, encoding } = attached;
  const without = empty ? ` · ${empty}` : '';
  const parts = [
    element('p', 'name', element('strong', '', name), ` · ${lineCount(lines.length)}${without}`),
    button('Remove', '', () => {
      attach(null);
      input.focus();
    }),
  ];
  if (content) {
    parts.push(choice('Encoding', files.ENCODINGS.map((each) => [each, each]), encoding, readFile));
  }
  if (content?.lists?.length > 1) {
    const lists = content.lists.map((path, index) => [String(index), path]);
    parts.push(
      choice('List', lists, String(content.list), async (value) =>
        readFile(encoding, await files.contentOf(name, attached.bytes, encoding, Number(value))),
      ),
    );
  }
  if (content?.rows) {
    const columns = files.columnsOf(content).map((column, index) => [String(index), column]);
    const again = (change) => readFile(encoding, { ...content, ...change });
    parts.push(
      choice('Text column', columns, String(content.textColumn), (value) =>
        again({ textColumn: Number(value) }),
      ),
      choice('Date column', [[String(files.NONE), 'none'], ...columns], String(content.dateColumn), (value) =>
        again({ dateColumn: Number(value) }),
      ),
      choice('First row', [['true', 'a heading'], ['false', 'a headline']], String(content.heading), (value) =>
        again({ heading: value === 'true' }),
      ),
    );
  }
  place.replaceChildren(...parts);
}

function choice(name, options, chosen, change) {
  const select = element('select');
  fillSelect(select, options, chosen);
  select.dataset.part = name;
  select.addEventListener(
    'change',
    attempt('The file could not be read so', async () => {
      await change(select.value);
      document.querySelector(`#attached [data-part="${name}"]`)?.focus();
    }),
  );
  return element('label', '', `${name} `, select);
}

/** Reads the file that is beside the input again. */
async function readFile(encoding, content) {
  const { name, bytes } = attached;
  const read = content ?? (await files.contentOf(name, bytes, encoding));
  await attachFile({ name, bytes, encoding, content: read });
}

/** Puts a file's headlines beside the input, and says what was left out of it. */
async function attachFile(file) {
  await attach({ ...file, ...(await files.fileLines(file.content)) });
  notice(file.content.left.map((each) => `${file.name}: ${each}`).join(' '));
}

async function open(file) {
  files = await import('./files.js');
  const { name, bytes } = await files.bytesOf(file);
  if (files.isModel(bytes) || name.endsWith('.bin')) {
    await useModel(name, bytes);
    return;
  }
  const encoding = files.encodingOf(bytes);
  await attachFile({ name, bytes, encoding, content: await files.contentOf(name, bytes, encoding) });
}

const chooseFile = () => byId('file').click();
byId('open').addEventListener('click', chooseFile);
byId('model-open').addEventListener('click', chooseFile);
byId('file').addEventListener(
  'change',
  attempt('The file could not be opened', async () => {
    const [file] = byId('file').files;
    // The same file again is a change, too.
    await open(file).finally(() => {
      byId('file').value = '';
    });
  }),
);

addEventListener('dragover', (event) => {
  event.preventDefault();
  document.body.classList.add('dropping');
});
addEventListener('dragleave', ({ relatedTarget }) => {
  document.body.classList.toggle('dropping', relatedTarget !== null);
});
addEventListener(
  'drop',
  attempt('What was dropped could not be opened', async (event) => {
    const [file] = event.dataTransfer.files;
    document.body.classList.remove('dropping');
    if (file) {
      event.preventDefault();
      await open(file);
    }
  }),
);

function write(typed, beside = null) {
  input.value = typed;
  forgetLink();
  input.focus();
  return attach(beside);
}

/** Writes something in place of what is here, which can be brought back. */
function replace(text) {
  const [typed, beside] = [input.value, attached];
  write(text);
  const back = button('Bring it back', '', () => {
    notice('');
    write(typed, beside);
  });
  const lost = beside || (typed.trim() !== '' && typed !== text);
  notice(...(lost ? ['What was here is gone from the page.', back] : ['']));
}

byId('example').addEventListener('click', () => replace(EXAMPLE));
byId('clear').addEventListener('click', () => replace(''));
byId('cancel').addEventListener('click', () => {
  scoring.abort();
  byId('progress').hidden = true;
  whenPaused();
  const { total } = summary(scored);
  const text = `Stopped: ${count(total)} of ${lineCount(scored.lines.length)} are scored.`;
  notice(
    text,
    button('Go on', '', () => {
      notice('');
      refresh();
    }),
  );
});

function keep() {
  if (isLinked()) {
    // What the reader had before stays until they make this their own.
    return;
  }
  if (input.value === '' && !attached && corrections.list.length === 0) {
    forget();
    return;
  }
  const whole = remember({
    typed: input.value,
    attached: attached && { name: attached.name, lines: attached.lines },
    corrections: corrections.list,
  });
  const taught = corrections.list.length > 0 ? ', corrections until you undo them' : '';
  byId('kept').textContent = whole
    ? `What is here stays in this browser until you clear it${taught}.`
    : 'This is too long to be here after a reload.';
}
addEventListener('pagehide', () => {
  if (classifier) {
    keep();
  }
});

// What is shown

for (const id of ['show', 'least', 'order']) {
  byId(id).addEventListener('change', () => {
    show();
    announce(`${lineCount(items.length)} shown`);
  });
}

function offerChoices() {
  const labels = tones.labels.map((label, index) => [String(index), label]);
  fillSelect(
    byId('show'),
    [[orders.ALL, 'all'], ...labels, [orders.UNSURE, `unsure, below ${percent(UNSURE_BELOW)}`]],
    orders.ALL,
  );
  fillSelect(
    byId('order'),
    [
      [orders.AS_GIVEN, 'as given'],
      [orders.SUREST, 'surest first'],
      [orders.LEAST_SURE, 'least sure first'],
      ...labels.map(([index, label]) => [orders.MOST + index, `most ${label} first`]),
      [orders.NEWEST, 'newest first'],
    ],
    orders.AS_GIVEN,
  );
}

// Corrections

async function correct(index, label) {
  await attempt('The correction could not be learnt', async () => {
    const { text } = scored.lines[index];
    await corrections.make(classifier, { text, label });
    await rescore();
  })();
}

/** Scores everything again after the model has changed, and notes whose label that changed. */
async function rescore() {
  const old = scored;
  const lines = old.lines;
  if (!(await score(carriedOver({ ...nothing(old.labels) }, lines), { whole: true }))) {
    return;
  }
  let changed = 0;
  lines.forEach((line, index) => {
    const was = before.get(line) ?? tones.labels[old.classes[index]];
    if (was === tones.labels[scored.classes[index]]) {
      before.delete(line);
    } else {
      before.set(line, was);
      changed += 1;
    }
  });
  show();
  showCorrections(changed);
}

function showCorrections(changed) {
  const { length } = corrections.list;
  byId('corrections').hidden = length === 0;
  const learnt = length === 1 ? '1 correction' : `${count(length)} corrections`;
  const labels = changed === 1 ? '1 label' : `${count(changed)} labels`;
  byId('learnt').textContent = length === 0 ? '' : `, with ${learnt} that changed ${labels}`;
  announce(length === 0 ? 'No corrections' : `${learnt}, ${labels} changed`);
  keep();
}

const undo = attempt('The correction could not be undone', async () => {
  await corrections.undo(classifier);
  await rescore();
});
byId('undo').addEventListener('click', async () => {
  await undo();
  if (corrections.list.length === 0) {
    input.focus();
  }
});
byId('undo-all').addEventListener(
  'click',
  attempt('The corrections could not be undone', async () => {
    await corrections.reset(classifier);
    await rescore();
    input.focus();
  }),
);
byId('export-model').addEventListener(
  'click',
  attempt('The model could not be saved', async () => {
    const { download } = await import('./export.js');
    download('model.bin', 'application/octet-stream', await classifier.export());
  }),
);
byId('export-corrections').addEventListener(
  'click',
  attempt('The corrections could not be saved', async () => {
    const { correctionsCsv, download } = await import('./export.js');
    download('corrections.csv', 'text/csv', correctionsCsv(corrections.list));
  }),
);

// Taking away

const TEXT = 'text/plain';
const take = byId('take');
function closeMenu() {
  take.open = false;
  take.querySelector('summary').focus();
}
const copy = (make, what) =>
  attempt(`${what} could not be copied`, async () => {
    if (!navigator.clipboard) {
      throw new Error('browsers let only pages copy that came over https. Download it instead.');
    }
    const made = make();
    // The promise goes in, not its text: Safari lets a page copy only at once, and to wait for a long
    // list takes longer than that.
    const text = made.then((content) => new Blob([content], { type: TEXT }));
    // What fails is told of by `made`.
    text.catch(() => {});
    await Promise.all([made, navigator.clipboard.write([new ClipboardItem({ [TEXT]: text })])]);
    announce(`${what} copied`);
    closeMenu();
    // The tick stays until the menu is opened again.
    take.classList.add('copied');
  });
const csv = async () => (await import('./export.js')).resultsCsv(scored, tones, items);
const json = async () => (await import('./export.js')).resultsJson(scored, tones, items);
const save = (name, type, make) =>
  attempt('The results could not be saved', async () => {
    const { download } = await import('./export.js');
    download(name, type, await make());
  });
byId('copy-csv').addEventListener('click', copy(csv, 'CSV'));
byId('copy-json').addEventListener('click', copy(json, 'JSON'));
byId('copy-link').addEventListener(
  'click',
  copy(() => linkTo(textOf(scored.lines)), 'The link'),
);
byId('save-csv').addEventListener('click', save('undertone.csv', 'text/csv', csv));
byId('save-json').addEventListener('click', save('undertone.json', 'application/json', json));
byId('print').addEventListener('click', () => print());
take.addEventListener('keydown', ({ key }) => {
  if (key === 'Escape') {
    closeMenu();
  }
});
take.addEventListener('toggle', () => {
  if (take.open) {
    // By the click it is there.
    import('./export.js').catch(() => {});
    take.classList.remove('copied');
  }
});
addEventListener('click', ({ target }) => {
  if (!take.contains(target)) {
    take.open = false;
  }
});

// About

byId('about-open').addEventListener(
  'click',
  attempt('The facts could not be shown', async () => {
    const { showModel, showPageLoad } = await import('./about.js');
    if (classifier) {
      showModel(classifier.info);
    }
    const [firstScore] = performance.getEntriesByName(FIRST_SCORE);
    showPageLoad({ firstScore: firstScore?.startTime, speed });
    byId('about').showModal();
  }),
);

// Models

/** Beside the list, always in sight, where there is room; else after it, for the keyboard as well. */
const wide = matchMedia('(width >= 64rem)');
function placeModel() {
  document.querySelector(wide.matches ? '.side' : 'main').append(byId('model'));
}
wide.addEventListener('change', placeModel);
placeModel();

/** Opens a model: the bytes of a file, or the page's own. The one before stays if that fails. */
async function useModel(name, bytes) {
  const opened = await openModel(bytes);
  const made = corrections.list;
  await corrections.teach(opened, made);
  scoring.abort();
  asking.abort();
  classifier?.free();
  classifier = opened;
  tones = tonesOf(opened.labels);
  byId('model-own').hidden = bytes === undefined;
  byId('model-name').textContent = name;
  offerChoices();
  const lines = scored.lines;
  lines.forEach((line) => before.delete(line));
  list.open = -1;
  scored = nothing(tones.labels.length);
  await refresh();
  showCorrections(0);
  if (made.length > corrections.list.length) {
    notice(`${made.length - corrections.list.length} corrections have labels that this model lacks.`);
  }
}

const useOwn = () => useModel('The model of this page');
byId('model-own').addEventListener('click', attempt('The model could not be loaded', useOwn));

// The beginning

/** Puts the headlines that the page's address carries into the input, if it carries any. */
async function takeLink() {
  const linked = await textInLink().catch((error) => fail('The headlines are missing', error));
  if (linked) {
    input.value = linked;
    attached = null;
    showAttached();
  }
}
// A link can be opened where the page is open already.
addEventListener('hashchange', async () => {
  await takeLink();
  await refresh();
});

async function begin() {
  const kept = remembered();
  input.value ||= kept.typed ?? '';
  attached = kept.attached ?? null;
  await takeLink();
  showAttached();
  await useOwn();
  if (scored.lines.length === 0) {
    // What is typed next is scored without a delay, and About has its figure.
    await classifier.classify(EXAMPLE);
  }
  performance.mark(FIRST_SCORE);
  if (kept.corrections?.length > 0) {
    await corrections.teach(classifier, kept.corrections);
    await rescore();
  }
}

try {
  await begin();
} catch (error) {
  console.error(error);
  byId('hint').hidden = true;
  byId('failure').textContent =
    'The model could not be loaded, so nothing can be scored. Reload the page; if that does not ' +
    `help, use a current browser with WebAssembly switched on. (${error.message})`;
}
try {
  const { keepUpToDate } = await import('./update.js');
  await keepUpToDate((update) =>
    notice('A new version of this page is ready.', button('Update now', '', update)),
  );
} catch (error) {
  console.warn('The page will not work without a network:', error);
}
