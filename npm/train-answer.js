// What runs in the thread of `undertone/train`, in a browser and in Node.

import { answering } from './answer.js';
import { modelBytes } from './model.js';
import { compile } from './module.js';
import { start, train } from './trainer.js';

/**
 * @param {() => Promise<WebAssembly.Module>} compileOwn compiles the module that comes with the package
 * @param {URL[]} known where the words, the components and the model of a head start are
 * @param {(url: URL) => Promise<Response | Uint8Array>} get what an address leads to
 * @param {(message: object, transfer: ArrayBuffer[]) => void} send
 */
export function answerTraining(compileOwn, known, get, send) {
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
    async train(settings, source) {
      const { vectors } = settings ?? {};
      const given = Array.isArray(vectors) ? vectors : known;
      const read = vectors && (await Promise.all(given.map((each) => modelBytes(each, get))));
      return train(documents, settings, source, (progress) => send({ progress }, []), read);
    },
  };
  return answering(methods, send);
}
