// Where a mark stands: behind the last line, or above the end of the first where there is no room.

/** Between a text and its mark, in CSS pixels. */
const GAP = 5;
/** The text of a mark, by that of its headline, in CSS pixels. */
const SHARE = 0.62;
const SMALLEST = 10;
const LARGEST = 15;
/** Above a headline it covers so much of itself. */
const OVERLAP = 0.15;
/** A colour is light from here on, of 255. */
const LIGHT = 140;
const INLINE = /^(inline|contents|ruby)/;

/** The last text node with words, undefined where there is none. */
export function lastTextOf(element) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  let last;
  while (walker.nextNode()) {
    if (walker.currentNode.data.trim() !== '') {
      last = walker.currentNode;
    }
  }
  return last;
}

/** What is needed of a headline's style: how large its mark is, of which kind, and the block that it stands in. */
export function sizeOf(element) {
  const style = getComputedStyle(element);
  let block = element;
  let how = style;
  while (INLINE.test(how.display) && block.parentElement && block !== document.body) {
    block = block.parentElement;
    how = getComputedStyle(block);
  }
  const pixels = Math.min(LARGEST, Math.max(SMALLEST, SHARE * parseFloat(style.fontSize)));
  const isClipped = how.overflowX !== 'visible' && how.position !== 'static';
  return { isDark: isLight(style.color), pixels, block, isClipped, isRtl: how.direction === 'rtl' };
}

/** Light letters are on a dark ground. */
function isLight(colour) {
  const [red, green, blue] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  // The weights of Rec. 601.
  return 0.299 * red + 0.587 * green + 0.114 * blue > LIGHT;
}

/** A mark's place within its own element; undefined where the headline has none. */
export function placeOf({ host, badge, text }, element, { block, isClipped, isRtl }) {
  const lines = text && linesOf(text);
  if (!lines || lines.length === 0) {
    return undefined;
  }
  const [first, last] = [lines[0], lines.at(-1)];
  const from = host.getBoundingClientRect();
  const { width, height } = badge.getBoundingClientRect();
  const around = block.getBoundingClientRect();
  const within = (left, top) => ({ left: left - from.left, top: top - from.top });

  const middle = last.top + (last.height - height) / 2;
  const behind = isRtl ? last.left - GAP - width : last.right + GAP;
  const end = isRtl ? Math.max(around.left, 0) : Math.min(around.right, document.documentElement.clientWidth) - width;
  const fits = (isRtl ? behind >= end : behind <= end) && last.bottom <= around.bottom + height;
  if (fits && isFree(element, behind + width / 2, middle + height / 2)) {
    return within(behind, middle);
  }
  if (isClipped) {
    return within(end, around.bottom - height);
  }
  const above = isRtl ? Math.max(first.left, end) : Math.min(first.right - width, end);
  return within(above, Math.max(first.top - height * (1 - OVERLAP), -scrollY));
}

function linesOf(text) {
  const range = document.createRange();
  range.selectNodeContents(text);
  return [...range.getClientRects()].filter(({ width }) => width > 0);
}

/** Whether nothing else of the page is there. */
function isFree(element, x, y) {
  const there = element.getRootNode().elementFromPoint?.(x, y);
  return !there || there.contains(element) || element.contains(there);
}
