// The bytes of a model, from whatever the caller has of it.

import { described, failure } from './errors.js';

/**
 * @param {ArrayBuffer | ArrayBufferView | URL | string | Response} model
 * @param {(url: string | URL) => Promise<Response | Uint8Array>} get what an address leads to
 * @returns {Promise<Uint8Array>}
 */
export async function modelBytes(model, get) {
  if (ArrayBuffer.isView(model)) {
    return new Uint8Array(model.buffer, model.byteOffset, model.byteLength);
  }
  if (isKind(model, 'ArrayBuffer') || isKind(model, 'SharedArrayBuffer')) {
    return new Uint8Array(model);
  }
  if (typeof model === 'string' || model instanceof URL) {
    const found = await get(model);
    return found instanceof Uint8Array ? found : body(found);
  }
  if (isKind(model, 'Response')) {
    return body(model);
  }
  throw failure(
    'bad-model',
    `expected the model as Uint8Array, ArrayBuffer, URL, string or Response, found ${described(model)}`,
    { type: TypeError },
  );
}

/** `fetch`, with a failure that says which address it was about. */
export async function request(url) {
  try {
    return await fetch(url);
  } catch (cause) {
    throw failure('fetch-failed', `${url} could not be fetched: ${cause.message}`, { cause });
  }
}

/** The bytes that a successful response brings. */
async function body(response) {
  checkStatus(response);
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw failure('fetch-failed', `${named(response)} could not be read: ${cause.message}`, { cause });
  }
}

export function checkStatus(response) {
  if (!response.ok) {
    const { status, statusText } = response;
    const found = `${status} ${statusText}`.trimEnd();
    throw failure('fetch-failed', `${named(response)}: expected status 200, found ${found}`);
  }
}

function named(response) {
  return response.url || 'the response';
}

/** By name, because another frame and a test environment have classes of their own. */
export function isKind(value, name) {
  return Object.prototype.toString.call(value) === `[object ${name}]`;
}
