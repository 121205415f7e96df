// The results: the lines that the reader wants to see, the mood of all, and taking them away.

import { showBarometer, showTime, showWords, summary } from './barometer.js';
import { byId, fillSelect } from './element.js';
import { headlineRow } from './headline.js';
import { textOf } from './lines.js';
import { List } from './list.js';
import { announce, attempt, fail } from './notice.js';
import { count, lineCount } from './numbers.js';
import * as orders from './order.js';
import { nothing } from './scores.js';
import { tonesOf, unsureText } from './tones.js';

const TEXT = 'text/plain';

/** `panel` is the model's, whose `correct`, `grow` and `undo` the rows call. */
export function createResults({ correct, grow, undo }) {
  let scored = nothing(0);
  let model = { tones: tonesOf([]) };
  /** Whose labels the choices offer. */
  let offered = model.tones;
  /** What the list shows, in its order. */
  let items = new Uint32Array(0);
  /** Which lines are wanted; null for all. */
  let wanted = null;

  /** What an open row has beneath, once one has been opened. */
  let why;
  const toggle = async (index) => {
    try {
      why ??= await import('./why.js');
    } catch (error) {
      fail('Why could not be shown', error);
      return;
    }
    list.open = list.open === index ? -1 : index;
  };
  const list = new List(byId('list'), (index, open) =>
    headlineRow(index, open, { scored, ...model, toggle, correct, grow, undo, details: why?.details }),
  );

  function show() {
    const empty = scored.lines.length === 0;
    byId('hint').hidden = !empty;
    byId('waiting').textContent = 'Results appear here as you type.';
    byId('results').hidden = empty;
    byId('mood').hidden = byId('names').hidden = empty;
    if (model.tones !== offered) {
      offer();
    }
    items = orders.arrange(scored, model.tones, {
      show: byId('show').value,
      least: Number(byId('least').value),
      order: byId('order').value,
    });
    if (wanted) {
      items = items.filter((index) => wanted(scored.lines[index]));
    }
    byId('none-match').hidden = empty || items.length > 0;
    list.show(items);
    if (!empty) {
      showBarometer(scored, model.tones);
    }
  }

  function doubt() {
    model.tones.unsureBelow = model.tones.several ? 0 : Number(byId('unsure-below').value);
    byId('show').lastElementChild.text = unsureText(model.tones);
  }

  /** Offers choices by the labels of the model; what was chosen before stays while it is there. */
  function offer() {
    offered = model.tones;
    const each = offered.labels.map((label, index) => [String(index), label]);
    fillAgain('show', [[orders.ALL, 'all'], ...each, [orders.UNSURE, '']]);
    doubt();
    fillAgain('order', [
      [orders.AS_GIVEN, 'as given'],
      [orders.SUREST, 'surest first'],
      [orders.LEAST_SURE, 'least sure first'],
      ...each.map(([index, label]) => [orders.MOST + index, `most ${label} first`]),
      [orders.NEWEST, 'newest first'],
    ]);
  }

  for (const id of ['show', 'least', 'order']) {
    byId(id).addEventListener('change', () => {
      show();
      announce(`${lineCount(items.length)} shown`);
    });
  }
  byId('unsure-below').addEventListener('change', () => {
    doubt();
    show();
    announce(byId('unsure').textContent);
  });
  new ResizeObserver(() => showTime(scored, model.tones)).observe(byId('chart'));

  // In one column the mood comes after the list, which may be long.
  const lead = (from, to) =>
    byId(from).addEventListener('click', () => {
      byId(to).scrollIntoView({ block: 'nearest' });
      byId(to).focus({ preventScroll: true });
    });
  lead('to-mood', 'mood-heading');
  lead('to-list', 'to-mood');

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
  const save = (name, type, make) =>
    attempt('The results could not be saved', async () => {
      const { download } = await import('./export.js');
      download(name, type, await make());
    });
  const csv = async () => (await import('./export.js')).resultsCsv(scored, model.tones, items);
  const json = async () => (await import('./export.js')).resultsJson(scored, model.tones, items);
  byId('copy-csv').addEventListener('click', copy(csv, 'CSV'));
  byId('copy-json').addEventListener('click', copy(json, 'JSON'));
  byId('copy-link').addEventListener(
    'click',
    copy(async () => (await import('./share.js')).linkTo(textOf(scored.lines)), 'The link'),
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

  return {
    show(changed) {
      scored = changed;
      show();
    },
    /** Shows the lines alone for which `which` holds; all for null. */
    only(which) {
      if (which !== wanted) {
        wanted = which;
        show();
      }
    },
    /** Closes what the model before explained, and forgets the choices by its labels. */
    use(another) {
      list.open = -1;
      model = another;
      byId('show').replaceChildren();
      byId('order').replaceChildren();
      offer();
    },
    async settled(signal) {
      const { counts, total } = summary(scored, model.tones);
      const each = model.tones.labels.map((label, index) => `${count(counts[index])} ${label}`).join(', ');
      announce(total === 0 ? 'No headlines' : `${lineCount(total)}: ${each}`);
      const { wordsThatPulled } = await import('./words.js');
      const found = await wordsThatPulled(scored, model.tones, model.classifier, signal);
      showWords(found, model.tones, scored.lines.length);
    },
  };
}

/** Fills a select anew; what was chosen stays if it is still there, or else the first is. */
function fillAgain(id, options) {
  const [[first]] = options;
  const { value } = byId(id);
  fillSelect(byId(id), options, options.some(([each]) => each === value) ? value : first);
}
