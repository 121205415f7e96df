// What runs in the thread that train-node.js starts.

import { parentPort } from 'node:worker_threads';

import { compileTrainerBeside } from './files.js';
import { answerTraining } from './train-answer.js';

const send = (message, transfer) => parentPort.postMessage(message, transfer);
parentPort.on('message', answerTraining(compileTrainerBeside, send));
