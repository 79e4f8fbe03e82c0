// A list that goes on: what was read, and a button that reads on from the cursor.

import { el } from "../../assets/dom.js";
import { problem } from "./panel.js";

/** `read(cursor, signal)` answers a page; `show(page)` appends it. The button is there while a cursor is. */
export function more(context, cursor, read, show) {
  if (!cursor) return null;
  const button = el("button", { type: "button", class: "quiet" }, "Show more");
  const node = el("div", { class: "more-line" }, button);
  async function on() {
    button.disabled = true;
    try {
      const page = await read(cursor, context.signal);
      if (context.signal.aborted) return;
      show(page);
      cursor = page.next_cursor;
      if (cursor) node.replaceChildren(button);
      else node.remove();
    } catch (error) {
      if (context.signal.aborted) return;
      if (error.status === 401) return context.signedOut();
      if (error.status === undefined) throw error;
      node.replaceChildren(problem(error, on));
    } finally {
      button.disabled = false;
    }
  }
  button.addEventListener("click", on);
  return node;
}
