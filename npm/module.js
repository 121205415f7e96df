// The WebAssembly modules: each compiled once, however many classifiers there are.

import { described, failure } from './errors.js';
import { checkStatus, isKind, request } from './model.js';

const TYPE = 'application/wasm';

/**
 * What makes something, or waits for it where that is under way. A failure is forgotten, so that the
 * next call tries again.
 *
 * @template T
 * @returns {(make: () => Promise<T>) => Promise<T>} calls `make` only where nothing is made yet
 */
export function once() {
  let making;
  return (make) => {
    making ??= make().catch((error) => {
      making = undefined;
      throw error;
    });
    return making;
  };
}

/**
 * Compiles what the caller names as the module in place of the one beside this file.
 *
 * @param {WebAssembly.Module | BufferSource | URL | string | Response} wasm
 */
export async function compile(wasm) {
  if (wasm instanceof WebAssembly.Module) {
    return wasm;
  }
  if (wasm instanceof ArrayBuffer || ArrayBuffer.isView(wasm)) {
    return compiled(() => WebAssembly.compile(wasm));
  }
  const response = typeof wasm === 'string' || wasm instanceof URL ? await request(wasm) : wasm;
  if (!isKind(response, 'Response')) {
    throw failure(
      'wasm-failed',
      'expected `wasm` as WebAssembly.Module, Uint8Array, ArrayBuffer, URL, string or Response, ' +
        `found ${described(wasm)}`,
      { type: TypeError },
    );
  }
  checkStatus(response);
  // Streaming wants the right type, which not every web server gives.
  const type = response.headers.get('Content-Type')?.split(';')[0].trim();
  return compiled(async () =>
    type === TYPE && WebAssembly.compileStreaming
      ? WebAssembly.compileStreaming(response)
      : WebAssembly.compile(await response.arrayBuffer()),
  );
}

/** Compiles bytes on this thread, which doesn't go on meanwhile. */
export function compileNow(bytes) {
  try {
    return new WebAssembly.Module(bytes);
  } catch (cause) {
    throw uncompiled(cause);
  }
}

async function compiled(compile) {
  try {
    return await compile();
  } catch (cause) {
    throw uncompiled(cause);
  }
}

const uncompiled = (cause) =>
  failure(
    'wasm-failed',
    `the WebAssembly module could not be compiled: ${cause.message} (a Content-Security-Policy ` +
      "needs 'wasm-unsafe-eval' in its script-src)",
    { cause },
  );
