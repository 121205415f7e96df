// What runs in the worker that worker.js starts.

import { answer } from './answer.js';
import { load } from './index.js';

const hear = answer(load, (message, transfer) => postMessage(message, transfer));
addEventListener('message', ({ data }) => hear(data));
