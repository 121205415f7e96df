// What runs in the worker that train.js starts.

import { request } from './model.js';
import { compile } from './module.js';
import { answerTraining } from './train-answer.js';

// Bundlers look for exactly such expressions, to take the files along.
const compileOwn = () => compile(new URL('./undertone_train_bg.wasm', import.meta.url));
const known = [
  new URL('./vectors64.words', import.meta.url),
  new URL('./vectors64.i8', import.meta.url),
  new URL('./model.bin', import.meta.url),
];
const hear = answerTraining(compileOwn, known, request, (message, transfer) => postMessage(message, transfer));
addEventListener('message', ({ data }) => hear(data));
