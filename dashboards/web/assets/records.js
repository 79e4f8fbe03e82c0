// The records at hand: newest first, each once, the oldest dropped.

import { visitor } from "./look.js";

const MOST = 2000;
const REMEMBERED = 20000;

const SEARCHED = [
  "event_name",
  "user_action_description",
  "content",
  "shadow_content",
  "expert_content",
  "path",
  "url",
  "title",
  "product_id",
  "user_id",
  "visitor_id",
  "session_id",
  "site",
  "browser",
  "device",
  "country",
  "source",
];

export class Records {
  #all = [];
  #seen = new Map();
  #newest = 0;
  #cleared = 0;

  /** Adds records; those known already only gain fields. Returns the new ones. */
  add(rows) {
    const fresh = [];
    for (const row of rows) {
      const known = this.#seen.get(row.interaction_id);
      const received = Date.parse(row.received_at) || 0;
      if (known) Object.assign(known.row, row);
      else if (received > this.#cleared) {
        const record = { id: row.interaction_id, at: Date.parse(row.created_at) || 0, row, text: "" };
        this.#seen.set(record.id, record);
        fresh.push(record);
      }
      this.#newest = Math.max(this.#newest, received);
    }
    if (fresh.length) {
      this.#all.push(...fresh);
      this.#all.sort((a, b) => b.at - a.at || b.id - a.id);
      this.#all.length = Math.min(this.#all.length, MOST);
      for (const id of this.#seen.keys()) {
        if (this.#seen.size <= REMEMBERED) break;
        this.#seen.delete(id);
      }
    }
    return fresh;
  }

  /** Takes everything out of view; what was there does not come back by a later look. */
  clear() {
    this.#all = [];
    this.#cleared = this.#newest;
  }

  /** When the newest record was received (Unix ms, by the collector's clock). */
  get newest() {
    return this.#newest;
  }

  /** Everything, newest first. */
  get all() {
    return this.#all;
  }
}

/** Whether a record passes the filters. */
export function matches(record, { event, text, bots }) {
  const row = record.row;
  if (!bots && row.is_bot) return false;
  if (event && row.event_name !== event) return false;
  if (!text) return true;
  record.text ||= [
    ...SEARCHED.map((name) => row[name] ?? ""),
    visitor(row).name,
    row.props ? JSON.stringify(row.props) : "",
  ]
    .join("\n")
    .toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => record.text.includes(word));
}
