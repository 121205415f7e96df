// A list that makes elements only for the rows in sight, so that its length costs nothing. All rows
// have one height, but for the open one.

/** Rows beyond either edge of the window that are there already when they scroll in. */
const SPARE = 6;
/** Further rows are not printed. */
const MOST_PRINTED = 5000;
/** Paging goes by so much of the window. */
const PAGE = 0.8;
/** Browsers lay out nothing further down than 17.9 (Firefox) or 33.5 million px (Chromium). */
const TALLEST = 15_000_000;

export class List {
  #root;
  #make;
  /** Which item is at which position. */
  #items = new Uint32Array(0);
  /** The rows that exist, by position: `{ element, item, version }`. */
  #rows = new Map();
  /** Counts up when the contents of rows may have changed. */
  #version = 0;
  #height = 0;
  /** The position that Tab leads to, and that keys move. */
  #active = 0;
  /** The item that is open, its position (beyond the end if it is not shown), its additional height. */
  #open = -1;
  #openPosition = Infinity;
  #extra = 0;
  /** How much higher up the rows in sight are placed than they would be in a list without TALLEST. */
  #shift = 0;
  #scheduled = false;
  #printing = false;
  #resized = new ResizeObserver(() => this.#measureOpen());

  /** In `root`, a positioned `ol`; `make(item, open)` gives an `li` with a `.toggle` in it. */
  constructor(root, make) {
    this.#root = root;
    this.#make = make;
    addEventListener('scroll', () => this.#schedule(), { passive: true });
    addEventListener('resize', () => this.#schedule());
    // The height of a row depends on the list's own width. A window's resizing is told of before all of
    // it has happened; this is told when it is laid out.
    new ResizeObserver(() => this.#remeasure()).observe(root);
    addEventListener('beforeprint', () => this.#print());
    root.addEventListener('keydown', (event) => this.#key(event));
    root.addEventListener('focusin', ({ target }) => {
      const position = this.#positionOf(target);
      if (position !== undefined) {
        this.#activate(position);
      }
    });
  }

  /** Shows these items, in this order; what their rows say may have changed. */
  show(items) {
    const before = this.#items[this.#active];
    this.#items = items;
    this.#version += 1;
    this.#setOpen(this.#open);
    if (items[this.#active] !== before) {
      this.#active = Math.max(0, items.indexOf(before));
    }
    this.#render();
  }

  get open() {
    return this.#open;
  }

  /** Opens an item, and closes the one that was open; none for -1. */
  set open(item) {
    for (const one of [this.#open, item]) {
      this.#rows.forEach((row) => {
        if (row.item === one) {
          row.version = -1;
        }
      });
    }
    this.#extra = 0;
    this.#setOpen(item);
    this.#render();
  }

  #setOpen(item) {
    const position = item < 0 ? -1 : this.#items.indexOf(item);
    if (position < 0) {
      this.#extra = 0;
    }
    this.#open = position < 0 ? -1 : item;
    this.#openPosition = position < 0 ? Infinity : position;
  }

  #schedule() {
    if (!this.#scheduled) {
      this.#scheduled = true;
      requestAnimationFrame(() => {
        this.#scheduled = false;
        this.#render();
      });
    }
  }

  #render() {
    if (this.#printing) {
      return;
    }
    const { length } = this.#items;
    const focused = document.activeElement;
    const focusedPosition = this.#root.contains(focused) ? this.#positionOf(focused) : undefined;
    if (this.#height === 0 && length > 0) {
      this.#row(0);
      this.#height = this.#closedHeight();
    }
    const down = -this.#root.getBoundingClientRect().top;
    const whole = TALLEST - innerHeight;
    this.#shift = this.#hidden() * Math.max(0, Math.min(1, down / whole));
    const top = down + this.#shift;
    const first = Math.max(0, this.#at(top) - SPARE);
    const last = Math.min(length - 1, this.#at(top + innerHeight) + SPARE);
    const wanted = new Set();
    for (let position = first; position <= last; position += 1) {
      wanted.add(position);
    }
    // What Tab leads to and what is focused stays, in sight or not.
    if (length > 0) {
      wanted.add(Math.min(this.#active, length - 1));
    }
    this.#rows.forEach(({ element }, position) => {
      if (!wanted.has(position)) {
        element.remove();
        this.#rows.delete(position);
      }
    });
    [...wanted].sort((a, b) => a - b).forEach((position) => this.#row(position));
    this.#place();
    if (focusedPosition !== undefined && !focused.isConnected) {
      this.#refocus(focused, focusedPosition);
    }
    this.#measureOpen();
  }

  /** Makes the row at a position, or makes it anew if it may have changed. */
  #row(position) {
    const item = this.#items[position];
    const old = this.#rows.get(position);
    if (old?.item === item && old.version === this.#version) {
      return;
    }
    const open = item === this.#open;
    const element = this.#make(item, open);
    element.setAttribute('aria-posinset', position + 1);
    element.classList.toggle('open', open);
    if (old) {
      old.element.replaceWith(element);
    } else {
      const next = [...this.#rows].filter(([other]) => other > position).map(([other]) => other);
      const before = next.length > 0 ? this.#rows.get(Math.min(...next)).element : null;
      this.#root.insertBefore(element, before);
    }
    this.#rows.set(position, { element, item, version: this.#version });
  }

  #place() {
    const { length } = this.#items;
    this.#root.style.height = `${this.#offset(length) - this.#hidden()}px`;
    this.#active = Math.max(0, Math.min(this.#active, length - 1));
    this.#rows.forEach(({ element, item }, position) => {
      element.style.top = `${this.#offset(position) - this.#shift}px`;
      element.setAttribute('aria-setsize', length);
      element.querySelector('.toggle').tabIndex = position === this.#active ? 0 : -1;
      if (item === this.#open) {
        this.#resized.observe(element);
      }
    });
  }

  /** Gives the focus to the row that took the place of the one that had it. */
  #refocus(focused, position) {
    const row = this.#rows.get(Math.min(position, this.#items.length - 1))?.element;
    const { part } = focused.dataset;
    const again = part && row?.querySelector(`[data-part="${CSS.escape(part)}"]`);
    (again ?? row?.querySelector('.toggle'))?.focus({ preventScroll: true });
  }

  #openRow() {
    return [...this.#rows.values()].find(({ item }) => item === this.#open)?.element;
  }

  #measureOpen() {
    const row = this.#openRow();
    if (!row || this.#height === 0) {
      return;
    }
    const extra = row.offsetHeight - this.#height;
    if (extra !== this.#extra) {
      this.#extra = extra;
      this.#place();
    }
  }

  #remeasure() {
    const height = this.#closedHeight() || this.#height;
    if (height !== this.#height) {
      this.#height = height;
      this.#schedule();
    }
  }

  #closedHeight() {
    const closed = [...this.#rows.values()].find(({ item }) => item !== this.#open);
    return closed?.element.offsetHeight ?? 0;
  }

  /** How far down the row at a position begins, in px. */
  #offset(position) {
    return position * this.#height + (position > this.#openPosition ? this.#extra : 0);
  }

  /** By how much the list is higher than TALLEST: scrolling goes faster by what that takes, in px. */
  #hidden() {
    return Math.max(0, this.#offset(this.#items.length) - TALLEST);
  }

  /** The position of the row at so many px down. */
  #at(y) {
    const open = this.#offset(this.#openPosition);
    const beyond = y > open + this.#height + this.#extra;
    return Math.floor((beyond ? y - this.#extra : Math.min(y, open)) / (this.#height || 1));
  }

  #positionOf(element) {
    return [...this.#rows].find(([, row]) => row.element.contains(element))?.[0];
  }

  #activate(position) {
    this.#rows.forEach(({ element }, other) => {
      element.querySelector('.toggle').tabIndex = other === position ? 0 : -1;
    });
    this.#active = position;
  }

  #key(event) {
    if (!event.target.classList.contains('toggle') || event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    const page = Math.max(1, Math.floor((innerHeight * PAGE) / this.#height));
    const last = this.#items.length - 1;
    const to = {
      ArrowDown: this.#active + 1,
      ArrowUp: this.#active - 1,
      PageDown: this.#active + page,
      PageUp: this.#active - page,
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) {
      return;
    }
    event.preventDefault();
    this.#activate(Math.max(0, Math.min(last, to)));
    this.#scrollTo(this.#active);
    this.#render();
    this.#rows.get(this.#active).element.querySelector('.toggle').focus({ preventScroll: true });
  }

  #scrollTo(position) {
    const from = -this.#root.getBoundingClientRect().top;
    const top = this.#offset(position) - this.#shift - from;
    // A row's height of air, so that the next row is in sight as well.
    let to;
    if (top < this.#height) {
      to = this.#offset(position) - this.#height;
    } else if (top > innerHeight - 2 * this.#height) {
      to = this.#offset(position) + 2 * this.#height - innerHeight;
    } else {
      return;
    }
    const hidden = this.#hidden();
    const whole = TALLEST - innerHeight;
    const scrolled = to < 0 ? to : Math.max((to * whole) / (whole + hidden), to - hidden);
    scrollBy({ top: scrolled - from, behavior: 'instant' });
  }

  #print() {
    if (this.#printing) {
      return;
    }
    const count = Math.min(this.#items.length, MOST_PRINTED);
    const rows = [];
    for (let position = 0; position < count; position += 1) {
      this.#rows.get(position)?.element.remove();
      rows.push(this.#make(this.#items[position], false));
    }
    this.#rows.forEach(({ element }) => element.remove());
    this.#rows.clear();
    this.#root.replaceChildren(...rows);
    this.#printing = true;
    const done = () => {
      this.#printing = false;
      this.#root.replaceChildren();
      this.#render();
    };
    addEventListener('afterprint', done, { once: true });
  }
}
