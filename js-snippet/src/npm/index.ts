// What an application imports. It touches nothing until it is called, so that it can be loaded on a server too; the core
// itself is loaded by `start`, and what is said before that is kept, as with the script tag.
import type { Event } from "../protocol.gen.js";

export type { Event };
export type Props = Record<string, unknown>;

/** The attributes of the script tag, in camel case. */
export interface Options {
  /** Where the collector is seen by the page: `https://shop.example`, or a path of the page's own host such as `/fx`. */
  collector: string;
  /** The site's public write key. */
  key: string;
  source?: string;
  agentVersion?: string;
  /** Nothing is stored or sent until `consent("granted")`. */
  consent?: "pending";
  cookieless?: boolean;
  /** Where batches go, if not to `…/v1/batch`. */
  endpoint?: string;
  /** Ms until a batch is sent. */
  flush?: number;
  vitals?: boolean;
  /** A button that asks for feedback, with this text or `Feedback`. */
  feedback?: boolean | string;
  feedbackTitle?: string;
  feedbackText?: string;
  feedbackRating?: string;
  feedbackScreenshot?: string;
  feedbackSend?: string;
  feedbackCancel?: string;
  feedbackEmpty?: string;
  feedbackThanks?: string;
  /** A picture with each rage click. */
  screenshots?: "rage";
  /** Shows in the page what is noted, sent and answered. */
  debug?: boolean;
}

export interface Feedback {
  text?: string;
  rating?: number;
  /** Also a picture of the screen, or of one element. */
  screenshot?: boolean | Element;
}

export interface Message {
  role: string;
  text: string;
  expert_text?: string;
  thread_id?: string;
}

interface Stub {
  (...call: unknown[]): unknown;
  q?: unknown[][];
}

let running: Promise<void> | undefined;

function say(...call: unknown[]): unknown {
  if (typeof window === "undefined") return undefined;
  const page = window as { ix?: Stub };
  const ix: Stub = (page.ix ??= (...early) => void (ix.q ??= []).push(early));
  return ix(...call);
}

async function run({ collector, key, ...others }: Options): Promise<void> {
  const tag = document.createElement("script");
  tag.type = "text/plain"; // no browser loads it: it carries the settings, as the script tag does
  tag.src = collector.replace(/\/$/, "") + "/s/v1.js";
  for (const [name, value] of Object.entries({ key, ...others })) {
    if (value != null && value !== false) tag.dataset[name] = value === true ? "" : String(value);
  }
  document.head.prepend(tag);
  try {
    await import("./core.js");
  } catch (error) {
    tag.remove();
    running = undefined;
    console.warn("[ix]", error);
  }
}

/** Reports what visitors do from now on; once, however often it is called. On a server it does nothing. */
export function start(options: Options): Promise<void> {
  if (typeof window === "undefined") return Promise.resolve();
  return (running ??= run(options));
}

/** `add_to_cart`, `purchase` and `search` become those types, any other name a custom event. */
export const track = (name: string, props?: Props): void => void say("track", name, props);
export const identify = (id: string, props?: Props): void => void say("identify", id, props);
/** Someone else may sit here now. */
export const reset = (): void => void say("reset");
/** A view that is no navigation. */
export const page = (): void => void say("page");
/** Without anything, opens the dialog. */
export const feedback = (given?: Feedback): void => void say("feedback", given);
export const message = (given: Message): void => void say("message", given);
export const consent = (choice: "granted" | "denied" | "pending"): void => void say("consent", choice);
/** May change an event, or drop it by returning nothing. */
export const beforeSend = (hook: (event: Event) => Event | null | undefined): void => void say("before_send", hook);

/** When all that was noted has been answered, or failed for now. */
export async function flush(): Promise<void> {
  await running;
  await say("flush");
}
