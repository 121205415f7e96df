// The entry point for browsers and bundlers. Nothing is fetched before load().

import { open } from './load.js';
import { request } from './model.js';
import { compile } from './module.js';
import init from './undertone.js';

const browser = {
  // Bundlers look for exactly this expression, to take the file along.
  compileOwn: () => compile(new URL('./undertone_bg.wasm', import.meta.url)),
  compileNames: () => compile(new URL('./undertone_names_bg.wasm', import.meta.url)),
  // Older Chromiums instantiate a module of this size only asynchronously.
  instantiate: (module) => init({ module_or_path: module }),
  get: request,
  ownList: () => new URL('./mentions.txt', import.meta.url),
};

export function load(options) {
  return open(options, browser);
}
