// Reads headlines, one a line, and shows what the model in pkg/ says of each.

const EXAMPLE = `Chipmaker raises full-year outlook after record quarter
Exchange halts withdrawals as losses mount
Central bank leaves rates unchanged
Retailer's profit falls by a third, shares slide
Bitcoin climbs to a three-month high on upbeat inflation report
Company to hold annual general meeting on 12 May`;

/** A screen reader hears the counts once typing has paused for this long. */
const ANNOUNCE_AFTER_MS = 700;
/** A headline names at most this many probabilities, the highest ones if the model has more. */
const MOST_FIGURES = 5;
/** The colours and patterns in style.css, for that many labels and over again for more. */
const TONES = ['tone-a', 'tone-b', 'tone-c', 'tone-d', 'tone-e', 'tone-f'];
/** Two labels are opposites: the ends of the first three tones. */
const TWO_TONES = ['tone-a', 'tone-c'];

const percent = new Intl.NumberFormat('en', { style: 'percent' });
const count = new Intl.NumberFormat('en');

const byId = (id) => document.getElementById(id);
const input = byId('headlines');
const results = byId('results');
const tally = byId('tally');

/** The model; null until it has loaded. */
let classifier = null;
/** Each of its labels with the class that gives it colour and pattern. */
let tones = new Map();
/** What `results` shows: `{ text, prediction }` for each row, in the order of the rows. */
let shown = [];
let announcing;

/** An element with a class and a text or children. Text is text, whatever it contains. */
function element(name, className, ...children) {
  const made = document.createElement(name);
  made.className = className;
  made.append(...children);
  return made;
}

function row({ text, prediction }) {
  const probabilities = Object.entries(prediction.probabilities);

  // The figures below the bar say the same in words.
  const bar = element('span', 'bar');
  bar.setAttribute('aria-hidden', 'true');
  for (const [label, probability] of probabilities) {
    const share = element('span', tones.get(label));
    share.style.flexGrow = 100 * probability;
    // What is named 0 % takes no place, not even the gap beside it.
    share.hidden = Math.round(100 * probability) === 0;
    bar.append(share);
  }

  let named = probabilities;
  if (named.length > MOST_FIGURES) {
    named = named.toSorted(([, a], [, b]) => b - a).slice(0, MOST_FIGURES);
  }
  const figures = element('span', 'figures');
  for (const [label, probability] of named) {
    const figure = element('span', 'figure', `${label} `, percent.format(probability));
    figure.classList.toggle('highest', label === prediction.label);
    figures.append(figure, ' ');
  }

  const headline = element('span', 'headline', text);
  headline.dir = 'auto';
  const label = element('strong', `label ${tones.get(prediction.label)}`, prediction.label);
  return element('li', '', headline, ' ', label, ' ', bar, figures);
}

/** Shows the headlines of the input, making rows only for those that are new. */
function update() {
  const texts = input.value.split('\n').filter((line) => line.trim() !== '');

  // An edit leaves what is before it and what is after it as they are.
  let before = 0;
  while (before < shown.length && before < texts.length && shown[before].text === texts[before]) {
    before += 1;
  }
  let after = 0;
  const most = Math.min(shown.length, texts.length) - before;
  while (after < most && shown.at(-1 - after).text === texts.at(-1 - after)) {
    after += 1;
  }

  const changed = texts.slice(before, texts.length - after);
  const predictions = classifier.classifyBatch(changed);
  const entries = changed.map((text, index) => ({ text, prediction: predictions[index] }));
  const removed = shown.length - after - before;
  shown = shown.toSpliced(before, removed, ...entries);

  const stretch = document.createRange();
  stretch.setStart(results, before);
  stretch.setEnd(results, before + removed);
  stretch.deleteContents();
  const rows = document.createDocumentFragment();
  rows.append(...entries.map(row));
  stretch.insertNode(rows);

  const empty = shown.length === 0;
  byId('hint').hidden = !empty;
  byId('hint-text').textContent = 'Results appear here as you type.';
  results.hidden = empty;
  tally.hidden = empty;
  countLabels();
}

function countLabels() {
  const counts = new Map([...tones.keys()].map((label) => [label, 0]));
  for (const { prediction } of shown) {
    counts.set(prediction.label, counts.get(prediction.label) + 1);
  }
  const parts = [...counts].filter(([, n]) => n > 0 || counts.size <= MOST_FIGURES);
  tally.replaceChildren(
    ...parts.map(([label, n]) => {
      const swatch = element('span', `swatch ${tones.get(label)}`);
      return element('li', '', swatch, `${count.format(n)} ${label}`);
    }),
  );

  clearTimeout(announcing);
  announcing = setTimeout(() => {
    const headlines = shown.length === 1 ? '1 headline' : `${count.format(shown.length)} headlines`;
    const each = parts.map(([label, n]) => `${count.format(n)} ${label}`).join(', ');
    byId('announcement').textContent = shown.length === 0 ? 'No headlines' : `${headlines}: ${each}`;
  }, ANNOUNCE_AFTER_MS);
}

function show(text) {
  input.value = text;
  input.focus();
  if (classifier) {
    update();
  }
}

byId('example').addEventListener('click', () => show(EXAMPLE));
byId('clear').addEventListener('click', () => show(''));

try {
  const { load } = await import('./pkg/index.js');
  classifier = await load();
  const { labels } = classifier;
  const palette = labels.length === 2 ? TWO_TONES : TONES;
  tones = new Map(labels.map((label, index) => [label, palette[index % palette.length]]));
  input.addEventListener('input', update);
  update();
} catch (error) {
  console.error(error);
  byId('hint').hidden = true;
  byId('failure').textContent =
    'The model could not be loaded, so nothing can be scored. Reload the page; if that does not ' +
    `help, use a current browser with WebAssembly switched on. (${error.message})`;
}
