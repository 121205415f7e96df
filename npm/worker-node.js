// The entry point `undertone/worker` for Node.

import { Worker } from 'node:worker_threads';

import { get } from './files.js';
import { nodeThread } from './node-thread.js';
import { connect } from './remote.js';

export function load(options) {
  return connect(options, startThread, get);
}

function startThread(hear, fail) {
  const worker = new Worker(new URL('./worker-node-thread.js', import.meta.url));
  return nodeThread(worker, hear, fail);
}
