// Keeps the page /live up to date. The page is complete without: the script fills the same elements, makes new ones
// of its templates, and draws the tables of its history. Everything is shown as text.

/** The list holds so many headlines; older ones are a link away. */
const MOST_ITEMS = 200;
const SVG = 'http://www.w3.org/2000/svg';
const NARROWEST = 240;
const HEIGHT = 180;
/** Room for the axis's words: left, and at top and bottom. */
const LEFT = 40;
const EDGE = 22;
/** The mood is asked for again so long after the first of some headlines came. */
const CALM_MS = 1500;
/** … and as often in any event, since hours pass. */
const MINUTE_MS = 60_000;
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

const byId = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search);
const tones = new Map();
for (const term of byId('tones').querySelectorAll('dt')) {
  tones.set(term.textContent, term.nextElementSibling.textContent);
}

/** A query string of the page's own parameters by these names, and more. */
function query(names, more = {}) {
  const chosen = names.filter((name) => asked.get(name)).map((name) => [name, asked.get(name)]);
  const text = new URLSearchParams([...chosen, ...Object.entries(more)]).toString();
  return text === '' ? '' : `?${text}`;
}

/** A mood in whole points, as in print: +12, −4, 0. */
function points(mood) {
  if (mood === null || mood === undefined) {
    return '–';
  }
  const rounded = Math.round(mood);
  return `${rounded < 0 ? '−' : rounded > 0 ? '+' : ''}${Math.abs(rounded)}`;
}

const error = ({ standard_error: error }) => (error === null ? '' : `± ${Math.round(error)}`);
const headlines = (count) => `${count} ${count === 1 ? 'headline' : 'headlines'}`;

/** `29 Nov 17:05` of `2026-11-29T17:05:00Z`, `29 Nov` of a day. */
function shownTime(time) {
  const day = `${Number(time.slice(8, 10))} ${MONTHS[Number(time.slice(5, 7)) - 1]}`;
  return time.length > 10 ? `${day} ${time.slice(11, 16)}` : day;
}

/** A copy of what a template of the page holds. */
const copy = (id) => byId(id).content.firstElementChild.cloneNode(true);

/** A headline as an item of a list. */
function item({ id, title, url, label, confidence, source, at, coins }) {
  const made = copy('item');
  made.dataset.id = id;
  const place = made.querySelector('.title');
  if (url === null) {
    place.textContent = title;
  } else {
    const link = document.createElement('a');
    link.href = url;
    link.rel = 'noopener noreferrer nofollow';
    link.textContent = title;
    place.append(link);
  }
  const mark = made.querySelector('.about span');
  mark.className = tones.get(label) ?? 'other';
  mark.textContent = `${label} ${Math.round(100 * confidence)}%`;
  made.querySelector('.source').textContent = source;
  const time = made.querySelector('time');
  time.dateTime = at;
  time.textContent = shownTime(at);
  made.querySelector('.coins').textContent = coins.join(', ');
  return made;
}

/** A line of a table: an hour or a day, or a source or coin with a link to its view. */
function row(part, filter) {
  const made = copy('row');
  const [head, mood, range, count] = made.children;
  if (filter === undefined) {
    const time = document.createElement('time');
    time.dateTime = part.of;
    time.textContent = shownTime(part.of);
    head.append(time);
  } else {
    const link = document.createElement('a');
    link.href = `/live${query(['hours'], { [filter]: part.of })}`;
    link.dir = 'auto';
    link.textContent = part.of;
    head.append(link);
  }
  mood.textContent = points(part.mood);
  if (part.mood !== null) {
    mood.dataset.value = part.mood;
  }
  range.textContent = error(part);
  count.textContent = part.headlines;
  return made;
}

function fill(id, parts) {
  const table = byId(id);
  table?.tBodies[0].replaceChildren(...parts.map((part) => row(part, table.dataset.filter)));
}

function shape(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

/** Draws a table of the history, for the place that there is. Who can't see it has the table itself. */
function draw(place) {
  const rows = [...byId(place.dataset.of).tBodies[0].rows];
  const width = Math.max(NARROWEST, place.clientWidth);
  const step = (width - LEFT) / rows.length;
  const y = (mood) => HEIGHT / 2 - (mood / 100) * (HEIGHT / 2 - EDGE);
  const chart = shape('svg', { viewBox: `0 0 ${width} ${HEIGHT}`, 'aria-hidden': 'true' });
  for (const mood of [100, 0, -100]) {
    chart.append(
      shape('line', { class: mood === 0 ? 'zero' : 'grid', x1: LEFT, x2: width, y1: y(mood), y2: y(mood) }),
      shape('text', { x: LEFT - 6, y: y(mood) + 4, 'text-anchor': 'end' }, points(mood)),
    );
  }
  rows.forEach(({ cells: [when, mood, range, count] }, index) => {
    if (mood.dataset.value === undefined) {
      return;
    }
    const value = Number(mood.dataset.value);
    const of = headlines(Number(count.textContent));
    const name = `${when.textContent}: ${mood.textContent} ${range.textContent}, ${of}`;
    const bar = {
      class: value < 0 ? 'bad' : value > 0 ? 'good' : 'other',
      x: LEFT + step * (index + 0.15),
      width: step * 0.7,
      y: Math.min(y(value), y(0)) - (value === 0 ? 1 : 0),
      height: Math.max(2, Math.abs(y(value) - y(0))),
    };
    chart.append(shape('rect', bar, shape('title', {}, name)));
  });
  const [first, last] = [rows[0], rows.at(-1)].map((one) => one.cells[0].textContent);
  chart.append(
    shape('text', { x: LEFT, y: HEIGHT - 4 }, first),
    shape('text', { x: width, y: HEIGHT - 4, 'text-anchor': 'end' }, last),
  );
  place.replaceChildren(chart);
}

const charts = document.querySelectorAll('.chart');
const drawAll = () => charts.forEach(draw);

async function json(path) {
  const response = await fetch(path);
  if (!response.ok) {
    throw new Error(`status ${response.status}`);
  }
  return response.json();
}

/** Whose mood it is, of which the server takes one at a time. */
const subject = asked.get('coin') ? ['coin'] : ['source'];

/** Asks for the mood again and shows it; what can't be had stays as it is, until the next time. */
async function showMood() {
  try {
    const [mood, daily] = await Promise.all([
      json(`/api/mood${query(['hours', ...subject])}`),
      json(`/api/mood/daily${query(subject, { days: byId('days').tBodies[0].rows.length })}`),
    ]);
    byId('number').textContent = points(mood.mood);
    byId('number').value = mood.mood ?? '';
    byId('error').textContent = error(mood);
    const counts = [...tones.keys()].map((label) => `${mood.labels[label] ?? 0} ${label}`);
    byId('counted').textContent = `${headlines(mood.headlines)}: ${counts.join(', ')}`;
    fill('hours', mood.by_hour);
    fill('days', daily.days);
    fill('sources', mood.by_source);
    fill('coins', mood.by_coin);
    for (const list of document.querySelectorAll('#top ol')) {
      list.replaceChildren(...(mood.top[list.dataset.label] ?? []).map(item));
    }
    drawAll();
  } catch {
    // The stream's own status says that the server is away.
  }
}

let waiting;
function showMoodSoon() {
  waiting ??= setTimeout(() => {
    waiting = undefined;
    showMood();
  }, CALM_MS);
}

const list = byId('list');
const status = byId('status');
const pause = byId('pause');
/** What came while the list stands still, the newest last. */
let held = [];
let came = 0;

const isPaused = () => pause.getAttribute('aria-pressed') === 'true';

function show(found) {
  const known = new Set(Array.from(list.children, ({ dataset }) => dataset.id));
  for (const one of found) {
    if (!known.has(String(one.id))) {
      list.prepend(item(one));
    }
  }
  while (list.children.length > MOST_ITEMS) {
    list.lastElementChild.remove();
  }
  byId('none').hidden = list.children.length > 0;
}

/** Says how it stands; to a screen reader at most once in a while, since it is one region. */
function say(text) {
  if (status.textContent !== text) {
    status.textContent = text;
  }
}

function take(headline) {
  came += 1;
  if (isPaused()) {
    held.push(headline);
    held = held.slice(-MOST_ITEMS);
    say(`Paused; ${headlines(held.length)} more.`);
  } else {
    show([headline]);
    say(`Live: ${headlines(came)} since you came.`);
  }
  showMoodSoon();
}

/** The list as the server has it now, after more was missed than the stream gives again. */
async function reload() {
  try {
    const { headlines: found } = await json(`/api/headlines${query(['label', 'coin', 'source'])}`);
    list.replaceChildren();
    show(found.toReversed());
    showMoodSoon();
  } catch {
    say('What was missed can’t be had; load the page again.');
  }
}

function listen() {
  const after = list.dataset.last === undefined ? {} : { after: list.dataset.last };
  const stream = new EventSource(`/api/events${query(['label', 'coin', 'source'], after)}`);
  stream.addEventListener('open', () => say(isPaused() ? 'Paused.' : 'Live: new headlines come by themselves.'));
  stream.addEventListener('headline', ({ data }) => take(JSON.parse(data)));
  stream.addEventListener('reset', reload);
  stream.addEventListener('error', () => {
    // A browser gives up on an answer that is no stream: there are too many readers.
    if (stream.readyState === EventSource.CLOSED) {
      say('The server takes no more readers now; trying again in a minute.');
      setTimeout(listen, MINUTE_MS);
    } else {
      say('The server is away; what is missed comes when it is back.');
    }
  });
  // A page that is kept for going back must not hold a place.
  window.addEventListener('pagehide', () => stream.close(), { once: true });
  window.addEventListener('pageshow', ({ persisted }) => persisted && location.reload(), { once: true });
}

pause.addEventListener('click', () => {
  pause.setAttribute('aria-pressed', String(!isPaused()));
  if (!isPaused()) {
    show(held);
    held = [];
  }
  say(isPaused() ? 'Paused.' : 'Live: new headlines come by themselves.');
});

drawAll();
new ResizeObserver(drawAll).observe(document.querySelector('.histories'));
setInterval(showMood, MINUTE_MS);
if ('live' in list.dataset) {
  pause.hidden = false;
  listen();
}
