// Loaded where the tag carries `data-debug`: shows in the page each event as it is noted, sent and answered.
import { guard, heard } from "../kit";

const LINES = 200;

/** Styles go through properties, which a strict content policy allows; the shadow keeps the page's own away. */
function make(tag: string, parent: Node, style: Partial<CSSStyleDeclaration>, text = ""): HTMLElement {
  const element = document.createElement(tag);
  Object.assign(element.style, style);
  element.textContent = text;
  parent.appendChild(element);
  return element;
}

const host = document.createElement("div");
host.setAttribute("data-ix-ignore", "");
const box = make("section", host.attachShadow({ mode: "open" }), {
  position: "fixed", inset: "auto 8px 8px auto", width: "360px", maxWidth: "90vw", zIndex: "2147483647",
  background: "#16181d", color: "#e8e8e8", font: "12px/1.4 monospace", borderRadius: "6px",
});
box.setAttribute("aria-label", "Collected events");
const bar = make("button", box, {
  width: "100%", padding: "6px 10px", border: "0", background: "none", color: "inherit", font: "inherit", textAlign: "left",
});
const list = make("ol", box, { margin: "0", padding: "0 10px 8px", listStyle: "none", maxHeight: "40vh", overflow: "auto" });
let events = 0;

const inWords = (part: unknown): string => (part instanceof Error ? part.message : part instanceof Event ? "part: " + part.type : String(part));

interface Refused {
  index: number;
  reason: string;
  message: string;
}

/** What the collector did not take, one by one; the answer as it came says so only to whoever opens it. */
function refusals([status, answer]: unknown[]): void {
  if (status !== 202) return;
  const { rejected = [] } = JSON.parse(String(answer)) as { rejected?: Refused[] };
  for (const { index, reason, message } of rejected) {
    console.warn("[ix] refused:", reason, message);
    show([`refused: event ${index}, ${reason}: ${message}`]);
  }
}

function show(what: unknown[]): void {
  const [first] = what as [{ type?: string; name?: string } | undefined];
  const isEvent = !!first && typeof first === "object" && "event_id" in first;
  if (isEvent) events++;
  const title = isEvent ? first.name || first.type : what.map(inWords).join(" ");
  const entry = make("details", make("li", list, {}), {});
  make("summary", entry, { overflowWrap: "anywhere" }, title);
  make("pre", entry, { whiteSpace: "pre-wrap", overflowWrap: "anywhere", margin: "0" }, isEvent ? JSON.stringify(first, null, 1) : "");
  while (list.childElementCount > LINES) list.firstElementChild?.remove();
  list.scrollTop = list.scrollHeight;
  guard(refusals)(what);
  bar.textContent = `ix: ${events} event${events === 1 ? "" : "s"}`;
}

bar.onclick = () => {
  list.hidden = !list.hidden;
  list.style.display = list.hidden ? "none" : "";
};
heard.forEach(show);
heard.push = (...more) => {
  more.forEach(show);
  return events; // shown, and not kept a second time
};
document.documentElement.appendChild(host);
