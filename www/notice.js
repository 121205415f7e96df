// What the page says of itself: above everything, or to a screen reader.

import { button, byId, element } from './element.js';

/** Says something above everything, with what can be done about it. */
export function notice(text, ...actions) {
  const dismiss = button('Dismiss', '', () => byId('notice').replaceChildren());
  byId('notice').replaceChildren(...(text ? [element('p', '', text), ...actions, dismiss] : []));
}

export function fail(what, error) {
  notice(`${what}: ${error.message}`);
}

/** Does something the reader asked for, and says so if it can't be done. */
export function attempt(what, act) {
  return async (event) => {
    notice('');
    try {
      await act(event);
    } catch (error) {
      fail(what, error);
    }
  };
}

export function announce(text) {
  byId('announcement').textContent = text;
}
