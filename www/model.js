// The model in its worker. The only file of the page that knows the package, and the first to run:
// index.html starts it before the rest of the page has come.

import { load } from './pkg/worker.js';

/** Compiled here, where index.html preloads it, and handed to each worker. */
const wasm = WebAssembly.compileStreaming(fetch('pkg/undertone_bg.wasm'));

const open = (model) => load({ model, wasm });

/** The model of the page; what begins with the page is used once. */
let early = open();
/** Notes a moment on the browser's timeline. Whoever asks for what it is about hears of a failure. */
const mark = (promise, name) => promise.then(() => performance.mark(name), () => {});
mark(wasm, 'module-compiled');
mark(early, 'model-open');

/** Opens the model of the page, or the bytes of another, in a worker of its own. */
export async function openModel(bytes) {
  if (bytes !== undefined || early === undefined) {
    return open(bytes);
  }
  const own = early;
  early = undefined;
  return own;
}
