// The entry point `undertone/small` for browsers and bundlers. Nothing is fetched before load().

import { request } from './model.js';
import { compile } from './module.js';
import { open } from './small-classifier.js';

const browser = {
  // Bundlers look for exactly this expression, to take the file along.
  compileOwn: () => compile(new URL('./undertone_small_bg.wasm', import.meta.url)),
  get: request,
};

export function load(options) {
  return open(options, browser);
}
