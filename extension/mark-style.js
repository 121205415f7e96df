// What a mark and its explanation look like. Nothing of a page gets in: its rules end at the shadow root, and what
// it says of the element itself is overruled.

export const MARK_STYLE = `
:host {
  all: initial !important; position: absolute !important; display: inline !important;
  inline-size: 0 !important; block-size: 0 !important; z-index: 1 !important; contain: layout style !important;
}
.mark {
  --ink: #1d2430; --paper: #ffffffe6; --edge: #1d243040; --up: #1f6fb2; --down: #b5480c; --flat: #5d6776; --other: #6b4fa0;
  position: absolute; display: flex; align-items: center; gap: .3em; margin: 0; padding: 0 .35em; block-size: 1.5em;
  box-sizing: border-box; border: 1px solid var(--edge); border-radius: .75em; background: var(--paper);
  color: var(--ink); font: 600 1em/1 system-ui, sans-serif; font-variant-numeric: tabular-nums; direction: ltr;
  white-space: nowrap; user-select: none; cursor: help; visibility: hidden;
}
.mark.placed { visibility: visible }
.mark::after { content: ''; position: absolute; inset: -4px }
.mark.dark {
  --ink: #e8eaee; --paper: #1b2029e6; --edge: #e8eaee59; --up: #6bb1f0; --down: #f0935a; --flat: #a3adba; --other: #b59be0;
}
button.mark { cursor: pointer }
.mark:focus-visible { outline: 2px solid var(--up); outline-offset: 1px }
.shape { color: var(--tone) }
.up { --tone: var(--up) } .down { --tone: var(--down) } .flat { --tone: var(--flat) }
.other { --tone: var(--other) } .doubt { --tone: var(--ink) }
@media (forced-colors: active) { .mark { background: Canvas; color: CanvasText } .shape { color: inherit } }
@media print { .mark { display: none } }
`;

export const WHY_STYLE = `
:host { all: initial !important; display: contents !important }
.why {
  --up: light-dark(#1f6fb2, #6bb1f0); --down: light-dark(#b5480c, #f0935a); --other: light-dark(#6b4fa0, #b59be0);
  color-scheme: light dark; position: fixed; inset: auto; margin: 0; box-sizing: border-box; z-index: 2147483647;
  max-inline-size: min(22em, 100vw - 16px); max-block-size: calc(100vh - 16px); overflow: auto; padding: .6em .8em;
  border: 1px solid light-dark(#858c98, #758092); border-radius: .4em;
  background: light-dark(#fff, #1b2029); color: light-dark(#1d2430, #e8eaee);
  font: 400 14px/1.4 system-ui, sans-serif; text-align: start; overflow-wrap: anywhere;
}
.why[hidden] { display: none }
p { margin: 0 } p + p, ul { margin: .3em 0 0 }
ul { padding: 0; list-style: none }
.word { font-weight: 600 }
.sign { display: inline-block; inline-size: 1.1em; color: var(--tone) }
.up { --tone: var(--up) } .down { --tone: var(--down) } .other { --tone: var(--other) }
`;

/** A style sheet for shadow roots, which no policy of a page holds back. */
export function sheetOf(style) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  return sheet;
}
