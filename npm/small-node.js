// The entry point `undertone/small` for Node, which reads the module from beside this file.

import { compileSmallBeside, get } from './files.js';
import { open } from './small-classifier.js';

const node = { compileOwn: compileSmallBeside, get };

export function load(options) {
  return open(options, node);
}
