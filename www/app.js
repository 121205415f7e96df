// The page: its parts, and what each has to tell another. What the first score can do without is imported
// where it is used.

import { button, byId } from './element.js';
import { EXAMPLE, createInput } from './input.js';
import { createModelPanel } from './model-panel.js';
import { attempt, notice } from './notice.js';
import { createResults } from './results.js';
import { createScoring } from './scoring.js';
import { keep, remembered } from './storage.js';

/** The moment when the first score was there, on the browser's timeline. */
const FIRST_SCORE = 'first-score';

/**
 * With room for two columns, model and mood are beside the list and always in sight; else they come
 * after it, for the keyboard as well.
 */
const wide = matchMedia('(width >= 64rem)');
function place() {
  const [model, mood, names] = [byId('model'), byId('mood'), byId('names')];
  if (wide.matches) {
    document.querySelector('.side').append(model, mood, names);
  } else {
    document.querySelector('main').append(mood, names, model);
  }
}
wide.addEventListener('change', place);
place();

const panel = createModelPanel({
  opened,
  learn: (act) => scoring.learn(act),
  emptied: () => input.focus(),
});
const input = createInput({ changed: refresh, openModel: panel.use });
const results = createResults(panel);
const scoring = createScoring({ changed, settled, resume: refresh });

/** Reads the input again and scores what is new. */
async function refresh() {
  if (panel.model) {
    await scoring.score(input.lines());
  }
}

/** What may wait until the reader pauses: the text kept, the counts said, the words that pulled, the names. */
async function settled(signal) {
  keepAll();
  await Promise.all([results.settled(signal), names && showNames(signal)]);
}

/** The part about names, once the reader has opened it. */
let names;
async function showNames(signal) {
  names ??= import('./names.js').then(({ createNames }) => createNames(results.only));
  await (await names).show(scoring.scored, panel.model, signal);
}
byId('names').addEventListener(
  'toggle',
  attempt('The names could not be shown', async () => {
    if (byId('names').open) {
      await showNames();
    }
  }),
);

/** The part that trains, once the reader has opened it. */
let training;
/** Tells it how many corrections there are by now. It has said so itself if it could not be loaded. */
const offerCorrections = () => training?.then(({ refresh }) => refresh()).catch(() => {});
byId('train').addEventListener(
  'toggle',
  attempt('Training could not be shown', async () => {
    training ??= import('./train.js').then(({ createTraining }) => createTraining(panel));
    (await training).refresh();
  }),
);

async function opened(model) {
  scoring.use(model.classifier);
  results.use(model);
  await refresh();
  keepAll();
  offerCorrections();
}

function changed(scored, old) {
  if (old) {
    panel.compare(old, scored);
  }
  results.show(scored);
  if (old) {
    keepAll();
    offerCorrections();
  }
}

const unsureBelow = byId('unsure-below');
function keepAll() {
  const { defaultSelected, value } = unsureBelow.selectedOptions[0];
  keep({
    ...input.content(),
    corrections: panel.model.corrections,
    unsureBelow: defaultSelected ? undefined : value,
  });
}
unsureBelow.addEventListener('change', keepAll);
addEventListener('pagehide', () => {
  if (panel.model) {
    keepAll();
  }
});

byId('about-open').addEventListener(
  'click',
  attempt('The facts could not be shown', async () => {
    const { showModel, showPageLoad } = await import('./about.js');
    if (panel.model) {
      showModel(panel.model);
    }
    const [firstScore] = performance.getEntriesByName(FIRST_SCORE);
    showPageLoad({ firstScore: firstScore?.startTime, speed: scoring.speed });
    byId('about').showModal();
  }),
);

async function begin() {
  const kept = remembered();
  for (const option of unsureBelow.options) {
    if (option.value === kept.unsureBelow) {
      option.selected = true;
    }
  }
  await input.begin(kept);
  await panel.useOwn();
  if (scoring.scored.lines.length === 0) {
    // What is typed next is scored without a delay, and About has its figure.
    await panel.model.classifier.classify(EXAMPLE);
  }
  performance.mark(FIRST_SCORE);
  if (kept.corrections?.length > 0) {
    await panel.recall(kept.corrections);
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
