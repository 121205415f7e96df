// What is taught by hand: a label that the model does not have, and a word by itself. Loaded when
// the reader asks for it.

import { byId, button, element, fillSelect } from './element.js';

/** In UTF-16 units: a longer one would fill a telephone's line. */
const LONGEST_LABEL = 40;
/** How strongly a word speaks for a label, in logits: from a half, 1 makes 73 % of two labels. */
const STRENGTHS = [
  [1, 'a little'],
  [2, 'clearly'],
  [4, 'strongly'],
  [8, 'very strongly'],
];
const USUAL_STRENGTH = 2;

/** Puts a field for a label in the place of the button `asked`. Calls `give(label, isNew)`. */
export function askForLabel(asked, labels, give) {
  const field = textField(LONGEST_LABEL);
  const form = formOf('another', [labelled('Another label', field)], async () => {
    const label = field.value.trim();
    // "Positive" is no other label than "positive".
    const known = labels.find((each) => each.toLowerCase() === label.toLowerCase());
    // With the new label comes a button for it, and the focus goes there.
    field.dataset.part = `correct-${known ?? label}`;
    await give(known ?? label, known === undefined);
  });
  const stop = () => {
    form.replaceWith(asked);
    asked.focus();
  };
  form.append(submit('Use it'), button('Cancel', '', stop));
  form.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') {
      stop();
    }
  });
  asked.replaceWith(form);
  field.focus();
}

/** The form that teaches a word. Calls `teach(correction)`. */
export function createForm(teach) {
  const word = textField(LONGEST_LABEL);
  const label = element('select');
  const strength = element('select');
  fillSelect(strength, STRENGTHS, USUAL_STRENGTH);
  const result = element('p', 'change');
  const reason = element('p');
  reason.setAttribute('role', 'alert');
  const form = formOf(
    '',
    [labelled('Word', word), labelled('Speaks for', label), labelled('How strongly', strength)],
    async () => {
      reason.textContent = '';
      try {
        await teach({
          word: word.value.trim(),
          label: label.value,
          strength: Number(strength.value),
          grow: true,
        });
        word.value = '';
      } catch (error) {
        const remedy = error.code === 'not-a-word' ? '. Write one word, with a letter in it.' : '';
        reason.textContent = `Not taught: ${error.message}${remedy}`;
      }
    },
  );
  form.append(submit('Teach'));
  // Until there is a model.
  form.hidden = true;
  byId('teach-body').replaceChildren(form, reason, result);
  return {
    /** Offers the labels of the model, and says what the last word did. */
    show({ classifier: { labels }, change }) {
      form.hidden = false;
      const { value } = label;
      fillSelect(label, labels.map((each) => [each, each]), labels.includes(value) ? value : labels[0]);
      result.textContent = change && change.text === undefined ? change.told : '';
    },
  };
}

function formOf(className, parts, act) {
  const form = element('form', className, ...parts);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    act();
  });
  return form;
}

const labelled = (name, field) => element('label', '', `${name} `, field);

function textField(longest) {
  const field = element('input');
  field.required = true;
  field.maxLength = longest;
  field.spellcheck = false;
  field.autocomplete = 'off';
  return field;
}

function submit(name) {
  const made = element('button', '', name);
  made.type = 'submit';
  return made;
}
