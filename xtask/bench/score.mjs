// The JavaScript side of `cargo xtask bench score`.
//
//   node score.mjs texts TEXTS ROUNDS    µs a text of each way, in rounds in which they take turns; with
//                                        MODELS, the folder of what peers.py has trained, of that, too
//   node score.mjs lengths TEXTS ROUNDS  ns a byte of 1 MB of text, in parts of 1 KB to 1 MB, likewise
//   node score.mjs load                  ms from load() to the first score, in this process
//
// UNDERTONE is the package's folder, PEERS the folder that the other packages are installed in.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Of the order in which ways take turns. */
let state = 1;

const { load } = await import(pathToFileURL(resolve(process.env.UNDERTONE, 'node.js')));
const [what, ...rest] = process.argv.slice(2);
const measures = { load: loading, texts: scoring, lengths: longTexts };
console.log(JSON.stringify(await measures[what](rest[0], Number(rest[1]))));

async function loading() {
  const start = performance.now();
  const classifier = await load();
  classifier.classify('Exchange halts withdrawals as losses mount');
  return performance.now() - start;
}

async function longTexts(path, rounds) {
  const longest = 1_000_000;
  const headlines = readFileSync(path, 'utf8').replaceAll('\n', ' ');
  const text = headlines.repeat(Math.ceil(longest / headlines.length)).slice(0, longest);
  const bytes = Buffer.byteLength(text);
  const classifier = await load();
  const times = {};
  // The first round is for the compilers.
  for (let round = 0; round <= rounds; round += 1) {
    for (let length = 1000; length <= longest; length *= 10) {
      // The same text in parts, so that what it says is no part of the difference.
      const parts = Array.from({ length: longest / length }, (_, part) =>
        text.slice(part * length, (part + 1) * length),
      );
      const start = performance.now();
      for (const part of parts) {
        classifier.classify(part);
      }
      const nanoseconds = (1e6 * (performance.now() - start)) / bytes;
      if (round > 0) {
        (times[length] ??= []).push(nanoseconds);
      }
    }
  }
  return times;
}

/** What is given, in an order that is another each time: who came right after one who fills the processor's caches
 * would always find its own emptied. The same orders in every run. */
function shuffled(all) {
  for (let last = all.length - 1; last > 0; last -= 1) {
    // A linear congruential generator (Numerical Recipes).
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const other = Math.floor((state / 2 ** 32) * (last + 1));
    [all[last], all[other]] = [all[other], all[last]];
  }
  return all;
}

/** A way to score texts one by one. */
function each(score) {
  return (texts) => {
    for (const text of texts) {
      score(text);
    }
  };
}

/** Ways to score with models that were trained on the same headlines as each other. */
async function trained(folder) {
  const require = createRequire(pathToFileURL(join(resolve(process.env.PEERS), 'peers.js')));
  const file = (name) => readFileSync(join(folder, name));
  const [undertone, small] = await Promise.all(
    ['undertone.bin', 'small.bin'].map((name) => load({ model: file(name) })),
  );
  const bayes = require('bayes').fromJson(file('bayes.json'));
  const { FastText } = await import(
    pathToFileURL(require.resolve('fasttext.wasm').replace(/\.js$/, '.mjs'))
  );
  const fastText = await FastText.create();
  fastText.loadModel(file('fasttext.ftz'));
  // fastText wants texts in lower case and split at spaces.
  const plain = (text) =>
    text
      .toLowerCase()
      .match(/[\p{L}\p{N}_]+|[$%!?&]/gu)
      ?.join(' ') ?? '';
  return {
    Undertone: each((text) => undertone.classify(text)),
    'Undertone, small': each((text) => small.classify(text)),
    'fasttext.wasm': each((text) => fastText.predict(plain(text), 1, 0)),
    bayes: async (texts) => {
      for (const text of texts) {
        await bayes.categorize(text);
      }
    },
  };
}

async function scoring(path, rounds) {
  const texts = readFileSync(path, 'utf8').trimEnd().split('\n');
  const require = createRequire(pathToFileURL(join(resolve(process.env.PEERS), 'peers.js')));
  const Sentiment = require('sentiment');
  const sentiment = new Sentiment();
  const wink = require('wink-sentiment');
  const { SentimentIntensityAnalyzer } = require('vader-sentiment');
  const classifier = await load();

  const ways = {
    ...(process.env.MODELS ? await trained(process.env.MODELS) : {}),
    classify: each((text) => classifier.classify(text)),
    classifyBatch: (texts) => classifier.classifyBatch(texts),
    scoreBatch: (texts) => classifier.scoreBatch(texts),
    sentiment: each((text) => sentiment.analyze(text)),
    'wink-sentiment': each(wink),
    'vader-sentiment': each((text) => SentimentIntensityAnalyzer.polarity_scores(text)),
  };
  const times = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
  // The first round is for the compilers.
  for (let round = 0; round <= rounds; round += 1) {
    // All texts at a time: a way that takes a millisecond for fewer of them would be measured while it fills the
    // processor's caches anew and clears away what those before it left behind.
    for (const [name, way] of shuffled(Object.entries(ways))) {
      const start = performance.now();
      await way(texts);
      const microseconds = (1000 * (performance.now() - start)) / texts.length;
      if (round > 0) {
        times[name].push(microseconds);
      }
    }
  }
  return times;
}
