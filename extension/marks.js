// The marks of a page: in sight alone, and out of the flow, so that no text moves for them.

import { MARK_STYLE, sheetOf } from './mark-style.js';
import { OWN } from './watch.js';
import { lastTextOf, placeOf, sizeOf } from './place.js';

/** A pointer that only passes by opens nothing. */
const HOVER_MS = 150;
/** Marks are made once a headline is so near to the window, in shares of its size. */
const NEAR = '25%';
const CONTROLS = 'a[href], button, summary, [role="link"], [role="button"]';

const percent = (share) => `${Math.round(100 * share)}%`;

/** What a mark says, by what the reader chose to see: the shape, what else is shown, and what is heard. */
function said({ look: { shape, name }, probabilities, label }, look) {
  const share = name === 'unsure' ? '' : percent(probabilities[label]);
  const text = { shape: '', probability: share, label: `${name} ${share}`.trim() }[look];
  return { shape, text, heard: `${name} ${share}`.trim() };
}

/**
 * @param {import('./why.js').Why} why shows what decided
 * @param {() => void} noticed hears that headlines came to be seen
 */
export function createMarks(why, noticed) {
  const sheet = sheetOf(MARK_STYLE);
  const byElement = new WeakMap();
  const shown = new Set();
  const waiting = new Set();
  let frame;
  let chosen;

  const sight = new IntersectionObserver(
    (entries) => {
      let isNews = false;
      for (const { target, isIntersecting, boundingClientRect } of entries) {
        const headline = byElement.get(target);
        if (headline) {
          // What takes no place is hidden: the page's copy for another width, say.
          const isSeen = isIntersecting || boundingClientRect.width > 0;
          isNews ||= isSeen && !headline.isSeen;
          headline.isSeen ||= isSeen;
          headline.isNear = isIntersecting;
          draw(headline);
        }
      }
      if (isNews) {
        noticed();
      }
    },
    { rootMargin: NEAR },
  );
  // A block that gets another width breaks its lines elsewhere.
  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      for (const headline of shown) {
        if (headline.mark.block === target) {
          placeSoon(headline);
        }
      }
    }
  });

  function add(headline) {
    byElement.set(headline.element, headline);
    sight.observe(headline.element);
  }

  function remove(headline) {
    hide(headline);
    sight.unobserve(headline.element);
    byElement.delete(headline.element);
  }

  /** Has the mark as it should be: there or not, and what it says. */
  function draw(headline) {
    const { score, isNear } = headline;
    const isWanted = score && isNear && (chosen.which === 'all' || /up|down/.test(score.look.tone));
    if (!isWanted) {
      hide(headline);
      return;
    }
    headline.mark ??= make(headline);
    const { badge, shape, words } = headline.mark;
    const { shape: sign, text, heard } = said(score, chosen.look);
    headline.mark.tone = score.look.tone;
    shape.textContent = sign;
    words.textContent = text;
    words.hidden = text === '';
    badge.setAttribute('aria-label', heard);
    shown.add(headline);
    placeSoon(headline);
  }

  function hide(headline) {
    if (headline.mark) {
      if (why.isOf(headline)) {
        why.hide();
      }
      headline.mark.host.remove();
      if (headline.mark.block) {
        sizes.unobserve(headline.mark.block);
      }
      headline.mark = undefined;
      shown.delete(headline);
      waiting.delete(headline);
    }
  }

  function make(headline) {
    const { element } = headline;
    const host = document.createElement(OWN);
    const root = host.attachShadow({ mode: 'closed' });
    root.adoptedStyleSheets = [sheet];
    // A control within a control is none that a keyboard finds its way in: there the focus is the link's.
    const isLinked = element.closest(CONTROLS) !== null || element.querySelector(CONTROLS) !== null;
    const badge = document.createElement(isLinked ? 'span' : 'button');
    if (isLinked) {
      badge.setAttribute('role', 'img');
    } else {
      badge.type = 'button';
    }
    const [shape, words] = ['span', 'span'].map((name) => document.createElement(name));
    badge.append(shape, words);
    root.append(badge);
    listen(badge, headline);
    return { host, badge, shape, words };
  }

  function listen(badge, headline) {
    let timer;
    badge.addEventListener('pointerenter', ({ pointerType }) => {
      if (pointerType !== 'touch') {
        timer = setTimeout(() => why.show(headline, badge), HOVER_MS);
      }
    });
    badge.addEventListener('pointerleave', () => {
      clearTimeout(timer);
      why.leave();
    });
    badge.addEventListener('click', (event) => {
      // Within a link the mark is not what leads away.
      event.preventDefault();
      event.stopPropagation();
      clearTimeout(timer);
      why.toggle(headline, badge);
    });
    badge.addEventListener('focus', () => why.show(headline, badge));
    badge.addEventListener('blur', () => why.hide());
  }

  function placeSoon(headline) {
    waiting.add(headline);
    frame ??= requestAnimationFrame(() => {
      frame = undefined;
      placeAll();
    });
  }

  /** Puts marks where they belong: first all is read of the page, then all is written, then the same of places. */
  function placeAll() {
    const placed = [...waiting].filter((headline) => headline.mark && headline.element.isConnected);
    waiting.clear();
    const sizesOf = placed.map(({ element }) => sizeOf(element));
    placed.forEach((headline, index) => {
      const { mark, element } = headline;
      const text = lastTextOf(element);
      mark.text = text;
      if (text && mark.host.previousSibling !== text) {
        text.after(mark.host);
      }
      const { isDark, pixels, block } = sizesOf[index];
      if (mark.block !== block) {
        if (mark.block) {
          sizes.unobserve(mark.block);
        }
        mark.block = block;
        sizes.observe(block);
      }
      mark.shape.className = `shape ${mark.tone}`;
      mark.badge.className = `mark ${mark.tone} ${isDark ? 'dark' : ''}`;
      mark.badge.style.fontSize = `${pixels}px`;
    });
    const places = placed.map(({ mark, element }, index) => placeOf(mark, element, sizesOf[index]));
    placed.forEach(({ mark }, index) => {
      if (places[index]) {
        const { left, top } = places[index];
        mark.badge.style.left = `${left}px`;
        mark.badge.style.top = `${top}px`;
        mark.badge.classList.add('placed');
      }
    });
  }

  /** A link that has the focus by the keyboard shows what decided on its headline. */
  const focused = ({ target }) => {
    if (!(target instanceof Element) || target.localName === OWN || !target.matches(':focus-visible')) {
      return;
    }
    for (const headline of shown) {
      if (target.contains(headline.element) || headline.element.contains(target)) {
        why.show(headline, headline.mark.badge);
        return;
      }
    }
    why.hide();
  };
  const blurred = () => why.hide();
  document.addEventListener('focusin', focused);
  document.addEventListener('focusout', blurred);

  return {
    add,
    remove,
    draw,
    /** Whether a page has written a mark away that belongs there. */
    isLost: ({ mark, element }) => mark?.text !== undefined && mark.host.isConnected === false && element.isConnected,
    placeSoon,
    look(settings) {
      chosen = settings;
    },
    stop() {
      [...shown].forEach(hide);
      sight.disconnect();
      sizes.disconnect();
      document.removeEventListener('focusin', focused);
      document.removeEventListener('focusout', blurred);
      why.stop();
    },
  };
}
