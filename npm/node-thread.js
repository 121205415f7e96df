// A worker thread of Node, as remote.js speaks to a thread.

import { failure } from './errors.js';

/**
 * @param {import('node:worker_threads').Worker} worker
 * @returns {import('./remote.js').Thread}
 */
export function nodeThread(worker, hear, fail) {
  worker.on('message', hear);
  worker.on('error', (cause) => {
    fail(failure('worker-failed', `the worker failed: ${cause.message}`, { cause }));
  });
  worker.on('exit', (status) => {
    fail(failure('worker-failed', `the worker ended with status ${status}`));
  });
  return {
    send: (message) => worker.postMessage(message),
    // An idle thread doesn't keep a program from ending.
    keepAlive: (busy) => (busy ? worker.ref() : worker.unref()),
    end: () => worker.terminate(),
  };
}
