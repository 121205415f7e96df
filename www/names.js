// Coins and companies: how the headlines stand that name each. Loaded, with the list of names, when the
// reader opens its part of the page.

import { balanceOf } from './barometer.js';
import { button, byId, element } from './element.js';
import { download } from './export.js';
import { difference } from './interval.js';
import { announce, attempt } from './notice.js';
import { count, lineCount, points } from './numbers.js';
import { UNSCORED, labelsOf } from './scores.js';
import { KEY } from './storage.js';
import { tableText } from './table.js';

/** Where the reader's own list is kept, in this browser. */
const OWN_KEY = `${KEY}-names`;
/** So many names are shown before the reader asks for all. */
const FIRST_ROWS = 25;

/** The columns, by which the rows can be sorted, and which way that goes first. */
const COLUMNS = [
  { title: 'Name', key: ({ name }) => name.toLowerCase(), down: false },
  { title: 'Headlines', key: ({ headlines }) => headlines, down: true },
  { title: 'Balance', key: ({ balance }) => balance, down: true },
];

const style = element('link');
style.rel = 'stylesheet';
style.href = 'names.css';
document.head.append(style);

/** Calls `only(wanted)` for the list to show the lines that are wanted, or all where it is null. */
export function createNames(only) {
  let scored;
  let model;
  /** The classifier that has the names. */
  let ready;
  let names = [];
  /** Each line's names, by their places among all. */
  let known = new WeakMap();
  /** The name whose headlines alone are shown. */
  let chosen = null;
  let order = { ...COLUMNS[1] };
  let isWhole = false;
  /** What was asked last: an answer to a question before it is of no use. */
  let asked = 0;
  let rows = [];

  const parts = build({ useOwn, sortBy, showAll, save });
  byId('only').addEventListener('click', () => {
    choose(null);
    parts.body.querySelector('button')?.focus();
  });

  /** Finds the names of what is new, and shows the table. */
  async function update(signal) {
    asked += 1;
    const now = asked;
    const { classifier } = model;
    if (ready !== classifier) {
      const loaded = await namesOf(classifier);
      if (now !== asked) {
        return;
      }
      [ready, names, known] = [classifier, loaded, new WeakMap()];
    }
    const missing = scored.lines.filter((line) => !known.has(line));
    const texts = missing.map(({ text }) => text);
    const { counts, found } = await classifier.mentionsBatch(texts, { signal });
    if (now !== asked) {
      return;
    }
    let at = 0;
    missing.forEach((line, index) => {
      known.set(line, found.subarray(at, (at += counts[index])));
    });
    draw();
    only(chosen === null ? null : wanted());
  }

  /** Loads the names; without the reader's own where those are no list any more. */
  async function namesOf(classifier) {
    try {
      return await classifier.loadNames({ own: ownList() });
    } catch (error) {
      if (error.code !== 'bad-names') {
        throw error;
      }
      parts.refuse(error);
      return classifier.loadNames();
    }
  }

  /** Whether a line names the one that was chosen. */
  function wanted() {
    const place = names.indexOf(chosen);
    return (line) => known.get(line)?.includes(place) ?? false;
  }

  function tally() {
    const found = new Map();
    scored.lines.forEach((line, index) => {
      if (scored.classes[index] === UNSCORED) {
        return;
      }
      for (const place of known.get(line) ?? []) {
        if (!found.has(place)) {
          found.set(place, { headlines: 0, counts: new Array(scored.labels).fill(0) });
        }
        const sum = found.get(place);
        sum.headlines += 1;
        for (const label of labelsOf(scored, index, model.tones)) {
          sum.counts[label] += 1;
        }
      }
    });
    return Array.from(found, ([place, { headlines, counts }]) => ({
      name: names[place],
      headlines,
      counts,
      balance: balanceOf(counts, model.tones),
    }));
  }

  function draw() {
    rows = tally();
    if (!rows.some(({ name }) => name === chosen)) {
      chosen = null;
    }
    arrange();
  }

  /** Shows the rows in their order. */
  function arrange() {
    const { key, down } = order;
    const compare = (a, b) => Number(key(a) > key(b)) - Number(key(a) < key(b));
    // Of equals, those with more headlines come first, and then those first in the alphabet.
    const [byName, byHeadlines] = COLUMNS;
    rows.sort(
      (a, b) =>
        (down ? compare(b, a) : compare(a, b)) ||
        byHeadlines.key(b) - byHeadlines.key(a) ||
        Number(byName.key(a) > byName.key(b)) - Number(byName.key(a) < byName.key(b)),
    );
    COLUMNS.forEach(({ title }, index) => {
      const [now, next] = down ? ['descending', 'ascending'] : ['ascending', 'descending'];
      if (title === order.title) {
        parts.heads[index].setAttribute('aria-sort', now);
        parts.heads[index].firstChild.title = `Sort ${next}`;
      } else {
        parts.heads[index].removeAttribute('aria-sort');
      }
    });
    const { activeElement } = document;
    const focused = parts.body.contains(activeElement) ? activeElement.dataset.name : undefined;
    const shown = isWhole ? rows : rows.slice(0, FIRST_ROWS);
    parts.body.replaceChildren(...shown.map(row));
    if (focused !== undefined) {
      parts.body.querySelector(`[data-name="${CSS.escape(focused)}"]`)?.focus();
    }
    parts.all.hidden = shown.length === rows.length;
    parts.all.textContent = `Show all ${count(rows.length)}`;
    parts.table.hidden = rows.length === 0;
    parts.none.hidden = rows.length > 0;
    byId('only').hidden = chosen === null;
    byId('only').textContent = `Only ${chosen} ✕`;
    byId('only').setAttribute('aria-label', `Only ${chosen}: show all headlines again`);
  }

  function row({ name, headlines, counts, balance }) {
    const pick = button(name, '', () => choose(name === chosen ? null : name));
    pick.dataset.name = name;
    pick.setAttribute('aria-pressed', name === chosen);
    const head = element('th', '', pick);
    head.scope = 'row';
    const { positive, negative } = model.tones;
    const cells = [element('td', '', count(headlines))];
    if (positive >= 0) {
      const [low, high] = difference(counts[positive], counts[negative], headlines);
      const range = element('span', 'range', ` ${points(low)} to ${points(high)}`);
      cells.push(element('td', '', points(balance), range));
    }
    return element('tr', '', head, ...cells);
  }

  function choose(name) {
    chosen = name;
    arrange();
    only(name === null ? null : wanted());
    const found = rows.find((row) => row.name === name);
    announce(found ? `${lineCount(found.headlines)} about ${name}` : 'All headlines shown');
  }

  function sortBy(column) {
    const down = column.title === order.title ? !order.down : column.down;
    order = { ...column, down };
    arrange();
    announce(`Sorted by ${column.title.toLowerCase()}, ${down ? 'descending' : 'ascending'}`);
  }

  function showAll() {
    isWhole = true;
    arrange();
    parts.body.querySelectorAll('button')[FIRST_ROWS]?.focus();
  }

  /** Puts the reader's list to use, and keeps it, unless it is none. */
  async function useOwn(list) {
    const { classifier } = model;
    const loaded = await classifier.loadNames({ own: list });
    [ready, names, known] = [classifier, loaded, new WeakMap()];
    keepOwn(list);
    await update();
    announce(list.trim() === '' ? 'Your own names are no longer looked for' : 'Your own names are in use');
  }

  /** The table as the command prints it. */
  function save(type) {
    const { labels } = model.tones;
    const hasBalance = model.tones.positive >= 0;
    if (type === 'csv') {
      const head = ['name', 'headlines', ...labels, 'balance'];
      const cells = rows.map(({ name, headlines, counts, balance }) => [
        name,
        headlines,
        ...counts,
        hasBalance ? balance : '',
      ]);
      download('names.csv', 'text/csv', tableText([head, ...cells]));
    } else {
      const objects = rows.map(({ name, headlines, counts, balance }) => ({
        name,
        headlines,
        labels: Object.fromEntries(labels.map((label, index) => [label, counts[index]])),
        balance: hasBalance ? balance : null,
      }));
      download('names.json', 'application/json', `${JSON.stringify(objects, null, 2)}\n`);
    }
  }

  return {
    async show(lines, another, signal) {
      [scored, model] = [lines, another];
      const hasBalance = model.tones.positive >= 0;
      parts.heads[2].hidden = !hasBalance;
      await update(signal);
    },
  };
}

function ownList() {
  try {
    return localStorage.getItem(OWN_KEY) ?? '';
  } catch {
    // Forbidden by the reader.
    return '';
  }
}

function keepOwn(list) {
  try {
    if (list.trim() === '') {
      localStorage.removeItem(OWN_KEY);
    } else {
      localStorage.setItem(OWN_KEY, list);
    }
  } catch {
    // Forbidden by the reader, or full: it is in use until the page is left.
  }
}

/** Makes what stands in the part, and gives what changes of it. */
function build({ useOwn, sortBy, showAll, save }) {
  const heads = COLUMNS.map((column) => {
    const head = element('th', '', button(column.title, '', () => sortBy(column)));
    head.scope = 'col';
    return head;
  });
  const body = element('tbody');
  const caption = element('caption', 'visually-hidden', 'Headlines that name each coin and company');
  const table = element('table', '', caption, element('thead', '', element('tr', '', ...heads)), body);
  const none = element('p', 'quiet', 'No headline names a coin or company of the list.');
  const all = button('', '', showAll);

  const own = element('textarea');
  own.rows = 4;
  own.spellcheck = false;
  own.placeholder = 'Quorvex Holdings, Quorvex, QVX';
  own.value = ownList();
  own.setAttribute('aria-describedby', 'own-names-hint');
  const label = element('label', '', element('span', '', 'Names of your own'), own);
  const hint = element(
    'p',
    'quiet',
    'A name a line, and after commas its aliases and tickers. They go before the page’s, and stay in this browser.',
  );
  hint.id = 'own-names-hint';
  const file = element('input');
  file.type = 'file';
  file.accept = '.txt,.csv,.tsv,text/plain';
  file.hidden = true;
  file.setAttribute('aria-label', 'A file of names');
  const reason = element('p');
  reason.setAttribute('role', 'alert');
  const refuse = ({ message }) => {
    reason.textContent = `Your own names are not in use: ${message}`;
  };
  const use = async (list) => {
    reason.textContent = '';
    await useOwn(list).catch(refuse);
  };
  file.addEventListener('change', async () => {
    const [chosen] = file.files;
    if (chosen) {
      own.value = await chosen.text();
      file.value = '';
      await use(own.value);
    }
  });
  const ownPart = element(
    'details',
    'own',
    element('summary', '', 'Your own names'),
    label,
    hint,
    element(
      'div',
      'actions',
      button('Use these names', '', () => use(own.value)),
      button('Open a list', '', () => file.click()),
      file,
    ),
    reason,
  );
  const saving = (type) => attempt('The table could not be saved', async () => save(type));
  const actions = element(
    'div',
    'actions',
    all,
    button('Download as CSV', '', saving('csv')),
    button('Download as JSON', '', saving('json')),
  );
  byId('names-body').replaceChildren(none, table, actions, ownPart);
  return { heads, body, table, none, all, refuse };
}
