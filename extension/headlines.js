// What a headline is: by the structure of a page, for no list of sites would be long enough.

/** A heading or link of fewer words names a section or an action. */
const LEAST_WORDS = 4;
const LEAST_WORDS_OF_LINK = 5;
/** The same in writing without spaces, in characters. */
const LEAST_UNSPACED = 10;
const UNSPACED = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/;
/** What is longer is a text, in UTF-16 units. */
const LONGEST = 300;
/** A link in a paragraph is a headline where it is so much of it. */
const WHOLE = 0.7;
/** Three of a kind are a list, looked for so many levels up. */
const OF_A_KIND = 3;
const LEVELS = 5;

const NAMED = '[itemprop~="headline"]';
const HEADINGS = 'h1, h2, h3, h4, h5, h6, [role="heading"]';
const TITLES = `${NAMED}, ${HEADINGS}`;
const LINK = 'a[href]';
export const CANDIDATES = `${TITLES}, ${LINK}`;
/** Where headings and links are no headlines. */
const ELSEWHERE =
  'nav, footer, menu, dialog, address, figcaption, pre, [role="navigation"], [role="contentinfo"], [role="menu"], ' +
  '[role="menubar"], [role="tablist"], [role="search"], [role="dialog"], [role="alertdialog"], [aria-hidden="true"], ' +
  '[contenteditable=""], [contenteditable="true"], undertone-mark';
const ITEMS = 'article, li, tr, [role="article"], [role="listitem"]';
/** What a headline may hold that is none of its words. */
const WORDLESS = 'script, style, noscript, template, svg, math, time, button, [hidden], [aria-hidden="true"]';
/** Elements within which a word may go on. */
const WITHIN_WORDS = new Set(['a', 'abbr', 'b', 'bdi', 'cite', 'em', 'i', 'mark', 'q', 'small', 'strong', 'sub', 'sup', 'u']);

/** The words of an element, white space as a page shows it. */
export function textOf(element) {
  if (element.firstElementChild === null) {
    return spaced(element.textContent);
  }
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      return NodeFilter.FILTER_ACCEPT;
    }
    return node.matches(WORDLESS) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_SKIP;
  });
  let text = '';
  let before;
  while (walker.nextNode()) {
    const { data, parentElement } = walker.currentNode;
    const isApart = [before, parentElement].some(
      (parent) => parent && parent !== element && !WITHIN_WORDS.has(parent.localName),
    );
    // A kicker and what follows it are seldom one word, though nothing stands between.
    text += before !== undefined && before !== parentElement && isApart ? ` ${data}` : data;
    before = parentElement;
  }
  return spaced(text);
}

const spaced = (text) => text.replace(/\s+/g, ' ').trim();

/** The text of a candidate if it is a headline, undefined otherwise. */
export function headlineOf(candidate) {
  const isLink = !candidate.matches(TITLES);
  if (isLink && (candidate.closest(TITLES) || candidate.querySelector(TITLES))) {
    // The heading around it or in it is the headline, if any is.
    return undefined;
  }
  // The cheapest first: most of what is no headline is short.
  const most = candidate.textContent.length;
  if (most < LEAST_UNSPACED || candidate.closest(ELSEWHERE)) {
    return undefined;
  }
  const isNamed = candidate.matches(NAMED);
  const text = textOf(candidate);
  const least = isLink ? LEAST_WORDS_OF_LINK : LEAST_WORDS;
  if (text.length > LONGEST || !(isNamed || isLongEnough(text, least))) {
    return undefined;
  }
  const isOne = isNamed || (isLink ? isListed(candidate, text) : isTitle(candidate));
  return isOne ? text : undefined;
}

const isLongEnough = (text, least) =>
  text.split(' ').length >= least || (UNSPACED.test(text) && text.length >= LEAST_UNSPACED);

/** Whether a heading is that of a story: one that leads there, the page's own, or the first of an item. */
function isTitle(heading) {
  if (heading.localName === 'h1' || heading.closest(LINK) || heading.querySelector(LINK)) {
    return true;
  }
  const item = heading.closest(ITEMS);
  return item !== null && item.querySelector(HEADINGS) === heading;
}

/** Whether a link is an item of a list, and not in the midst of a text. */
function isListed(link, text) {
  const paragraph = link.closest('p, blockquote');
  if (paragraph && text.length < WHOLE * spaced(paragraph.textContent).length) {
    return false;
  }
  const item = link.closest(ITEMS);
  if (item) {
    // Beside a heading it leads to the comments, or on.
    return item.querySelector(TITLES) === null;
  }
  let element = link;
  for (let level = 0; level < LEVELS && element && element !== document.body; level += 1) {
    if (hasKind(element)) {
      return true;
    }
    element = element.parentElement;
  }
  return false;
}

/** Whether there are enough elements like this one beside it. */
function hasKind(element) {
  let kind = 1;
  for (const side of ['previousElementSibling', 'nextElementSibling']) {
    let other = element[side];
    for (let steps = 0; steps < OF_A_KIND && other; steps += 1) {
      kind += Number(other.localName === element.localName && other.className === element.className);
      other = other[side];
    }
  }
  return kind >= OF_A_KIND;
}
