// The lines with their scores: what is new is scored, and that can be stopped.

import { button, byId } from './element.js';
import { fail, notice } from './notice.js';
import { count, lineCount } from './numbers.js';
import { carriedOver, fill, isLong, nothing, unscored } from './scores.js';

/** A screen reader hears the counts once typing has paused for this long; so with what costs time. */
const PAUSE_MS = 500;

/**
 * Calls `changed(scored, old)`, where `old` are the scores before the model has learnt, if it has;
 * `settled(signal)` when the reader pauses; `resume` for what was stopped.
 */
export function createScoring({ changed, settled, resume }) {
  let classifier;
  let scored = nothing(0);
  /** The lines that were given last. */
  let wanted = [];
  let speed = '';
  /** Ends the scoring that is under way. */
  let scoring = new AbortController();
  let asking = new AbortController();
  let paused;
  /** Whether the model has learnt since `scored` was made. */
  let isStale = false;
  /** What the model learns, one after the other, and how much of it is still to come. */
  let learning = Promise.resolve();
  let waiting = 0;

  function stop() {
    scoring.abort();
    asking.abort();
    clearTimeout(paused);
  }

  /** The lines that are wanted, with the scores that are still theirs. */
  function carried() {
    const next = carriedOver(scored, wanted);
    return isStale ? carriedOver(nothing(classifier.labels.length), next.lines) : next;
  }

  /**
   * Scores what is new in `next` and shows it: a short list at once when it is done, so that nothing
   * flickers, a long one as it goes, unless all of it had scores before the model has learnt.
   */
  async function score(next) {
    scoring.abort();
    scoring = new AbortController();
    const { signal } = scoring;
    const long = isLong(next);
    if (long && !isStale) {
      scored = next;
      changed(scored);
    }
    byId('progress').hidden = !long;
    const begun = performance.now();
    try {
      await fill(next, classifier, signal, (done, total) => {
        // The worker's answer can overtake an abort.
        signal.throwIfAborted();
        if (long) {
          byId('progress-bar').value = done / total;
          byId('progress-text').textContent = `${count(done)} of ${count(total)}`;
          const ms = performance.now() - begun;
          speed = `${count(done)} lines in ${Math.round(ms)} ms`;
          if (!isStale) {
            changed(scored);
          }
        }
      });
    } catch (error) {
      if (!isStop(error)) {
        fail('Scoring failed', error);
      }
      return;
    }
    byId('progress').hidden = true;
    const old = isStale ? scored : undefined;
    isStale = false;
    scored = next;
    changed(scored, old);
    whenPaused();
  }

  function whenPaused() {
    clearTimeout(paused);
    asking.abort();
    paused = setTimeout(async () => {
      asking = new AbortController();
      try {
        await settled(asking.signal);
      } catch (error) {
        if (!isStop(error)) {
          throw error;
        }
      }
    }, PAUSE_MS);
  }

  byId('cancel').addEventListener('click', () => {
    scoring.abort();
    byId('progress').hidden = true;
    whenPaused();
    const { length } = scored.lines;
    notice(
      `Stopped: ${count(length - unscored(scored).length)} of ${lineCount(length)} are scored.`,
      button('Go on', '', () => {
        notice('');
        resume();
      }),
    );
  });

  return {
    get scored() {
      return scored;
    },
    get speed() {
      return speed;
    },
    async score(lines) {
      wanted = lines;
      while (waiting > 0) {
        await learning;
      }
      await score(carried());
    },
    /**
     * Does what the model learns by, and scores all again. Nothing is scored meanwhile: a label more
     * or less in the midst of it would leave rows of two lengths.
     */
    learn(act) {
      stop();
      isStale = true;
      waiting += 1;
      const done = learning.then(async () => {
        try {
          await act();
        } finally {
          waiting -= 1;
          if (waiting === 0) {
            await score(carried());
          }
        }
      });
      learning = done.catch(() => {});
      return done;
    },
    /** Begins anew with another model. */
    use(another) {
      stop();
      isStale = false;
      classifier = another;
      scored = nothing(another.labels.length);
    },
  };
}

const isStop = ({ name, code }) => name === 'AbortError' || code === 'freed';
