// The lines with their scores: what is new is scored, and that can be stopped.

import { button, byId } from './element.js';
import { fail, notice } from './notice.js';
import { count, lineCount } from './numbers.js';
import { carriedOver, fill, isLong, nothing, unscored } from './scores.js';

/** A screen reader hears the counts once typing has paused for this long; so with what costs time. */
const PAUSE_MS = 500;

/** Calls `changed(scored)`, `settled(signal)` when the reader pauses, `resume` for what was stopped. */
export function createScoring({ changed, settled, resume }) {
  let classifier;
  let scored = nothing(0);
  let speed = '';
  /** Ends the scoring that is under way. */
  let scoring = new AbortController();
  let asking = new AbortController();
  let paused;

  /**
   * Scores what is new in `next` and shows it: a short list at once when it is done, so that nothing
   * flickers, a long one as it goes unless `whole`.
   */
  async function score(next, whole = false) {
    scoring.abort();
    scoring = new AbortController();
    const { signal } = scoring;
    const long = isLong(next);
    if (long && !whole) {
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
          if (!whole) {
            changed(scored);
          }
        }
      });
    } catch (error) {
      if (!isStop(error)) {
        fail('Scoring failed', error);
      }
      return false;
    }
    byId('progress').hidden = true;
    scored = next;
    changed(scored);
    whenPaused();
    return true;
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
    score: (lines) => score(carriedOver(scored, lines)),
    /** Scores all again, and gives both scores unless it was stopped. */
    async rescore() {
      const old = scored;
      const now = carriedOver(nothing(old.labels), old.lines);
      return (await score(now, true)) && { old, now };
    },
    /** Begins anew with another model. */
    use(another) {
      scoring.abort();
      asking.abort();
      clearTimeout(paused);
      classifier = another;
      scored = nothing(another.labels.length);
    },
  };
}

const isStop = ({ name, code }) => name === 'AbortError' || code === 'freed';
