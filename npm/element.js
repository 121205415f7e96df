// The entry point `undertone/element`. Importing it defines and fetches nothing, so that it can be imported where
// pages are rendered on a server.

import { NAME, UndertoneMark } from './element-mark.js';
import { configure, setClassifier } from './element-scores.js';

export { setClassifier };

/** What annotates an element by `mark`. */
const marked = new WeakMap();

export function defineElement(options) {
  configure(options);
  // On a server there is no registry, and another copy of this package may have been first.
  if (globalThis.customElements?.get(NAME) === undefined) {
    globalThis.customElements?.define(NAME, UndertoneMark);
  }
}

export function mark(target, options) {
  defineElement();
  const elements = Symbol.iterator in target ? [...target] : [target];
  const marks = elements.map((element) => annotate(element, options));
  return {
    update: () => marks.forEach(({ update }) => update()),
    remove: () => marks.forEach(({ remove }) => remove()),
  };
}

function annotate(element, options) {
  marked.get(element)?.remove();
  const made = Object.assign(document.createElement(NAME), options);
  // A control within a control is none that a keyboard or a screen reader finds its way in.
  const place = element.matches('a, button') ? 'after' : 'append';
  const update = () => {
    if (!made.isConnected) {
      // A page that writes a heading anew writes the mark away.
      element[place](made);
    }
    made.text = element.textContent;
  };
  const observer = new MutationObserver(update);
  const annotation = {
    update,
    remove() {
      observer.disconnect();
      made.remove();
      marked.delete(element);
    },
  };
  update();
  observer.observe(element, { childList: true, characterData: true, subtree: true });
  marked.set(element, annotation);
  return annotation;
}
