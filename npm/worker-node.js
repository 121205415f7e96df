// The entry point `undertone/worker` for Node.

import { Worker } from 'node:worker_threads';

import { failure } from './errors.js';
import { get } from './files.js';
import { connect } from './remote.js';

export function load(options) {
  return connect(options, startThread, get);
}

function startThread(hear, fail) {
  const worker = new Worker(new URL('./worker-node-thread.js', import.meta.url));
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
