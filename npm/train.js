// The entry point `undertone/train` for browsers and bundlers. Nothing is fetched before train().

import { browserThread } from './browser-thread.js';
import { trainIn } from './training.js';

export const train = (documents, settings, options) =>
  trainIn(documents, settings, options, (hear, fail) =>
    // Bundlers look for exactly this expression, to bundle the thread.
    browserThread(new Worker(new URL('./train-thread.js', import.meta.url), { type: 'module' }), hear, fail),
  );
