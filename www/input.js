// What is read: the box, and the file or long paste beside it.

import { button, byId, element } from './element.js';
import { linesOf, linesOfLong } from './lines.js';
import { forgetLink, isLinked } from './link.js';
import { attempt, fail, notice } from './notice.js';
import { lineCount } from './numbers.js';

export const EXAMPLE = `2026-11-16 Chipmaker raises full-year outlook after record quarter
2026-11-16 Exchange halts withdrawals as losses mount
2026-11-17 Solar firm wins its largest order
2026-11-17 Retailer's profit falls by a third, shares slide
2026-11-18 Bitcoin climbs to a three-month high on upbeat inflation report
2026-11-18 Company to hold annual general meeting on 12 May
2026-11-19 Carmaker to cut jobs as shares rise
2026-11-20 Airline orders 40 new jets as bookings surge`;

/** A longer paste is put beside the box: a text area of that length would answer keys slowly. */
const LONG_PASTE_LINES = 500;
const LONG_PASTE_UNITS = 100_000;

/** Calls `changed` when there are other lines, and `openModel(name, bytes)` when a file is a model. */
export function createInput({ changed, openModel }) {
  const box = byId('headlines');
  /** `{ name, lines }`: lines before those typed; of a file also `empty` and `choices`, see files.js. */
  let attached = null;

  function attach(what) {
    attached = what;
    showAttached();
    return changed();
  }

  function showAttached() {
    const place = byId('attached');
    place.hidden = attached === null;
    if (attached === null) {
      place.replaceChildren();
      return;
    }
    const { name, lines, empty, choices } = attached;
    const without = empty ? ` · ${empty}` : '';
    place.replaceChildren(
      element('p', 'name', element('strong', '', name), ` · ${lineCount(lines.length)}${without}`),
      button('Remove', '', () => {
        attach(null);
        box.focus();
      }),
      ...(choices?.() ?? []),
    );
  }

  box.addEventListener('input', () => {
    forgetLink();
    changed();
  });
  box.addEventListener(
    'paste',
    attempt('The paste could not be read', async (event) => {
      const text = event.clipboardData.getData('text/plain');
      if (text.length < LONG_PASTE_UNITS && text.split('\n', LONG_PASTE_LINES + 1).length <= LONG_PASTE_LINES) {
        return;
      }
      event.preventDefault();
      box.setRangeText('');
      forgetLink();
      const lines = await linesOfLong(text);
      attach({
        name: attached ? `${attached.name} and pasted text` : 'Pasted text',
        lines: attached ? attached.lines.concat(lines) : lines,
      });
    }),
  );

  async function open(file) {
    const { bytesOf, isModel, putFile } = await import('./files.js');
    const { name, bytes } = await bytesOf(file);
    if (isModel(bytes) || name.endsWith('.bin')) {
      await openModel(name, bytes);
      return;
    }
    await putFile(name, bytes, attach);
  }

  const chooseFile = () => byId('file').click();
  byId('open').addEventListener('click', chooseFile);
  byId('model-open').addEventListener('click', chooseFile);
  byId('file').addEventListener(
    'change',
    attempt('The file could not be opened', async () => {
      const [file] = byId('file').files;
      // The same file again is a change, too.
      await open(file).finally(() => {
        byId('file').value = '';
      });
    }),
  );

  addEventListener('dragover', (event) => {
    event.preventDefault();
    document.body.classList.add('dropping');
  });
  addEventListener('dragleave', ({ relatedTarget }) => {
    document.body.classList.toggle('dropping', relatedTarget !== null);
  });
  addEventListener(
    'drop',
    attempt('What was dropped could not be opened', async (event) => {
      const [file] = event.dataTransfer.files;
      document.body.classList.remove('dropping');
      if (file) {
        event.preventDefault();
        await open(file);
      }
    }),
  );

  const touched = matchMedia('(pointer: coarse)');
  function write(typed, beside = null) {
    box.value = typed;
    forgetLink();
    // On a phone the focus would bring up the keyboard, over the results.
    if (!touched.matches) {
      box.focus();
    }
    return attach(beside);
  }

  /** Writes something in place of what is here, which can be brought back. */
  function replace(text) {
    const [typed, beside] = [box.value, attached];
    write(text);
    const back = button('Bring it back', '', () => {
      notice('');
      write(typed, beside);
    });
    const lost = beside || (typed.trim() !== '' && typed !== text);
    notice(...(lost ? ['What was here is gone from the page.', back] : ['']));
  }
  byId('example').addEventListener('click', () => replace(EXAMPLE));
  byId('clear').addEventListener('click', () => replace(''));
  for (const one of byId('hint').querySelectorAll('button')) {
    one.addEventListener('click', () => replace(one.textContent));
  }

  /** Puts the headlines that the page's address carries into the box, if it carries any. */
  async function takeLink() {
    if (!isLinked()) {
      return;
    }
    const linked = await import('./share.js')
      .then(({ textInLink }) => textInLink())
      .catch((error) => fail('The headlines are missing', error));
    if (linked) {
      box.value = linked;
      attached = null;
      showAttached();
    }
  }
  // A link can be opened where the page is open already.
  addEventListener('hashchange', async () => {
    await takeLink();
    await changed();
  });

  return {
    focus: () => box.focus(),
    lines() {
      const typed = linesOf(box.value);
      return attached ? attached.lines.concat(typed) : typed;
    },
    /** What is here, for `begin` on a later visit. */
    content: () => ({
      typed: box.value,
      attached: attached && { name: attached.name, lines: attached.lines },
    }),
    async begin(kept) {
      box.value ||= kept.typed ?? '';
      attached = kept.attached ?? null;
      await takeLink();
      showAttached();
    },
  };
}
