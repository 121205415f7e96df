// What runs in the worker that train.js starts.

import { compile } from './module.js';
import { answerTraining } from './train-answer.js';

// Bundlers look for exactly this expression, to take the file along.
const compileOwn = () => compile(new URL('./undertone_train_bg.wasm', import.meta.url));
const hear = answerTraining(compileOwn, (message, transfer) => postMessage(message, transfer));
addEventListener('message', ({ data }) => hear(data));
