// The entry point for Node, which reads the module from beside this file. Nothing is read before
// load().

import { compileBeside, compileNamesBeside, get } from './files.js';
import { open } from './load.js';
import { initSync } from './undertone.js';

const node = {
  compileOwn: compileBeside,
  compileNames: compileNamesBeside,
  // The asynchronous way asks whether the module is a Response, for which Node starts all of fetch:
  // 20 ms.
  instantiate: async (module) => initSync({ module }),
  get,
  ownList: () => new URL('./mentions.txt', import.meta.url),
};

export function load(options) {
  return open(options, node);
}
