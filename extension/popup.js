// The popup: whether this page is marked, its balance, and its headlines. It asks the page, and keeps nothing.

import { balanceOf, summary } from '../www/barometer.js';
import { button, byId, element, fillSelect } from '../www/element.js';
import { download, resultsCsv, resultsJson } from '../www/export.js';
import { bar } from '../www/headline.js';
import { difference } from '../www/interval.js';
import { count, lineCount, percent, points } from '../www/numbers.js';
import { ALL, AS_GIVEN, UNSURE, arrange } from '../www/order.js';
import { confidence, isUnsure, labelsOf } from '../www/scores.js';
import { tonesOf } from '../www/tones.js';

import { answer, api, ask } from './api.js';
import { byName } from './names.js';
import { settings } from './settings.js';
import { markTab, shown, siteOf } from './sites.js';

/** So many headlines are listed before the reader asks for all, and so many names. */
const FIRST_ROWS = 50;
const FIRST_NAMES = 10;
/** A page that changes is asked anew after so many ms. */
const AGAIN_MS = 300;
/** Why a page can't be marked, where the browser doesn't say. */
const UNREADABLE = 'This page can’t be marked: it is the browser’s own, or it has not been allowed.';

const asked = new URLSearchParams(location.search).get('tab');
/** The tab that this is about. */
let tab;
let site;
let scored;
let tones;
let showing = ALL;
let isWhole = false;

document.body.classList.toggle('wide', asked !== null);
byId('apart').hidden = asked !== null;

async function start() {
  [tab] = asked === null ? await api.tabs.query({ active: true, currentWindow: true }) : [{ id: Number(asked) }];
  byId('apart').href = `popup.html?tab=${tab.id}`;
  // Known where the button was pressed on it, or the site is allowed.
  const { url } = asked === null ? tab : await api.tabs.get(tab.id);
  site = siteOf(url);
  await update();
}

/** Asks the page how it stands, and shows that. */
async function update() {
  const report = await reported();
  site ??= report?.site;
  const isAllowed = site !== undefined && (await api.permissions.contains({ origins: [site] }));
  const here = site === undefined ? '' : shown(site);
  byId('once').hidden = report !== undefined;
  byId('stop').hidden = report === undefined || isAllowed;
  byId('allow').hidden = isAllowed || site === undefined;
  byId('allow').textContent = `Always on ${here}`;
  byId('forbid').hidden = !isAllowed;
  byId('forbid').textContent = `Never again on ${here}`;
  fail(report?.problem ?? '');
  const isMarked = report?.model !== undefined;
  for (const part of ['mood', 'names', 'headlines']) {
    byId(part).hidden = !isMarked || report.texts.length === 0;
  }
  if (!isMarked) {
    byId('state').textContent = report ? 'Looking for headlines …' : 'This page is not marked.';
    return;
  }
  const found = lineCount(report.texts.length);
  const rest = report.isWhole ? '' : ', the first of more';
  byId('state').textContent = report.texts.length === 0 ? 'No headlines here so far.' : `${found} on this page${rest}.`;
  const { threshold } = await settings();
  tones = { ...tonesOf(report.model.labels, report.model), unsureBelow: threshold };
  scored = scoredOf(report);
  if (report.texts.length > 0) {
    showMood();
    showList();
    await showNames();
  }
}

/** What the page tells; undefined where the script doesn't run. */
async function reported() {
  try {
    return (await api.tabs.sendMessage(tab.id, { kind: 'report' })).result;
  } catch {
    return undefined;
  }
}

/** As the page of this project has its lines. */
function scoredOf({ texts, scores, model }) {
  return {
    lines: texts.map((text) => ({ text })),
    classes: Int16Array.from(scores, ({ label }) => label),
    probabilities: Float64Array.from(scores.flatMap(({ probabilities }) => probabilities)),
    known: Float64Array.from(scores, ({ known }) => known),
    labels: model.labels.length,
  };
}

function showMood() {
  const { counts, total, unsure } = summary(scored, tones);
  const { positive, negative, labels } = tones;
  byId('balance-part').hidden = positive < 0;
  byId('mood-title').textContent = positive < 0 ? 'This page' : 'Balance of this page';
  if (positive >= 0) {
    const [low, high] = difference(counts[positive], counts[negative], total);
    byId('balance').textContent = points(balanceOf(counts, tones));
    byId('balance-range').textContent =
      `${labels[positive]} minus ${labels[negative]}, in points; ${points(low)} to ${points(high)}`;
  }
  const shares = counts.map((n) => n / total);
  byId('mood-bar').replaceChildren(bar(shares, tones));
  byId('shares').textContent = labels.map((label, k) => `${label} ${percent(shares[k])} (${count(counts[k])})`).join(', ');
  byId('unsure').textContent = `${count(unsure)} of ${count(total)} unsure. The range is a 95% interval.`;
}

async function showNames() {
  const details = byId('names').querySelector('details');
  if (!details.open) {
    return;
  }
  const rows = byName(scored, tones, await ask('mentions', { texts: scored.lines.map(({ text }) => text) }));
  const hasBalance = tones.positive >= 0;
  const heads = ['Name', 'Headlines', ...(hasBalance ? ['Balance'] : [])].map((title) => {
    const head = element('th', '', title);
    head.scope = 'col';
    return head;
  });
  const body = rows.slice(0, FIRST_NAMES).map(({ name, headlines, counts, balance }) => {
    const head = element('th', '', name);
    head.scope = 'row';
    const cells = [element('td', '', count(headlines))];
    if (hasBalance) {
      const [low, high] = difference(counts[tones.positive], counts[tones.negative], headlines);
      cells.push(element('td', '', points(balance), element('span', 'range', ` ${points(low)} to ${points(high)}`)));
    }
    return element('tr', '', head, ...cells);
  });
  byId('names-body').replaceChildren(
    rows.length === 0
      ? element('p', 'quiet', 'No headline names a coin or company of the list.')
      : element('table', '', element('thead', '', element('tr', '', ...heads)), element('tbody', '', ...body)),
  );
}

function showList() {
  const options = [
    [ALL, 'all'],
    ...tones.labels.map((label, index) => [String(index), label]),
    [UNSURE, 'unsure'],
  ];
  fillSelect(byId('show'), options, showing);
  const items = chosen();
  const first = isWhole ? items : items.slice(0, FIRST_ROWS);
  byId('list').replaceChildren(...Array.from(first, row));
  byId('all').hidden = first.length === items.length;
  byId('all').textContent = `Show all ${count(items.length)}`;
}

const chosen = () => arrange(scored, tones, { show: showing, least: 0, order: AS_GIVEN });

function row(index) {
  const label = scored.classes[index];
  const looks = { [tones.positive]: ['up', '▲'], [tones.negative]: ['down', '▼'] };
  const [tone, shape] = isUnsure(scored, index, tones) ? ['', '?'] : (looks[label] ?? ['', tones.positive < 0 ? '◆' : '●']);
  const sign = element('span', tone, shape);
  sign.setAttribute('aria-hidden', 'true');
  const said = labelsOf(scored, index, tones).map((k) => tones.labels[k]).join(', ');
  const verdict = element('span', 'verdict', sign, ` ${percent(confidence(scored, index))}`);
  verdict.title = tone === '' && shape === '?' ? `unsure, ${said}` : said;
  verdict.append(element('span', 'visually-hidden', ` ${verdict.title}`));
  const find = button(scored.lines[index].text, 'plain', () => api.tabs.sendMessage(tab.id, { kind: 'find', index }));
  return element('li', '', verdict, find);
}

function fail(text) {
  byId('problem').textContent = text;
}

/** Does something by a button, and shows how the page stands then. */
function by(id, act) {
  byId(id).addEventListener('click', async () => {
    try {
      await act();
      await update();
    } catch (error) {
      fail(id === 'once' ? `${UNREADABLE} (${error.message})` : error.message);
    }
  });
}

by('once', () => markTab(tab.id));
by('allow', async () => {
  // Asked for before anything else, as browsers want it of a press. The background does what follows, for the
  // question may close this popup.
  if (await api.permissions.request({ origins: [site] })) {
    await markTab(tab.id);
  }
});
by('stop', () => api.tabs.sendMessage(tab.id, { kind: 'stop' }));
by('forbid', async () => {
  await api.permissions.remove({ origins: [site] });
  await api.tabs.sendMessage(tab.id, { kind: 'stop' }).catch(() => {});
});
by('csv', async () => download('headlines.csv', 'text/csv', await resultsCsv(scored, tones, chosen())));
by('json', async () => download('headlines.json', 'application/json', await resultsJson(scored, tones, chosen())));
by('all', () => {
  isWhole = true;
});
byId('show').addEventListener('change', ({ target }) => {
  showing = target.value;
  isWhole = false;
  showList();
});
byId('names').querySelector('details').addEventListener('toggle', () => showNames().catch(({ message }) => fail(message)));

let again;
answer({
  counted(_, sender) {
    if (sender.tab?.id === tab?.id) {
      again ??= setTimeout(async () => {
        again = undefined;
        await update();
      }, AGAIN_MS);
    }
  },
});

start().catch(({ message }) => fail(message));
