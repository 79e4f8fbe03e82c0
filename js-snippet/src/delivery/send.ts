import { brought } from "../brought";
import * as config from "../config";
import { maySend } from "../consent";
import { log } from "../debug";
import { later } from "../guard";
import { utf8Length } from "../text";
import { failed, failing, succeeded, waitTime } from "./backoff";
import { enqueue, type Frozen, freeze, queue, settle } from "./outbox";

/** Browsers allow 65,536 bytes in flight for requests that outlive the page, other scripts' included. */
const QUOTA = 60_000;
const PARALLEL = 6;
const PATIENCE = 60_000;

let bytesInFlight = 0;
let requests = 0;
let timer = 0;
let underway: Promise<unknown>;
let due = Infinity;

/** Within `ms`, or when the collector may be asked again. */
export function flushIn(ms: number): void {
  const wait = Math.max(ms, waitTime());
  const at = Date.now() + wait;
  if (at >= due) return;
  due = at;
  clearTimeout(timer);
  timer = later(flush, wait);
}

/** Sends what may be sent now. Synchronous up to the request itself: a page that goes away gets no second chance. */
export function flush(leaving?: boolean): Promise<unknown> {
  clearTimeout(timer);
  due = Infinity;
  brought.say?.(leaving);
  // A batch that can't go yet is left open: many small ones would fill the outbox.
  if (maySend() && (leaving || !failing() || !queue.size)) freeze();
  const before = underway;
  return (underway = send(leaving).then(() => before)); // those that were sent before count too
}

async function send(leaving?: boolean): Promise<unknown> {
  if (!maySend() || !queue.size) return;
  if (waitTime(leaving) > 0) return flushIn(0);
  return Promise.all([...queue.values()].map((batch) => attempt(batch, leaving))).catch(log);
}

async function attempt(batch: Frozen, leaving?: boolean): Promise<unknown> {
  const body = `{"sent_at":${Date.now()},${batch.body.slice(1)}`;
  const bytes = utf8Length(body);
  const keepalive = bytesInFlight + bytes < QUOTA;
  // What does not fit waits for an answer, or on disk for the next visit; a bad spell is probed by one at a time.
  const wait = leaving ? !keepalive : requests && (!keepalive || requests >= (failing() ? 1 : PARALLEL));
  if (batch.busy || wait) return;

  let answer: Promise<Response> | undefined;
  try {
    if (!leaving || "keepalive" in Request.prototype)
      answer = fetch(config.endpoint, {
        method: "POST",
        body, // a string goes as text/plain in UTF-8, which no other origin need be asked about first
        keepalive,
        credentials: "omit",
        // A server that never answers must not hold the quota for ever.
        signal: AbortSignal.timeout?.(PATIENCE),
      });
  } catch (error) {
    log(error);
  }
  if (!answer) {
    // A beacon cannot say whether it arrived: on leaving, the next page sends the batch again.
    if (!navigator.sendBeacon(config.endpoint, body)) failed();
    else if (!leaving) settle(batch);
    return;
  }
  batch.busy = true;
  bytesInFlight += bytes;
  requests++;
  const response = await answer.catch(log);
  // To the end, so that the connection is free again.
  log(response?.status, await response?.text().catch(log));
  batch.busy = false;
  bytesInFlight -= bytes;
  requests--;

  // It leaves the outbox on 2xx or a refusal for good; everything else is kept.
  const status = response?.status;
  const halves = status === 413 && brought.split?.(batch.body);
  if (halves || /^2|400|415|422/.test(status as never)) {
    if (failing()) flushIn(config.soon); // what was left open meanwhile
    succeeded();
    for (const half of halves || []) enqueue(...half);
    settle(batch);
  } else failed(response?.headers.get("retry-after"));
  return send();
}
