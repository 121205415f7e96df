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

/** Each way to score all texts with a model that was trained on the same headlines as the others. */
async function trained(folder, texts) {
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
  // In lower case and split at spaces before the clock runs, as fastText wants them.
  const plain = texts.map(
    (text) =>
      text
        .toLowerCase()
        .match(/[\p{L}\p{N}_]+|[$%!?&]/gu)
        ?.join(' ') ?? '',
  );
  return {
    Undertone: () => texts.forEach((text) => undertone.classify(text)),
    'Undertone, small': () => texts.forEach((text) => small.classify(text)),
    'Undertone, batch': () => undertone.classifyBatch(texts),
    'fasttext.wasm': () => plain.forEach((text) => fastText.predict(text, 1, 0)),
    bayes: async () => {
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

  const each = (score) => () => {
    for (const text of texts) {
      score(text);
    }
  };
  const ways = {
    ...(process.env.MODELS ? await trained(process.env.MODELS, texts) : {}),
    classify: each((text) => classifier.classify(text)),
    classifyBatch: () => classifier.classifyBatch(texts),
    scoreBatch: () => classifier.scoreBatch(texts),
    sentiment: each((text) => sentiment.analyze(text)),
    'wink-sentiment': each(wink),
    'vader-sentiment': each((text) => SentimentIntensityAnalyzer.polarity_scores(text)),
  };
  const times = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
  // The first round is for the compilers.
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, way] of Object.entries(ways)) {
      const start = performance.now();
      await way();
      const microseconds = (1000 * (performance.now() - start)) / texts.length;
      if (round > 0) {
        times[name].push(microseconds);
      }
    }
  }
  return times;
}
