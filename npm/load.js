// What the entry points share.

import { Classifier } from './classifier.js';
import { modelBytes } from './model.js';
import { compile, once } from './module.js';

const start = once();
const compileNamesOnce = once();

/**
 * Opens a model once the module has started.
 *
 * @param {object} options as index.d.ts describes them
 * @param {object} platform
 * @param {() => Promise<WebAssembly.Module>} platform.compileOwn compiles the module that comes
 *   with the package
 * @param {() => Promise<WebAssembly.Module>} platform.compileNames compiles the one that finds names
 * @param {(module: WebAssembly.Module) => Promise<WebAssembly.Exports>} platform.instantiate
 * @param {(url: string | URL) => Promise<Response | Uint8Array>} platform.get what an address leads to
 * @param {() => URL} platform.ownList where the package's list of names is
 */
export async function open({ model, wasm } = {}, platform) {
  const { compileOwn, compileNames, instantiate, get, ownList } = platform;
  const compiled = (own, given) => (given === undefined ? own() : compile(given));
  // Both are on their way at once.
  const [{ memory }, bytes] = await Promise.all([
    start(async () => instantiate(await compiled(compileOwn, wasm))),
    model === undefined ? undefined : modelBytes(model, get),
  ]);
  return new Classifier(memory, bytes, {
    list: async () => new TextDecoder().decode(await modelBytes(ownList(), get)),
    module: (wasm) => compileNamesOnce(() => compiled(compileNames, wasm)),
  });
}
