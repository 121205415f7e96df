// What runs in the thread of `undertone/train`, in a browser and in Node.

import { answering } from './answer.js';
import { compile } from './module.js';
import { start, train } from './trainer.js';

/**
 * @param {() => Promise<WebAssembly.Module>} compileOwn compiles the module that comes with the package
 * @param {(message: object, transfer: ArrayBuffer[]) => void} send
 */
export function answerTraining(compileOwn, send) {
  const documents = { texts: [], labels: [], lines: [] };
  const methods = {
    async open(wasm) {
      await start(await (wasm === undefined ? compileOwn() : compile(wasm)));
    },
    add(texts, labels, lines) {
      documents.texts.push(...texts);
      documents.labels.push(...labels);
      documents.lines.push(...lines);
    },
    train: (settings, source) => train(documents, settings, source, (progress) => send({ progress }, [])),
  };
  return answering(methods, send);
}
