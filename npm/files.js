// Reading in Node: files through the file system, everything else through fetch.

import { readFile } from 'node:fs/promises';

import { failure } from './errors.js';
import { request } from './model.js';
import { compile } from './module.js';

/** Compiles the module that lies beside this file. */
export async function compileBeside() {
  return compile(await file(new URL('./undertone_bg.wasm', import.meta.url)));
}

/** Compiles the module that finds names, which lies beside this file, too. */
export async function compileNamesBeside() {
  return compile(await file(new URL('./undertone_names_bg.wasm', import.meta.url)));
}

/** Compiles the module that trains, which lies beside this file, too. */
export async function compileTrainerBeside() {
  return compile(await file(new URL('./undertone_train_bg.wasm', import.meta.url)));
}

/** What an address leads to. */
export async function get(url) {
  if (typeof url === 'string' && !URL.canParse(url)) {
    throw failure(
      'fetch-failed',
      `expected the model's address as a URL, found ${JSON.stringify(url)}; for a path give ` +
        'pathToFileURL(path), or the bytes that readFile(path) gives',
    );
  }
  const parsed = new URL(url);
  return parsed.protocol === 'file:' ? file(parsed) : request(parsed);
}

async function file(url) {
  try {
    return await readFile(url);
  } catch (cause) {
    throw failure('fetch-failed', `${url} could not be read: ${cause.message}`, { cause });
  }
}
