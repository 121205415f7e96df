// The entry point `undertone/train` for Node.

import { Worker } from 'node:worker_threads';

import { nodeThread } from './node-thread.js';
import { trainIn } from './training.js';

export const train = (documents, settings, options) =>
  trainIn(documents, settings, options, (hear, fail) =>
    nodeThread(new Worker(new URL('./train-node-thread.js', import.meta.url)), hear, fail),
  );
