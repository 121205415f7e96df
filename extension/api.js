// What the browser gives its extensions, by the name that both know.

export const api = globalThis.browser?.runtime === undefined ? globalThis.chrome : globalThis.browser;

/** Asks the background, which alone has the model, and gives its answer. */
export async function ask(kind, question = {}) {
  const answer = await api.runtime.sendMessage({ kind, ...question });
  if (answer?.error) {
    const { message, code } = answer.error;
    throw Object.assign(new Error(message), { code });
  }
  if (answer === undefined) {
    throw new Error('expected an answer of the extension’s background, found none: load the page again');
  }
  return answer.result;
}

/** Answers messages by their kind; one of another kind is another listener's. */
export function answer(kinds) {
  const hear = ({ kind, ...question }, sender, respond) => {
    if (!Object.hasOwn(kinds, kind)) {
      return false;
    }
    (async () => kinds[kind](question, sender))().then(
      (result) => respond({ result }),
      ({ message, code }) => respond({ error: { message, code } }),
    );
    // The answer comes later.
    return true;
  };
  api.runtime.onMessage.addListener(hear);
  return () => api.runtime.onMessage.removeListener(hear);
}
