import type { Event } from "./protocol.gen.js";
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
/** Reports what visitors do from now on; once, however often it is called. On a server it does nothing. */
export declare function start(options: Options): Promise<void>;
/** `add_to_cart`, `purchase` and `search` become those types, any other name a custom event. */
export declare const track: (name: string, props?: Props) => void;
export declare const identify: (id: string, props?: Props) => void;
/** Someone else may sit here now. */
export declare const reset: () => void;
/** A view that is no navigation. */
export declare const page: () => void;
/** Without anything, opens the dialog. */
export declare const feedback: (given?: Feedback) => void;
export declare const message: (given: Message) => void;
export declare const consent: (choice: "granted" | "denied" | "pending") => void;
/** May change an event, or drop it by returning nothing. */
export declare const beforeSend: (hook: (event: Event) => Event | null | undefined) => void;
/** When all that was noted has been answered, or failed for now. */
export declare function flush(): Promise<void>;
