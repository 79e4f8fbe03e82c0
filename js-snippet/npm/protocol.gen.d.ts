/**
 * The body of `POST /v1/batch`. The number of events is checked by intake, against a setting.
 */
export interface Batch {
    agent_version?: string | null;
    /**
     * UUID; our snippet makes version 7
     */
    batch_id: string;
    context?: Context | null;
    /**
     * @minItems 1
     */
    events: [Event, ...Event[]];
    /**
     * Unix time in ms, by the browser's clock
     */
    sent_at: number;
    /**
     * UUID; our snippet makes version 7
     */
    session_id: string;
    source?: string | null;
    user_id?: string | null;
    v: 1;
    visitor_id?: string | null;
}
/**
 * What holds for the whole page: language, time zone, sizes in CSS pixels.
 */
export interface Context {
    dpr?: number | null;
    language?: string | null;
    screen?: [number, number] | null;
    timezone?: string | null;
    viewport?: [number, number] | null;
}
/**
 * One thing a visitor did. Which fields a type uses stands in the protocol's table.
 */
export interface Event {
    /**
     * Unix time in ms, by the browser's clock
     */
    at: number;
    count?: number | null;
    currency?: string | null;
    depth?: number | null;
    /**
     * UUID; our snippet makes version 7
     */
    event_id: string;
    expert_text?: string | null;
    fields?: string[] | null;
    from_url?: string | null;
    image_url?: string | null;
    kind?: string | null;
    message?: string | null;
    metric?: string | null;
    name?: string | null;
    page_height?: number | null;
    page_x?: number | null;
    page_y?: number | null;
    product_id?: string | null;
    props?: {
        [k: string]: string | boolean | number | null;
    } | null;
    quantity?: number | null;
    rating?: number | null;
    referrer?: string | null;
    role?: string | null;
    screenshot?: string | null;
    target?: Target | null;
    text?: string | null;
    thread_id?: string | null;
    title?: string | null;
    type: "page_view" | "navigate" | "restore" | "click" | "rage_click" | "dead_click" | "outbound" | "download" | "scroll" | "type" | "form_start" | "form_submit" | "form_abandon" | "copy" | "image_view" | "search" | "add_to_cart" | "purchase" | "error" | "web_vital" | "feedback" | "message" | "custom";
    url?: string | null;
    value?: number | null;
    visible_ms?: number | null;
    x?: number | null;
    y?: number | null;
}
/**
 * The element that was acted on, in words a person would use.
 */
export interface Target {
    href?: string | null;
    label?: string | null;
    product_id?: string | null;
    role?: string | null;
    section?: string | null;
    selector?: string | null;
    tag?: string | null;
}
