import * as config from "../config";
import { context } from "../context";
import { log } from "../debug";
import { who } from "../identity";
import { uuid7 } from "../ids";
import type { Batch, Event as WireEvent } from "../protocol.gen";
import { get, remove, set } from "../store";
import { cap, toJson, utf8Length } from "../text";
import { BEAT } from "./beat";

/** A batch whose events never change again; `body` lacks only `sent_at`. */
export interface Frozen {
  id: string;
  body: string;
  busy?: boolean;
}

interface Open {
  id: string;
  events: string[];
}

/** On disk: `out.<tab>.` holds "closed time open-batch", `out.<tab>.<batch id>` one frozen batch each, so that a
 *  click writes a few hundred bytes and not the whole outbox. */
const TAB = uuid7();
export const keyOf = (id = ""): string => `out.${TAB}.${id}`;

const MAX_EVENTS = 20;
/** 16 KB less the largest envelope. */
const MAX_BYTES = 14_000;
const MAX_BATCHES = 100;

export const queue = new Map<string, Frozen>();
let open: Open | undefined;
let closed = 0;
let saved = 0;

export function bodyOf({ id, events }: Open): string {
  const envelope: Omit<Batch, "sent_at" | "events"> = {
    v: 1,
    batch_id: id,
    ...who,
    source: cap(config.set.source, 128),
    agent_version: cap(config.set.agentVersion, 100),
    context,
  };
  return `${toJson(envelope).slice(0, -1)},"events":[${events}]}`;
}

/** Writes the mark by which other pages know that this one lives, and the open batch. */
export function save(): void {
  saved = Date.now();
  if (open || queue.size) set(keyOf(), `${closed} ${saved} ${open ? bodyOf(open) : ""}`);
  else remove(keyOf());
}

/** After a long sleep, or once closed, another page may have taken the open batch: then it is no longer ours to add to. */
export function checkOpen(since = saved): void {
  if (Date.now() - since > 2 * BEAT && !get(keyOf())) open = undefined;
}

/** True when the batch is full. */
export function add(event: WireEvent): boolean {
  const json = toJson(event);
  checkOpen();
  if (open && utf8Length(open.events + json) > MAX_BYTES) freeze();
  open ??= { id: uuid7(), events: [] };
  open.events.push(json);
  save();
  return open.events.length >= MAX_EVENTS;
}

/** A frozen batch into the queue and onto disk. */
export function enqueue(id: string, body: string): void {
  const [oldest] = queue.values();
  if (queue.size >= MAX_BATCHES) {
    log(oldest);
    settle(oldest!);
  }
  queue.set(id, { id, body, ...queue.get(id) });
  save(); // the open copy goes first: there may be no room for both
  set(keyOf(id), body);
}

export function freeze(): void {
  checkOpen();
  if (!open) return;
  const { id } = open;
  const body = bodyOf(open); // first: Firefox stops scripts of pages that go anywhere
  open = undefined;
  enqueue(id, body);
}

/** The batch has arrived, or never can. */
export function settle({ id }: Pick<Frozen, "id">): void {
  queue.delete(id);
  remove(keyOf(id));
  save();
}

/** `pagehide` closes the outbox, so that the next page need not wait; a page out of the cache opens it again. */
export function setClosed(isClosed: 0 | 1): void {
  closed = isClosed;
  save();
}

/** Everything once more, where it may be kept now. */
export function saveAll(): void {
  for (const [id, { body }] of queue) set(keyOf(id), body);
  save();
}

export function dropAll(): void {
  queue.clear();
  open = undefined;
}
