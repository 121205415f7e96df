// What marks look like, before a page has its say: colours are variables, the rest are parts.

export const STYLE = `
:host([hidden]) { display: none }
[part=badge] { margin-inline-start: .4em; white-space: nowrap; unicode-bidi: isolate; user-select: none }
[part=mark] {
  position: relative; display: inline-flex; align-items: baseline; gap: .35em;
  margin: 0; padding: .1em .2em; border: 0; border-radius: .3em; background: none; color: inherit; cursor: pointer;
  font: inherit; font-size: .75em; font-weight: 400; line-height: 1.2; letter-spacing: normal; text-transform: none;
}
[part=mark]::after { content: ''; position: absolute; inset: -.3em 0 }
[part=mark]:focus-visible { outline: 2px solid; outline-offset: 1px }
.blank { visibility: hidden }
[part=shape] { inline-size: 1em; line-height: 1; text-align: center }
[part=label], [part=confidence] { display: inline-block; text-align: start; font-variant-numeric: tabular-nums }
[data-room]::before { content: attr(data-room); display: block; block-size: 0; visibility: hidden }
.up { --_tone: var(--undertone-positive, light-dark(#1f6fb2, #6bb1f0)) }
.down { --_tone: var(--undertone-negative, light-dark(#b5480c, #f0935a)) }
.flat { --_tone: var(--undertone-neutral, light-dark(#5d6776, #a3adba)) }
.other { --_tone: var(--undertone-other, light-dark(#6b4fa0, #b59be0)) }
[part=shape], [part=sign] { color: var(--_tone, inherit) }
[part=why] {
  position: fixed; inset: auto; margin: 0; box-sizing: border-box; max-inline-size: min(22em, 100vw - 16px);
  padding: .6em .8em; border: 1px solid; border-radius: .4em; background: Canvas; color: CanvasText; z-index: 1;
  font-size: .875rem; font-weight: 400; line-height: 1.4; letter-spacing: normal; text-transform: none;
  text-align: start; white-space: normal; overflow-wrap: anywhere; user-select: text;
}
[part=why][hidden] { display: none }
[part=words] { margin: .3em 0 0; padding: 0; list-style: none }
[part=said] { font-weight: 600 }
[part=sign] { display: inline-block; inline-size: 1em; text-align: center }
@media (prefers-reduced-motion: no-preference) { [part=mark] { transition: opacity .2s } .blank { opacity: 0 } }
`;
