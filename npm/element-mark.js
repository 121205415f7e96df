// The element: what it wraps stays as it is, and a mark stands beside it.

import { ask, inUse, join, leave, names, texts } from './element-scores.js';
import { STYLE } from './element-style.js';
import { pulls, scaleOf, verdictOf } from './element-verdict.js';

export const NAME = 'undertone-mark';

/** A pointer that only passes by opens nothing. */
const HOVER_MS = 150;
/** How near to the edge of the window an explanation comes, in CSS pixels. */
const EDGE = 8;
/** The labels of the model inside: place is kept for the longest before any model is there. */
const USUAL_LABELS = ['negative', 'neutral', 'positive'];

let sheet;

export class UndertoneMark extends (globalThis.HTMLElement ?? Object) {
  static observedAttributes = ['text', 'min-confidence'];

  #internals;
  #badge = made('span', 'badge');
  #mark = made('button', 'mark');
  #shape = made('span', 'shape');
  #label = made('span', 'label');
  #confidence = made('span', 'confidence');
  #why = made('div', 'why');
  #observer;
  /** The last score: of what text, by what classifier, and the promise that gave it. */
  #scored;
  #error = null;
  /** Ends what listens while the explanation is open. */
  #closing;
  /** Whether it was opened to stay, not by a pointer that leaves again. */
  #isPinned = false;
  #hover;

  constructor() {
    super();
    this.#internals = this.attachInternals();
    if (sheet === undefined) {
      sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
    }
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [sheet];
    this.#mark.type = 'button';
    this.#mark.setAttribute('aria-controls', (this.#why.id = 'why'));
    this.#shape.setAttribute('aria-hidden', true);
    this.#why.setAttribute('role', 'group');
    this.#why.popover = 'manual';
    // A press on its text doesn't take the focus elsewhere, which would close it.
    this.#why.tabIndex = -1;
    this.#why.hidden = true;
    // Spaces for who hears or copies it: they take no room.
    this.#mark.append(this.#shape, ' ', this.#label, ' ', this.#confidence);
    this.#badge.append(this.#mark, this.#why);
    root.append(document.createElement('slot'), this.#badge);
    this.#listen();
    this.#blank('loading');
  }

  get text() {
    return this.getAttribute('text');
  }

  set text(text) {
    reflect(this, 'text', text);
  }

  get minConfidence() {
    const share = Number(this.getAttribute('min-confidence'));
    return share >= 0 && share <= 1 ? share : 0;
  }

  set minConfidence(share) {
    reflect(this, 'min-confidence', share);
  }

  get loading() {
    return this.getAttribute('loading') === 'eager' ? 'eager' : 'lazy';
  }

  set loading(when) {
    reflect(this, 'loading', when);
  }

  get prediction() {
    return this.#scored?.prediction ?? null;
  }

  get unsure() {
    return this.#verdict()?.unsure ?? false;
  }

  get error() {
    return this.#error;
  }

  /** What is scored, white space as a page shows it. */
  get headline() {
    return (this.text ?? this.textContent).replace(/\s+/g, ' ').trim();
  }

  connectedCallback() {
    join(this);
    this.#observer = new MutationObserver(() => this.refresh());
    this.#observer.observe(this, { childList: true, characterData: true, subtree: true });
    this.refresh();
  }

  disconnectedCallback() {
    leave(this);
    this.#observer.disconnect();
    this.#close();
  }

  attributeChangedCallback(name) {
    if (name === 'text' && this.isConnected) {
      this.refresh();
    } else if (this.#scored) {
      this.#draw();
    }
  }

  /** Has it scored, where it has no score of this text by this classifier. */
  refresh() {
    const { headline } = this;
    if (this.#scored && this.#scored.headline === headline && this.#scored.from === inUse()) {
      return;
    }
    this.#scored = undefined;
    this.#error = null;
    this.#close();
    this.#blank('loading');
    if (headline !== '') {
      ask(this);
    }
  }

  /** Shows what a text was found to be, unless it has another one by now. */
  show(headline, prediction, classifier, from) {
    if (this.isConnected && headline === this.headline) {
      this.#scored = { headline, prediction, classifier, from };
      this.#draw();
      this.dispatchEvent(new CustomEvent('scored', { bubbles: true, detail: prediction }));
    }
  }

  /** Shows nothing, and tells whoever listens. */
  fail(error) {
    this.#error = error;
    this.#blank('error');
    this.dispatchEvent(new ErrorEvent('error', { error, message: error?.message }));
  }

  /** Nothing to be seen, in the place that it will take. */
  #blank(state) {
    const possible = [...USUAL_LABELS.map(named), texts.unsure];
    const longest = possible.reduce((one, other) => (other.length > one.length ? other : one));
    this.#mark.className = 'blank';
    this.#shape.textContent = '●';
    this.#label.textContent = this.#label.dataset.room = longest;
    this.#confidence.textContent = this.#confidence.dataset.room = '100%';
    this.#states(state);
  }

  #verdict() {
    const { prediction, classifier } = this.#scored ?? {};
    return prediction && verdictOf(prediction, classifier, this.minConfidence);
  }

  #draw() {
    const { tone, shape, unsure, labels, confidence } = this.#verdict();
    this.#mark.className = tone;
    this.#shape.textContent = shape;
    this.#label.textContent = unsure ? texts.unsure : labels.map(named).join(', ') || texts.none;
    this.#confidence.textContent = confidence === undefined ? '' : percent(confidence);
    // Also where a page shows the shape alone.
    const name = `${this.#label.textContent} ${this.#confidence.textContent}`;
    this.#mark.setAttribute('aria-label', name.trim());
    this.#states(...labels, ...(unsure ? ['unsure'] : []));
  }

  #states(...names) {
    const { states } = this.#internals;
    states?.clear();
    for (const name of names) {
      try {
        states?.add(name);
      } catch {
        // Before 2024 browsers took only names that begin with two dashes.
      }
    }
  }

  #listen() {
    this.#mark.setAttribute('aria-expanded', false);
    this.#mark.addEventListener('click', (event) => {
      // Within a link or a card the mark is not what leads away.
      event.preventDefault();
      event.stopPropagation();
      if (this.#closing && this.#isPinned) {
        this.#close();
      } else {
        this.#open();
        this.#isPinned = true;
      }
    });
    this.#mark.addEventListener('pointerenter', ({ pointerType }) => {
      if (pointerType !== 'touch') {
        this.#hover = setTimeout(() => this.#open(), HOVER_MS);
      }
    });
    this.#badge.addEventListener('pointerleave', () => {
      clearTimeout(this.#hover);
      if (!this.#isPinned) {
        this.#close();
      }
    });
    this.#badge.addEventListener('focusout', ({ relatedTarget }) => {
      if (!this.#badge.contains(relatedTarget)) {
        this.#close();
      }
    });
  }

  #open() {
    clearTimeout(this.#hover);
    if (this.#closing || !this.#scored) {
      return;
    }
    this.#closing = new AbortController();
    const how = { signal: this.#closing.signal, capture: true };
    const place = () => this.#place();
    addEventListener('scroll', place, { ...how, passive: true });
    addEventListener('resize', place, how);
    const press = (event) => {
      if (!event.composedPath().includes(this.#badge)) {
        this.#close();
      }
    };
    addEventListener('pointerdown', press, how);
    const escape = (event) => {
      if (event.key === 'Escape') {
        // It is not also the dialog's around it.
        event.preventDefault();
        event.stopPropagation();
        if (this.shadowRoot.activeElement) {
          this.#mark.focus();
        }
        this.#close();
      }
    };
    addEventListener('keydown', escape, how);
    this.#mark.setAttribute('aria-expanded', true);
    this.#why.setAttribute('aria-label', texts.why);
    this.#why.hidden = false;
    // Above whatever a page puts over it or cuts off, in browsers that can.
    this.#why.showPopover?.();
    this.#explain();
  }

  #close() {
    clearTimeout(this.#hover);
    if (this.#closing) {
      this.#closing.abort();
      this.#closing = undefined;
      this.#isPinned = false;
      this.#mark.setAttribute('aria-expanded', false);
      if (this.isConnected) {
        this.#why.hidePopover?.();
      }
      this.#why.hidden = true;
    }
  }

  async #explain() {
    const { headline, prediction, classifier } = this.#scored;
    const { probabilities, foreign } = prediction;
    const figures = Object.entries(probabilities)
      .sort((one, other) => other[1] - one[1])
      .map(([label, share]) => `${named(label)} ${percent(share)}`)
      .join(', ');
    const shown = [made('div', 'probabilities', figures)];
    if (foreign) {
      shown.push(made('div', 'note', texts.foreign));
    }
    const show = (...more) => {
      this.#why.replaceChildren(...shown, ...more);
      this.#place();
    };
    show();
    try {
      const scale = scaleOf(classifier);
      const words = pulls(await classifier.explain(headline), scale, prediction.label);
      const list = made('ul', 'words');
      for (const { word, pull } of words) {
        const { tone, shape, towards } = direction(pull > 0, scale, prediction.label);
        const sign = made('span', 'sign', shape);
        sign.className = tone;
        sign.setAttribute('aria-hidden', true);
        const item = made('li', 'word');
        item.append(sign, ' ', made('bdi', 'said', word), ' ', made('span', 'towards', towards));
        list.append(item);
      }
      if (this.#scored?.headline === headline) {
        show(words.length > 0 ? list : made('div', 'note', texts.unknown));
      }
    } catch (error) {
      show(made('div', 'note', texts.failed));
      this.dispatchEvent(new ErrorEvent('error', { error, message: error?.message }));
    }
  }

  /** Below the mark where there is room, above it otherwise, within the window. */
  #place() {
    const { top, bottom, left, right } = this.#mark.getBoundingClientRect();
    const { offsetWidth, offsetHeight, style } = this.#why;
    const start = getComputedStyle(this).direction === 'rtl' ? right - offsetWidth : left;
    const within = Math.max(EDGE, Math.min(start, document.documentElement.clientWidth - offsetWidth - EDGE));
    const isBelow = bottom + offsetHeight <= innerHeight || top < offsetHeight;
    style.left = `${within}px`;
    style.top = `${isBelow ? bottom : top - offsetHeight}px`;
  }
}

/** Where a word pulls, as a shape and in words. */
function direction(isUp, scale, chosen) {
  if (scale) {
    const look = isUp ? { tone: 'up', shape: '▲' } : { tone: 'down', shape: '▼' };
    return { ...look, towards: named(scale[isUp ? 0 : 1]) };
  }
  const towards = `${isUp ? texts.for : texts.against} ${named(chosen)}`;
  return { tone: '', shape: isUp ? '+' : '−', towards };
}

function made(name, part, text = '') {
  const element = document.createElement(name);
  element.part = part;
  element.textContent = text;
  return element;
}

function reflect(element, name, value) {
  if (value === null || value === undefined) {
    element.removeAttribute(name);
  } else if (element.getAttribute(name) !== String(value)) {
    element.setAttribute(name, value);
  }
}

const named = (label) => names.get(label) ?? label;

const percent = (share) => `${Math.round(100 * share)}%`;
