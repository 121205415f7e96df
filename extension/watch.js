// What comes to a page, changes and goes: noted at once, looked at in idle time, a slice at a time.

import { api } from './api.js';
import { CANDIDATES } from './headlines.js';

/** Changes are gathered for so long, in ms, and longer on a page whose changes take long to look at. */
const PAUSE_MS = 100;
const REST = 9;
/** The time of a slice where a browser has no idle time for us, in ms. */
const SLICE_MS = 6;
const LEAST_LEFT_MS = 1;
const LATEST_MS = 300;
/** With more places to look at, the whole page is looked at. */
const MOST_PLACES = 1000;
/** A custom element may get its shadow root after it came. So many are looked at again, after so many ms. */
const MOST_HOSTS = 2000;
const LATER_MS = [1000, 4000];

/** The elements of the extension's own, which it puts into the page. */
export const OWN = 'undertone-note';

/**
 * Watches the document and all shadow roots in it until it is told to stop.
 *
 * @param {object} hear
 * @param {(candidate: Element) => void} hear.came may be a headline, and may have been told of before
 * @param {(element: Element) => void} hear.changed has other content
 * @param {() => void} hear.went something has gone
 * @param {() => void} hear.paused a slice has ended
 * @returns {() => void} stops it
 */
export function watch({ came, changed, went, paused }) {
  const roots = new WeakSet();
  const hosts = new Set();
  let places = new Set([document]);
  let altered = new Set();
  let hasGone = false;
  let pause = 0;
  let timer;
  let idle;
  let work;
  let isOver = false;

  const observer = new MutationObserver((records) => {
    for (const { type, target, addedNodes, removedNodes } of records) {
      if (type === 'characterData') {
        note(altered, target.parentNode);
        continue;
      }
      const isOthers = ({ localName }) => localName !== OWN;
      const came = [...addedNodes].filter(isOthers);
      const gone = [...removedNodes].some(isOthers);
      came.filter(({ nodeType }) => nodeType === Node.ELEMENT_NODE).forEach((node) => note(places, node));
      hasGone ||= gone;
      if (gone || came.length > 0) {
        note(altered, target);
      }
    }
    plan();
  });

  function note(set, node) {
    if (set.size < MOST_PLACES) {
      set.add(node);
    } else {
      places = new Set([document]);
      altered = new Set();
    }
  }

  function plan() {
    if (timer === undefined && idle === undefined && !isOver && (places.size > 0 || altered.size > 0 || hasGone)) {
      timer = setTimeout(() => {
        timer = undefined;
        idle = requestIdleCallback(slice, { timeout: LATEST_MS });
      }, pause);
    }
  }

  let spent = 0;
  function slice(deadline) {
    idle = undefined;
    const begun = performance.now();
    const isLeft = () =>
      deadline.didTimeout ? performance.now() - begun < SLICE_MS : deadline.timeRemaining() > LEAST_LEFT_MS;
    work ??= look();
    let isDone;
    do {
      isDone = work.next().done;
    } while (!isDone && isLeft());
    paused();
    spent += performance.now() - begun;
    if (isDone) {
      work = undefined;
      // A page that changes all the time is looked at for a tenth of it.
      pause = Math.max(PAUSE_MS, REST * spent);
      spent = 0;
      plan();
    } else if (!isOver) {
      idle = requestIdleCallback(slice, { timeout: LATEST_MS });
    }
  }

  /** Looks at what was noted, and lets go after each bit. */
  function* look() {
    const [toEnter, toCheck] = [places, altered];
    [places, altered] = [new Set(), new Set()];
    if (hasGone) {
      hasGone = false;
      went();
      yield;
    }
    for (const node of toCheck) {
      if (node.nodeType === Node.ELEMENT_NODE && node.isConnected) {
        changed(node);
        yield;
      }
    }
    for (const node of toEnter) {
      yield* enter(node);
    }
    for (const host of hosts) {
      if (host.isConnected && shadowOf(host) === null) {
        continue;
      }
      hosts.delete(host);
      yield* enterShadow(host);
    }
  }

  function* enter(node) {
    if (!node.isConnected) {
      return;
    }
    if (node.nodeType === Node.DOCUMENT_NODE || node.nodeType === Node.DOCUMENT_FRAGMENT_NODE) {
      observe(node);
    } else if (node.matches(CANDIDATES)) {
      came(node);
    } else {
      yield* enterShadow(node);
    }
    for (const candidate of node.querySelectorAll(CANDIDATES)) {
      came(candidate);
      yield;
    }
    for (const element of node.querySelectorAll('*')) {
      if (element.localName.includes('-') || element.shadowRoot) {
        yield* enterShadow(element);
      }
    }
  }

  function* enterShadow(element) {
    const shadow = shadowOf(element);
    if (shadow && !roots.has(shadow)) {
      yield* enter(shadow);
    } else if (!shadow && element.localName.includes('-') && element.localName !== OWN && hosts.size < MOST_HOSTS) {
      hosts.add(element);
    }
  }

  function observe(root) {
    if (!roots.has(root)) {
      roots.add(root);
      observer.observe(root, { childList: true, characterData: true, subtree: true });
    }
  }

  const again = LATER_MS.map((ms) =>
    setTimeout(() => {
      if (hosts.size > 0) {
        note(altered, document);
        plan();
      }
    }, ms),
  );
  plan();
  return () => {
    isOver = true;
    observer.disconnect();
    [timer, ...again].forEach(clearTimeout);
    if (idle !== undefined) {
      cancelIdleCallback(idle);
    }
  };
}

/** The shadow root of an element, one that the page keeps to itself as well. */
function shadowOf(element) {
  // Firefox has it as a property, for extensions alone.
  if (element.openOrClosedShadowRoot !== undefined) {
    return element.openOrClosedShadowRoot;
  }
  try {
    return api.dom.openOrClosedShadowRoot(element);
  } catch {
    // What can't have one is refused.
    return element.shadowRoot;
  }
}
