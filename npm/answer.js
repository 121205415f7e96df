// The other end of remote.js: a classifier that answers messages.

/**
 * What answers each message by the method that it names.
 *
 * @param {Record<string, (...parameters: unknown[]) => unknown>} methods
 * @param {(message: object, transfer: ArrayBuffer[]) => void} send
 * @returns {(message: { id: number, method: string, parameters: unknown[] }) => Promise<void>}
 */
export function answering(methods, send) {
  return async ({ id, method, parameters }) => {
    try {
      const result = await methods[method](...parameters);
      send({ id, result }, buffers(result));
    } catch ({ name, message, code }) {
      send({ id, error: { name, message, code } }, []);
    }
  };
}

/**
 * @param {(options: object) => Promise<import('./index.js').Classifier>} load
 * @param {(message: object, transfer: ArrayBuffer[]) => void} send
 */
export function answer(load, send) {
  let classifier;

  const methods = {
    async open(model, wasm) {
      classifier = await load({ model, wasm });
      const { labels, info } = classifier;
      return { labels, info };
    },
    scoreBatch: (texts) => classifier.scoreBatch(texts),
    classify: (text, options) => classifier.classify(text, options),
    explain: (text) => classifier.explain(text),
    loadNames: (options) => classifier.loadNames(options),
    mentions: (text) => classifier.mentions(text),
    mentionsBatch: (texts) => classifier.mentionsBatch(texts),
    learn: (text, label, options) => counted(classifier.learn(text, label, options)),
    unknownWords: (text) => classifier.unknownWords(text),
    teach: (word, label, strength) => counted(classifier.teach(word, label, strength)),
    undo: () => counted(classifier.undo()),
    reset: () => counted(classifier.reset()),
    export: () => classifier.export(),
  };

  const counted = (result) => {
    const { corrections, labels } = classifier;
    return { result, corrections, labels };
  };

  return answering(methods, send);
}

/** What a result holds that can move to the other thread instead of being copied. */
function buffers(result) {
  const values = ArrayBuffer.isView(result) ? [result] : Object.values(result ?? {});
  return values.filter(ArrayBuffer.isView).map(({ buffer }) => buffer);
}
