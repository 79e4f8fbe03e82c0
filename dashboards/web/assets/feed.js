// Talks to the collector: reads pages of interactions, signs in, and keeps the live stream open.

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 15000;
const SECOND_LOOK = 2500;
const TOGETHER_MS = 60;
const MOST_TOGETHER = 5000;

/** A refusal, with its HTTP status (0: no answer at all) and the collector's own words. */
export class Refused extends Error {
  constructor(status, reason, detail) {
    super(detail);
    this.status = status;
    this.reason = reason;
  }
}

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { credentials: "same-origin", cache: "no-store", ...options });
  } catch {
    throw new Refused(0, "no_answer", "The collector does not answer.");
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok)
    throw new Refused(answer.status, body.reason || "", body.detail || `The collector answered ${answer.status}.`);
  return { body, date: Date.parse(answer.headers.get("date") || "") };
}

/** A page of interactions, newest first; `date` is the collector's clock. */
export async function interactions(filters) {
  const query = new URLSearchParams(
    Object.entries(filters).filter(([, value]) => value !== "" && value !== undefined),
  );
  const { body, date } = await ask(`/v1/interactions?${query}`);
  return { rows: body.interactions || [], more: Boolean(body.next_cursor), date };
}

/** Exchanges an API key for the session cookie. */
export function signIn(key) {
  return ask("/v1/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ key }),
  });
}

/** Gives the cookie back. */
export function signOut() {
  return ask("/v1/session", { method: "DELETE" });
}

/**
 * The live stream of one site (or all), opened again for as long as it is wanted.
 *
 * `row` gets what arrived. `look` reads the newest rows: it runs before each opening and, as rows may be stored
 * between the two, once when the stream is open and once a little later. `state` gets "live" or "reconnecting";
 * `refused` gets what `look` failed with: true from it ends the stream.
 */
export class Stream {
  #source = null;
  #timer = 0;
  #again = 0;
  #wait = FIRST_WAIT;
  #ended = false;
  #on;
  #site;

  constructor(site, on) {
    this.#site = site;
    this.#on = on;
    this.#open();
  }

  end() {
    this.#ended = true;
    this.#close();
  }

  /** Tries now rather than later, when it is waiting to try. */
  hurry() {
    if (this.#timer && !this.#ended) this.#connect();
  }

  #close() {
    clearTimeout(this.#timer);
    clearTimeout(this.#again);
    this.#timer = 0;
    this.#source?.close();
    this.#source = null;
  }

  async #connect() {
    this.#close();
    try {
      await this.#on.look();
    } catch (error) {
      if (!this.#ended && !this.#on.refused(error)) this.#later();
      return;
    }
    if (!this.#ended) this.#open();
  }

  #open() {
    const source = new EventSource(`/v1/live${this.#site ? `?site=${encodeURIComponent(this.#site)}` : ""}`);
    this.#source = source;
    source.addEventListener("open", () => {
      this.#wait = FIRST_WAIT;
      this.#on.state("live");
      this.#look();
      this.#again = setTimeout(() => this.#look(), SECOND_LOOK);
    });
    source.addEventListener("interaction", (event) => {
      try {
        this.#on.row(JSON.parse(event.data));
      } catch {
        this.#look();
      }
    });
    source.addEventListener("skipped", () => this.#look());
    source.addEventListener("error", () => {
      if (this.#ended || source !== this.#source) return;
      this.#later();
    });
  }

  #look() {
    this.#on.look().catch((error) => {
      if (!this.#ended && !this.#on.refused(error)) this.#later();
    });
  }

  #later() {
    this.#close();
    this.#on.state("reconnecting");
    this.#timer = setTimeout(() => this.#connect(), this.#wait * (0.75 + Math.random() / 2));
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }
}

/** Rows come one by one; `take(rows)` gets them together, the newest where there are too many. */
export function together(take) {
  let rows = [];
  let timer = 0;
  function pass() {
    timer = 0;
    const taken = rows;
    rows = [];
    take(taken);
  }
  return {
    push(row) {
      if (rows.push(row) > MOST_TOGETHER) rows.shift();
      timer ||= setTimeout(pass, TOGETHER_MS);
    },
    clear() {
      rows = [];
    },
  };
}
