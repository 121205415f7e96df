// What the entry points share.

import { Classifier } from './classifier.js';
import { modelBytes } from './model.js';
import { compile, start } from './module.js';

/**
 * Opens a model once the module has started.
 *
 * @param {object} options as index.d.ts describes them
 * @param {object} platform
 * @param {() => Promise<WebAssembly.Module>} platform.compileOwn compiles the module that comes
 *   with the package
 * @param {(module: WebAssembly.Module) => Promise<WebAssembly.Exports>} platform.instantiate
 * @param {(url: string | URL) => Promise<Response | Uint8Array>} platform.get what an address leads to
 * @param {() => URL} platform.ownList where the package's list of names is
 */
export async function open({ model, wasm } = {}, { compileOwn, instantiate, get, ownList }) {
  // Both are on their way at once.
  const [memory, bytes] = await Promise.all([
    start(wasm === undefined ? compileOwn : () => compile(wasm), instantiate),
    model === undefined ? undefined : modelBytes(model, get),
  ]);
  const list = async () => new TextDecoder().decode(await modelBytes(ownList(), get));
  return new Classifier(memory, bytes, list);
}
