// The model in its worker. The only file of the page that knows the package.

import { load } from './pkg/worker.js';

/** Compiled here, where index.html preloads it, and handed to each worker. */
const wasm = WebAssembly.compileStreaming(fetch('pkg/undertone_bg.wasm'));
// Whoever opens a model hears of a failure; until then it is no unhandled one.
wasm.catch(() => {});

/**
 * Opens the model of the page, or the bytes of another, in a worker of its own.
 *
 * @param {Uint8Array} [bytes]
 */
export async function openModel(bytes) {
  return load({ model: bytes, wasm: await wasm });
}
