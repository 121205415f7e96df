// Making and finding elements. Text is text, whatever it contains: nothing here parses HTML.

export const byId = (id) => document.getElementById(id);

/** An element with a class and a text or children. */
export function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) {
    made.className = className;
  }
  made.append(...children);
  return made;
}

/** A button that does something. */
export function button(text, className, act) {
  const made = element('button', className, text);
  made.type = 'button';
  made.addEventListener('click', act);
  return made;
}

/** Fills a select with `[value, text]` pairs and chooses a value. */
export function fillSelect(select, options, chosen) {
  select.replaceChildren(
    ...options.map(([value, text]) => new Option(text, value, false, value === chosen)),
  );
}
