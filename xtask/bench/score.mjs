// The JavaScript side of `cargo xtask bench score`.
//
//   node score.mjs TEXTS ROUNDS        µs a text of each way, in rounds in which they take turns
//   node score.mjs load                ms from load() to the first score, in this process
//
// UNDERTONE is the package's folder, PEERS the folder that the other packages are installed in.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const { load } = await import(pathToFileURL(resolve(process.env.UNDERTONE, 'node.js')));
const [what, rounds] = process.argv.slice(2);
console.log(JSON.stringify(what === 'load' ? await loading() : await scoring(what, Number(rounds))));

async function loading() {
  const start = performance.now();
  const classifier = await load();
  classifier.classify('Exchange halts withdrawals as losses mount');
  return performance.now() - start;
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
      way();
      const microseconds = (1000 * (performance.now() - start)) / texts.length;
      if (round > 0) {
        times[name].push(microseconds);
      }
    }
  }
  return times;
}
