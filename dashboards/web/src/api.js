// Asks the collector's public API, with the cookie. Answers are kept until the window moves.

import { Refused } from "../assets/feed.js";
import { question } from "./state.js";

const KEEP = 80;
const kept = new Map();

/** Forget what was answered. */
export function forget() {
  kept.clear();
}

function parameters(given) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(given))
    if (value !== "" && value !== undefined && value !== null && value !== false) query.set(name, value);
  return query;
}

/** The JSON a path answers; with `keep` false always asked for. Throws `Refused` with the collector's own words, or AbortError. */
export async function get(path, given = {}, signal, keep = true) {
  const query = parameters(given);
  const url = query.size ? `${path}?${query}` : path;
  if (keep && kept.has(url)) return kept.get(url);
  let answer;
  try {
    answer = await fetch(url, { credentials: "same-origin", cache: "no-store", signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refused(0, "no_answer", "The collector does not answer");
  }
  const body = await answer.json().catch(() => null);
  if (!answer.ok || body === null)
    throw new Refused(answer.status, body?.reason || "", body?.detail || `The collector answered ${answer.status}`);
  if (!keep) return body;
  if (kept.size >= KEEP) kept.delete(kept.keys().next().value);
  kept.set(url, body);
  return body;
}

/** A question about the state's window, site and filters. */
export function ask(path, state, more = {}, signal) {
  return get(path, { ...question(state), ...more }, signal);
}
