// Scoring, in the background: a page's policy has no say there, and one model serves all pages.

import { pulls, scaleOf, verdictOf } from 'undertone/element-verdict.js';
import { load } from 'undertone/index.js';

import { IN_USE, OFFERED, dropModel, keepModel, modelAt } from './own-model.js';
import { choose, settings } from './settings.js';

/** Six digits are enough for a probability: the model's own are no more exact. */
const STEPS = 1e6;
const rounded = (share) => Math.round(share * STEPS) / STEPS;

/** The promise of the classifier in use, from the first question on. */
let opening;
/** The same, once its names are loaded. */
let naming;

async function open() {
  const { model } = await settings();
  const own = model === null ? undefined : await modelAt(IN_USE);
  return load(own === undefined ? {} : { model: own });
}

function classifier() {
  opening ??= open().catch((error) => {
    opening = undefined;
    throw error;
  });
  return opening;
}

function named() {
  naming ??= (async () => {
    const used = await classifier();
    await used.loadNames();
    return used;
  })().catch((error) => {
    naming = undefined;
    throw error;
  });
  return naming;
}

/** After this the next question opens the model that is chosen then. */
function forget() {
  opening?.then((used) => used.free()).catch(() => {});
  opening = naming = undefined;
}

const modelOf = ({ labels, info: { thresholds, link } }) => ({ labels, thresholds, link });

/** What the model says of each text, what a mark of it looks like, and what there is to know of the model. */
export async function score({ texts }) {
  const [used, { threshold }] = await Promise.all([classifier(), settings()]);
  const scores = used.classifyBatch(texts).map((prediction) => {
    const { tone, shape, unsure, labels } = verdictOf(prediction, used, threshold);
    const { label, probabilities, known } = prediction;
    return {
      label: used.labels.indexOf(label),
      probabilities: used.labels.map((name) => rounded(probabilities[name])),
      known: rounded(known),
      look: { tone, shape, name: unsure ? 'unsure' : labels.join(', ') || 'none' },
    };
  });
  return { model: modelOf(used), scores };
}

/** The probabilities and the words that decided, from the strongest on, each with where it pulls. */
export async function explain({ text }) {
  const used = await classifier();
  const explanation = used.explain(text);
  const scale = scaleOf(used);
  const { label, probabilities, foreign } = explanation;
  const words = pulls(explanation, scale, label).map(({ word, pull }) => {
    const isUp = pull > 0;
    if (scale) {
      return { word, tone: isUp ? 'up' : 'down', shape: isUp ? '▲' : '▼', towards: scale[isUp ? 0 : 1] };
    }
    return { word, tone: 'other', shape: isUp ? '+' : '−', towards: `${isUp ? 'for' : 'against'} ${label}` };
  });
  const figures = Object.entries(probabilities).sort((one, other) => other[1] - one[1]);
  return { figures, foreign, words };
}

/** Whom each text names: as `mentionsBatch` gives it, but in lists, which alone pass as messages. */
export async function mentions({ texts }) {
  const { names, counts, found } = (await named()).mentionsBatch(texts);
  return { names: [...names], counts: [...counts], found: [...found] };
}

/** Takes the model that the options page has put down, if it opens. */
export async function useOffered({ name }) {
  const bytes = await modelAt(OFFERED);
  if (bytes === undefined) {
    // Firefox has another storage for each of its containers.
    throw new Error('expected the file’s bytes, found none: open these options in a tab without a container');
  }
  try {
    const offered = await load({ model: bytes });
    const { labels } = offered;
    offered.free();
    await keepModel(IN_USE, bytes);
    forget();
    // Every page hears of it, and asks anew.
    await choose({ model: { name, bytes: bytes.length, labels: [...labels], since: Date.now() } });
    return [...labels];
  } finally {
    await dropModel(OFFERED);
  }
}

/** Goes back to the model inside. */
export async function useOwn() {
  forget();
  await choose({ model: null });
  await dropModel(IN_USE);
}
