// One classifier for all marks of a page, and what waits for it.

/** Marks in the document, and those of them that wait for a score. */
const marks = new Set();
const waiting = new Set();

/** What gives the classifier once it is needed, unless a page has one of its own. */
let load = loadOwn;
/** The promise of the classifier in use, from the first mark that waits on. */
let opening;
/** The same, where `loadOwn` made it, and who made it frees it. */
let own;
let isScoring = false;

/** What labels are called, where that is not what the model calls them. */
export const names = new Map();

/** What marks say besides labels. */
export const texts = {
  unsure: 'unsure',
  none: 'none',
  why: 'Why',
  for: 'for',
  against: 'against',
  foreign: 'Mostly unknown words.',
  unknown: 'The model knows no word of it.',
  failed: 'This could not be explained.',
};

/** Tells which marks are in sight, or will be once the page is scrolled by so much of the window. */
let sight;
const SOON = '25%';

export function configure(options = {}) {
  load = options.load ?? load;
  Object.assign(texts, options.texts);
  Object.entries(options.labels ?? {}).forEach(([label, name]) => names.set(label, name));
}

export function setClassifier(classifier) {
  own?.then((made) => made.free()).catch(() => {});
  own = undefined;
  // A new promise each time, by which marks tell that what they have is of before.
  opening = classifier && (async () => classifier)();
  // Whoever waits for a score sees the error.
  opening?.catch(() => {});
  marks.forEach((mark) => mark.refresh());
}

/** The promise of the classifier in use, if one is. */
export const inUse = () => opening;

export function join(mark) {
  marks.add(mark);
}

export function leave(mark) {
  marks.delete(mark);
  waiting.delete(mark);
  sight?.unobserve(mark);
}

/** Has a mark scored: once it comes in sight, or without delay. */
export function ask(mark) {
  if (mark.loading === 'eager') {
    score(mark);
    return;
  }
  sight ??= new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (isIntersecting) {
          sight.unobserve(target);
          score(target);
        }
      }
    },
    { rootMargin: SOON },
  );
  // Observed anew it is told of anew, where it is in sight already.
  sight.unobserve(mark);
  sight.observe(mark);
}

function score(mark) {
  waiting.add(mark);
  if (!isScoring) {
    isScoring = true;
    scoreAll();
  }
}

/** Scores whatever waits, in one batch, and whatever has come meanwhile in the next. */
async function scoreAll() {
  while (waiting.size > 0) {
    // What a script or the parser adds now comes along.
    await new Promise((resume) => setTimeout(resume));
    opening ??= (async () => load())();
    const used = opening;
    let batch = [];
    try {
      const classifier = await used;
      batch = [...waiting];
      waiting.clear();
      const headlines = batch.map(({ headline }) => headline);
      const predictions = await classifier.classifyBatch(headlines);
      // With another classifier in use all wait again.
      if (used === opening) {
        batch.forEach((mark, index) => mark.show(headlines[index], predictions[index], classifier, used));
      }
    } catch (error) {
      if (used === opening) {
        const failed = [...batch, ...waiting];
        waiting.clear();
        // The next mark tries again: a network comes back.
        opening = own = undefined;
        failed.forEach((mark) => mark.fail(error));
      }
    }
  }
  isScoring = false;
}

/** Opens the package's model in a worker, or on this thread where the page's policy allows no worker. */
function loadOwn() {
  own = import('./worker.js')
    .then((worker) => worker.load())
    .catch(async () => (await import('./index.js')).load());
  return own;
}
