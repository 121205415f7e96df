// What runs on a page that its reader allowed: finds headlines, has them scored, and marks them.

import { answer, api, ask } from './api.js';
import { CANDIDATES, headlineOf } from './headlines.js';
import { createMarks } from './marks.js';
import { onChange, settings } from './settings.js';
import { siteOf } from './sites.js';
import { watch } from './watch.js';
import { Why } from './why.js';

/** So many headlines go to be scored in one message. */
const BATCH = 512;
/** A page with more has the first so many marked. */
const MOST = 20_000;
/** What the button says follows after so many ms. */
const COUNT_MS = 200;

/**
 * What is known of a headline: its text, once it was scored what the model said and of which text, whether it takes a place on the page,
 * whether it is near the window, and its mark if it has one.
 *
 * @typedef {{ element: Element, text: string, score?: object, isSeen: boolean, isNear: boolean, mark?: object }} Headline
 */

async function run() {
  /** @type {Map<Element, Headline>} */
  const headlines = new Map();
  const unscored = new Set();
  let chosen = await settings();
  let model;
  let problem;
  let isScoring = false;
  let counting;
  let listed = [];
  let isOver = false;

  const marks = createMarks(new Why(), countSoon);
  marks.look(chosen);

  function came(candidate) {
    if (headlines.has(candidate)) {
      check(headlines.get(candidate));
      return;
    }
    if (headlines.size >= MOST) {
      return;
    }
    const text = headlineOf(candidate);
    if (text !== undefined && !isWithin(candidate)) {
      const headline = { element: candidate, text, isSeen: false, isNear: false };
      headlines.set(candidate, headline);
      unscored.add(headline);
      marks.add(headline);
    }
  }

  /** Whether it is part of a headline. */
  function isWithin(candidate) {
    for (const around of candidatesAround(candidate.parentElement)) {
      if (headlines.has(around)) {
        return true;
      }
    }
    return false;
  }

  function check(headline) {
    const text = headlineOf(headline.element);
    if (text === undefined) {
      forget(headline);
    } else if (text !== headline.text) {
      // What was said of the text before stays until there is better.
      headline.text = text;
      unscored.add(headline);
    } else if (marks.isLost(headline)) {
      marks.placeSoon(headline);
    }
  }

  /** Looks again at all that it may be part of: a link, and the heading around it. */
  function changed(element) {
    for (const around of candidatesAround(element)) {
      came(around);
    }
  }

  function forget(headline) {
    headlines.delete(headline.element);
    unscored.delete(headline);
    marks.remove(headline);
  }

  function went() {
    for (const headline of headlines.values()) {
      if (!headline.element.isConnected) {
        forget(headline);
      }
    }
    countSoon();
  }

  async function score() {
    if (isScoring || isOver) {
      return;
    }
    isScoring = true;
    try {
      // What changes meanwhile waits for the next time.
      const waiting = [...unscored];
      for (let from = 0; from < waiting.length; from += BATCH) {
        const batch = waiting.slice(from, from + BATCH);
        const texts = batch.map(({ text }) => text);
        const answered = await ask('score', { texts });
        ({ model } = answered);
        problem = undefined;
        batch.forEach((headline, index) => {
          if (headlines.has(headline.element)) {
            headline.score = { text: texts[index], ...answered.scores[index] };
            marks.draw(headline);
            if (headline.text === texts[index]) {
              unscored.delete(headline);
            }
          }
        });
        countSoon();
      }
    } catch (error) {
      problem = error.message;
      if (api.runtime?.id === undefined) {
        // The extension was replaced or removed.
        stop();
      }
    } finally {
      isScoring = false;
    }
    if (unscored.size > 0 && problem === undefined && !isOver) {
      setTimeout(score, COUNT_MS);
    }
  }

  /** Each text once, of what takes a place on the page. */
  function counted() {
    const once = new Map();
    for (const headline of headlines.values()) {
      const { score, isSeen } = headline;
      if (score && isSeen && !once.has(score.text)) {
        once.set(score.text, headline);
      }
    }
    return [...once.values()];
  }

  function countSoon() {
    counting ??= setTimeout(() => {
      counting = undefined;
      if (model && !isOver) {
        const counts = model.labels.map(() => 0);
        counted().forEach(({ score }) => (counts[score.label] += 1));
        // Whoever listens: the button, and the popup where it is open.
        ask('counted', { model, counts }).catch(() => {});
      }
    }, COUNT_MS);
  }

  const unhear = answer({
    report() {
      score();
      listed = counted();
      return {
        site: siteOf(location.href),
        problem,
        isWhole: headlines.size < MOST,
        model,
        texts: listed.map(({ score }) => score.text),
        scores: listed.map(({ score: { label, probabilities, known } }) => ({ label, probabilities, known })),
      };
    },
    /** Brings a headline that was reported into sight. */
    find({ index }) {
      listed[index]?.element.scrollIntoView({ block: 'center' });
    },
    forbidden({ origins }) {
      if (origins.some((origin) => origin === siteOf(location.href) || /^(<all_urls>|\*:)/.test(origin))) {
        stop();
      }
    },
    stop,
  });

  const unchange = onChange(async () => {
    const before = chosen;
    chosen = await settings();
    marks.look(chosen);
    if (before.threshold !== chosen.threshold || before.model?.since !== chosen.model?.since) {
      headlines.forEach((headline) => unscored.add(headline));
      score();
    } else {
      headlines.forEach((headline) => marks.draw(headline));
    }
  });

  const unwatch = watch({ came, changed, went, paused: score });

  function stop() {
    if (!isOver) {
      isOver = true;
      globalThis.isUndertoneHere = false;
      clearTimeout(counting);
      unwatch();
      unhear();
      unchange();
      marks.stop();
      ask('counted', { model: { labels: [] }, counts: [] }).catch(() => {});
    }
  }
}

function* candidatesAround(element) {
  for (let around = element?.closest(CANDIDATES); around; around = around.parentElement?.closest(CANDIDATES)) {
    yield around;
  }
}

// The popup starts it where the browser may have done so already.
if (!globalThis.isUndertoneHere && document.documentElement) {
  globalThis.isUndertoneHere = true;
  run();
}
