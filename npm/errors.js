// Every failure is a real Error with a `code`, for programs, and a message that says what was
// expected, what was found and what to do, for people.

/** @returns {Error} */
export function failure(code, message, { cause, type = Error } = {}) {
  const error = cause === undefined ? new type(message) : new type(message, { cause });
  error.code = code;
  return error;
}

/** What a value is, in a few words for a message. */
export function described(value) {
  if (value === null) {
    return 'null';
  }
  if (typeof value !== 'object') {
    return typeof value;
  }
  return value.constructor?.name ?? 'an object';
}

export function checkText(text) {
  if (typeof text !== 'string') {
    throw failure('not-a-text', `expected a text as a string, found ${described(text)}`, {
      type: TypeError,
    });
  }
}

export function checkTexts(texts) {
  if (!Array.isArray(texts)) {
    throw failure('not-a-text', `expected an array of strings, found ${described(texts)}`, {
      type: TypeError,
    });
  }
  for (let index = 0; index < texts.length; index += 1) {
    if (typeof texts[index] !== 'string') {
      const found = described(texts[index]);
      throw failure('not-a-text', `expected strings, found ${found} at index ${index}`, {
        type: TypeError,
      });
    }
  }
}

export function checkShare(name, share) {
  if (share !== undefined && !(typeof share === 'number' && share >= 0 && share <= 1)) {
    throw badOption(name, 'a number from 0 to 1', share);
  }
}

export function checkLabel(label) {
  // Half a surrogate pair could become whole with what follows it.
  if (typeof label !== 'string' || label === '' || /\p{Surrogate}/u.test(label)) {
    const found = typeof label === 'string' ? JSON.stringify(label) : described(label);
    throw failure('unknown-label', `expected a label, found ${found}`);
  }
}

export function checkCount(name, count) {
  if (count !== undefined && !(Number.isInteger(count) && count >= 1)) {
    throw badOption(name, 'a whole number from 1 on', count);
  }
}

export function badOption(name, expected, found) {
  const shown = typeof found === 'number' ? found : described(found);
  return failure('bad-option', `${name}: expected ${expected}, found ${shown}`, { type: TypeError });
}
