// What the core lends to its chunks, so that they need not bring it again. The build hands it over as `ix.kit`.
import { commands } from "./commands";
import { click } from "./capture/click";
import { brought } from "./brought";
import { trackMarked } from "./capture/marked";
import { first, framed } from "./capture/page";
import { load } from "./chunk";
import { endpoint, soon, tag } from "./config";
import { maySend } from "./consent";
import { context, readViewport } from "./context";
import { heard, log } from "./debug";
import { recall } from "./decide";
import { bodyOf, checkOpen, enqueue, keyOf, queue, setClosed, settle } from "./delivery/outbox";
import { flushIn } from "./delivery/send";
import { CARD, touchedImage } from "./dom/image";
import { actionable, EDITABLE, elements, IGNORE, MASK, nearest } from "./dom/path";
import { productId } from "./dom/product";
import { describe } from "./dom/target";
import { guard, later, on, whenIdle } from "./guard";
import { uuid7 } from "./ids";
import { scrub } from "./privacy/scrub";
import { cleanUrl, pageUrl } from "./privacy/url";
import { keep, make, note, record } from "./record";
import { get, keys, remove, set } from "./store";
import { cap, number, toJson } from "./text";

export {
  actionable, bodyOf, brought, cap, CARD, checkOpen, cleanUrl, click, commands, context, describe, EDITABLE, elements, endpoint, enqueue, first, framed,
  flushIn, get, guard, heard, IGNORE, keep, keyOf, keys, later, load, log, MASK, make, maySend, nearest, note, number, on, pageUrl, productId, queue, readViewport, recall,
  record, remove, scrub, set, setClosed, settle, soon, tag, toJson, touchedImage, trackMarked, uuid7, whenIdle,
};
