// The list of rows on the page: those that pass the filters, newest first, moved about as little as possible.

import { matches } from "./records.js";
import { makeRow } from "./row.js";

const MOST_ROWS = 300;
const NEW_MS = 10_000;

export class RowList {
  #node;
  #opened;
  #rows = new Map();

  /** `opened(record, body)` fills what is shown when a row is opened. */
  constructor(node, opened) {
    this.#node = node;
    this.#opened = opened;
  }

  get size() {
    return this.#rows.size;
  }

  clear() {
    this.#rows.clear();
    this.#node.replaceChildren();
  }

  /** Shows the records that pass; what happened shortly before `now` (ms) is marked as new. Returns how many are shown,
   *  and how many of all are bots'. */
  draw(records, wanted, now) {
    const shown = [];
    let bots = 0;
    for (const record of records) {
      if (record.row.is_bot) bots += 1;
      if (shown.length < MOST_ROWS && matches(record, wanted)) shown.push(record);
    }
    const keep = new Set(shown.map((record) => record.id));
    for (const [id, row] of this.#rows) {
      if (keep.has(id)) continue;
      row.remove();
      this.#rows.delete(id);
    }
    const first = this.#rows.size === 0;
    let next = this.#node.firstElementChild;
    for (const record of shown) {
      let row = this.#rows.get(record.id);
      if (!row) {
        row = makeRow(record, this.#opened);
        this.#rows.set(record.id, row);
        if (!first && record.at > now - NEW_MS) row.classList.add("new");
      }
      if (row === next) next = next.nextElementSibling;
      else this.#node.insertBefore(row, next);
    }
    this.#node.hidden = shown.length === 0;
    return { shown: shown.length, bots };
  }
}
