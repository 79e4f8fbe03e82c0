/** Set by the site through variables: `:root { --ix-accent: #06c; --ix-side: 16px auto auto 16px }`. */
export const CSS = `
:host { all: initial; font: var(--ix-font, 15px/1.4 system-ui, sans-serif); }
* { box-sizing: border-box; font: inherit; color: inherit; }
button { padding: 8px 16px; border: 1px solid currentColor; border-radius: var(--ix-radius, 8px); background: none; cursor: pointer; }
.open, .send { border-color: transparent; background: var(--ix-accent, #1f4fd8); color: var(--ix-on-accent, #fff); }
.open, .status { position: fixed; inset: var(--ix-side, auto 16px 16px auto); z-index: var(--ix-layer, 2147483000); margin: 0; }
.status { border: 1px solid transparent; inset: auto auto 24px 50%; transform: translateX(-50%); padding: 8px 16px; border-radius: var(--ix-radius, 8px);
  background: var(--ix-background, #fff); color: var(--ix-color, #1c1c1c); box-shadow: 0 2px 12px #0004; }
.status:empty { opacity: 0; pointer-events: none; }
dialog { width: min(420px, 92vw); padding: 20px; border: 1px solid transparent; border-radius: var(--ix-radius, 8px);
  background: var(--ix-background, #fff); color: var(--ix-color, #1c1c1c); box-shadow: 0 8px 40px #0006; }
dialog::backdrop { background: #0006; }
form { display: grid; gap: 14px; }
h2 { margin: 0; font-size: 1.2em; font-weight: 600; }
textarea { display: block; width: 100%; margin-top: 4px; padding: 8px; border: 1px solid #777; border-radius: var(--ix-radius, 8px);
  background: transparent; resize: vertical; }
fieldset { display: flex; margin: 0; padding: 0; border: 0; }
fieldset label { position: relative; color: #767676; cursor: pointer; }
fieldset span { padding: 0 3px; font-size: 1.8em; line-height: 1.2; }
fieldset span::before { content: "☆"; }
fieldset:has(:checked) span::before { content: "★"; }
label:has(:checked) ~ label span::before { content: "☆"; }
fieldset input { position: absolute; inset: 0; margin: 0; opacity: 0; }
fieldset:has(:checked) label { color: var(--ix-star, #b25e00); }
fieldset:has(:checked) label:has(:checked) ~ label { color: #767676; }
.line { display: flex; gap: 8px; align-items: center; }
.problem { margin: 0; color: #b00020; }
.problem:empty { display: none; }
:focus-visible, fieldset input:focus-visible + span { outline: 2px solid var(--ix-accent, #1f4fd8); outline-offset: 2px; }
`;
