// Reading in Node: files through the file system, everything else through fetch.

import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

import { failure } from './errors.js';
import { request } from './model.js';
import { compileNow } from './module.js';

/** Compiles the module that lies beside this file. */
export const compileBeside = async () => compiledBeside(new URL('./undertone_bg.wasm', import.meta.url));

/** Compiles the module that scores and no more, which lies beside this file, too. */
export const compileSmallBeside = async () =>
  compiledBeside(new URL('./undertone_small_bg.wasm', import.meta.url));

/** Compiles the module that finds names, which lies beside this file, too. */
export const compileNamesBeside = async () =>
  compiledBeside(new URL('./undertone_names_bg.wasm', import.meta.url));

/** Compiles the module that trains, which lies beside this file, too. */
export const compileTrainerBeside = async () =>
  compiledBeside(new URL('./undertone_train_bg.wasm', import.meta.url));

/**
 * Reads and compiles a module at once: in a new process it takes longer to hear from Node's threads than
 * to do without them.
 */
function compiledBeside(url) {
  let bytes;
  try {
    bytes = readFileSync(url);
  } catch (cause) {
    throw unread(url, cause);
  }
  return compileNow(bytes);
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
    throw unread(url, cause);
  }
}

const unread = (url, cause) =>
  failure('fetch-failed', `${url} could not be read: ${cause.message}`, { cause });
