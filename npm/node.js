// The entry point for Node, which reads the module from beside this file. Nothing is read before
// load().

import { compileBeside, get } from './files.js';
import { open } from './load.js';

export function load(options) {
  return open(options, compileBeside, get);
}
