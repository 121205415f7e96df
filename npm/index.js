// The entry point for browsers and bundlers. Nothing is fetched before load().

import { open } from './load.js';
import { request } from './model.js';
import { compile } from './module.js';

export function load(options) {
  // Bundlers look for exactly this expression, to take the file along.
  return open(options, () => compile(new URL('./undertone_bg.wasm', import.meta.url)), request);
}
