import { maySend, toJson, uuid7 } from "../kit";
import type { Batch } from "../protocol.gen";

/** Two halves of a batch that was too large, as new batches: the old one was refused as a whole.
 *  One event that is too large alone can never arrive, so nothing remains of it, nor of what was denied meanwhile. */
export function split(body: string): [id: string, body: string][] {
  const batch = JSON.parse(body) as Batch;
  const { events } = batch;
  const middle = events.length >> 1;
  const halves = middle && maySend() ? [events.slice(0, middle), events.slice(middle)] : [];
  return halves.map((half) => {
    const id = uuid7();
    return [id, toJson({ ...batch, batch_id: id, events: half })];
  });
}
