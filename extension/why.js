// What decided on a headline: the probabilities and the words, beside its mark. There is one for a whole page.

import { ask } from './api.js';
import { WHY_STYLE, sheetOf } from './mark-style.js';
import { OWN } from './watch.js';

/** How near to the edge of the window it comes, and to the mark, in CSS pixels. */
const EDGE = 8;
const GAP = 6;
/** A pointer may take so long from the mark to it. */
const LEAVE_MS = 200;

const percent = (share) => `${Math.round(100 * share)}%`;

export class Why {
  #host;
  #box;
  #headline;
  #isPinned = false;
  #leaving;
  #ending;

  isOf(headline) {
    return this.#headline === headline;
  }

  toggle(headline, badge) {
    if (this.isOf(headline) && this.#isPinned) {
      this.hide();
    } else {
      this.show(headline, badge);
      this.#isPinned = true;
    }
  }

  async show(headline, badge) {
    clearTimeout(this.#leaving);
    if (this.isOf(headline) || !badge.isConnected) {
      return;
    }
    this.hide();
    this.#make();
    this.#headline = headline;
    const { score } = headline;
    this.#fill(badge, [line(`${score.look.name}: finding the words …`)]);
    this.#listen();
    let shown;
    try {
      shown = explained(await ask('explain', { text: score.text }), score);
    } catch (error) {
      shown = [line(`This could not be explained: ${error.message}`)];
    }
    if (this.isOf(headline)) {
      this.#fill(badge, shown);
    }
  }

  leave() {
    if (!this.#isPinned) {
      this.#leaving = setTimeout(() => this.hide(), LEAVE_MS);
    }
  }

  hide() {
    clearTimeout(this.#leaving);
    if (this.#headline) {
      this.#headline = undefined;
      this.#isPinned = false;
      this.#ending.abort();
      this.#box.hidden = true;
      if (this.#host.isConnected) {
        this.#box.hidePopover?.();
      }
    }
  }

  stop() {
    this.hide();
    this.#host?.remove();
  }

  #make() {
    if (!this.#host) {
      this.#host = document.createElement(OWN);
      const root = this.#host.attachShadow({ mode: 'closed' });
      root.adoptedStyleSheets = [sheetOf(WHY_STYLE)];
      this.#box = document.createElement('div');
      this.#box.className = 'why';
      this.#box.popover = 'manual';
      this.#box.setAttribute('role', 'status');
      this.#box.hidden = true;
      this.#box.addEventListener('pointerenter', () => clearTimeout(this.#leaving));
      this.#box.addEventListener('pointerleave', () => this.leave());
      root.append(this.#box);
    }
    if (!this.#host.isConnected) {
      document.documentElement.append(this.#host);
    }
  }

  #listen() {
    this.#ending = new AbortController();
    const how = { signal: this.#ending.signal, capture: true };
    addEventListener('scroll', () => this.hide(), { ...how, passive: true });
    addEventListener('resize', () => this.hide(), how);
    addEventListener(
      'keydown',
      (event) => {
        if (event.key === 'Escape') {
          // It is not also the page's.
          event.stopPropagation();
          this.hide();
        }
      },
      how,
    );
    addEventListener('pointerdown', ({ target }) => target.localName !== OWN && this.hide(), how);
  }

  /** Below the mark where there is room, above it otherwise, within the window. */
  #fill(badge, parts) {
    this.#box.replaceChildren(...parts);
    this.#box.hidden = false;
    // Above whatever a page puts over it or cuts off.
    if (!this.#box.matches(':popover-open')) {
      this.#box.showPopover?.();
    }
    const { top, bottom, left, right } = badge.getBoundingClientRect();
    const { style } = this.#box;
    // Where it was, the edge of the window may have made it narrow.
    style.left = '0';
    const { offsetWidth, offsetHeight } = this.#box;
    const start = getComputedStyle(document.documentElement).direction === 'rtl' ? right - offsetWidth : left;
    style.left = `${Math.max(EDGE, Math.min(start, document.documentElement.clientWidth - offsetWidth - EDGE))}px`;
    const isBelow = bottom + GAP + offsetHeight <= innerHeight || top < offsetHeight + GAP;
    style.top = `${isBelow ? bottom + GAP : top - offsetHeight - GAP}px`;
  }
}

function explained({ figures, foreign, words }, { look }) {
  const parts = [];
  if (look.name === 'unsure') {
    parts.push(line(foreign ? 'Unsure: mostly unknown words.' : 'Unsure: less probable than was asked for.'));
  }
  parts.push(line(figures.map(([label, share]) => `${label} ${percent(share)}`).join(', ')));
  if (words.length === 0) {
    return [...parts, line('The model knows no word of it.')];
  }
  const list = document.createElement('ul');
  for (const { word, tone, shape, towards } of words) {
    const item = document.createElement('li');
    const sign = part('span', `sign ${tone}`, shape);
    sign.setAttribute('aria-hidden', true);
    item.append(sign, part('bdi', 'word', word), ` ${towards}`);
    list.append(item);
  }
  return [...parts, list];
}

const line = (text) => part('p', '', text);

function part(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}
