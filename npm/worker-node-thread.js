// What runs in the thread that worker-node.js starts.

import { parentPort } from 'node:worker_threads';

import { answer } from './answer.js';
import { load } from './node.js';

const hear = answer(load, (message, transfer) => parentPort.postMessage(message, transfer));
parentPort.on('message', hear);
