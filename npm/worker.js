// The entry point `undertone/worker` for browsers and bundlers.

import { failure } from './errors.js';
import { request } from './model.js';
import { connect } from './remote.js';

export function load(options) {
  return connect(options, startThread, request);
}

function startThread(hear, fail) {
  // Bundlers look for exactly this expression, to bundle the thread.
  const worker = new Worker(new URL('./worker-thread.js', import.meta.url), { type: 'module' });
  worker.addEventListener('message', ({ data }) => hear(data));
  worker.addEventListener('error', ({ message }) => {
    const reason = message ?? 'its script could not be loaded';
    fail(failure('worker-failed', `the worker failed: ${reason}`));
  });
  return {
    send: (message) => worker.postMessage(message),
    // Pages end with their threads.
    keepAlive() {},
    end: () => worker.terminate(),
  };
}
