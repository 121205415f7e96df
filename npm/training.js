// Training in another thread: what the entry points of `undertone/train` share.

import { badOption, described, failure } from './errors.js';
import { Calls, abortable, chunkEnd, sendable } from './remote.js';

/**
 * Starts a thread, trains in it, and ends it.
 *
 * @param {readonly { text: string, label: string, line?: number }[]} documents
 * @param {object} settings as train.d.ts describes them, and so the options
 * @param {(hear: (message: object) => void, fail: (error: Error) => void) => import('./remote.js').Thread} startThread
 */
export async function trainIn(documents, settings, options, startThread) {
  const { source, wasm, signal, onProgress } = options ?? {};
  signal?.throwIfAborted();
  checkDocuments(documents);
  checkSource(source);
  const hearing = (hear) => (message) => {
    if (message.progress) {
      onProgress?.(message.progress);
    } else {
      hear(message);
    }
  };
  const calls = new Calls((hear, fail) => startThread(hearing(hear), fail));
  try {
    return await abortable(signal, async () => {
      await calls.call('open', [sendable(await wasm)]);
      // Chunk by chunk, each in a task of its own, so that a page stays responsive.
      const texts = documents.map(({ text }) => text);
      for (let from = 0, to; from < texts.length; from = to) {
        to = chunkEnd(texts, from);
        const chunk = documents.slice(from, to);
        const labels = chunk.map(({ label }) => label.trim());
        const lines = chunk.map(({ line }, index) => line ?? from + index + 1);
        await calls.call('add', [texts.slice(from, to), labels, lines]);
      }
      return calls.call('train', [settings, source]);
    });
  } finally {
    calls.end(failure('freed', 'this training has ended'));
  }
}

function checkDocuments(documents) {
  if (!Array.isArray(documents) || documents.length === 0) {
    const found = Array.isArray(documents) ? 'none' : described(documents);
    throw failure('no-texts', `expected an array of labelled texts, found ${found}`, { type: TypeError });
  }
  documents.forEach((document, index) => {
    for (const part of ['text', 'label']) {
      const value = document?.[part];
      if (typeof value !== 'string' || value.trim() === '') {
        const found = typeof value === 'string' ? 'nothing' : described(value);
        throw failure('not-a-text', `expected a ${part} at index ${index}, found ${found}`, { type: TypeError });
      }
    }
  });
}

function checkSource(source) {
  if (source !== undefined && typeof source?.name !== 'string') {
    throw badOption('source', "the file's name, and its bytes or sha256", source);
  }
}
