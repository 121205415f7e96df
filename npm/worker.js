// The entry point `undertone/worker` for browsers and bundlers.

import { browserThread } from './browser-thread.js';
import { request } from './model.js';
import { connect } from './remote.js';

export function load(options) {
  return connect(options, startThread, request);
}

function startThread(hear, fail) {
  // Bundlers look for exactly this expression, to bundle the thread.
  const worker = new Worker(new URL('./worker-thread.js', import.meta.url), { type: 'module' });
  return browserThread(worker, hear, fail);
}
