// What runs in the thread that train-node.js starts.

import { parentPort } from 'node:worker_threads';

import { compileTrainerBeside, get } from './files.js';
import { answerTraining } from './train-answer.js';

const send = (message, transfer) => parentPort.postMessage(message, transfer);
const known = ['vectors64.words', 'vectors64.i8', 'model.bin'].map((name) => new URL(name, import.meta.url));
parentPort.on('message', answerTraining(compileTrainerBeside, known, get, send));
