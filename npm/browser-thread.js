// A worker of a browser, as remote.js speaks to a thread.

import { failure } from './errors.js';

/**
 * @param {Worker} worker
 * @returns {import('./remote.js').Thread}
 */
export function browserThread(worker, hear, fail) {
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
