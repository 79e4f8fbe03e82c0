// src/chunks/debug.ts
import { guard, heard } from "./core.js";
var LINES = 200;
function make(tag, parent, style, text = "") {
  const element = document.createElement(tag);
  Object.assign(element.style, style);
  element.textContent = text;
  parent.appendChild(element);
  return element;
}
var host = document.createElement("div");
host.setAttribute("data-ix-ignore", "");
var box = make("section", host.attachShadow({ mode: "open" }), {
  position: "fixed",
  inset: "auto 8px 8px auto",
  width: "360px",
  maxWidth: "90vw",
  zIndex: "2147483647",
  background: "#16181d",
  color: "#e8e8e8",
  font: "12px/1.4 monospace",
  borderRadius: "6px"
});
box.setAttribute("aria-label", "Collected events");
var bar = make("button", box, {
  width: "100%",
  padding: "6px 10px",
  border: "0",
  background: "none",
  color: "inherit",
  font: "inherit",
  textAlign: "left"
});
var list = make("ol", box, { margin: "0", padding: "0 10px 8px", listStyle: "none", maxHeight: "40vh", overflow: "auto" });
var events = 0;
var inWords = (part) => part instanceof Error ? part.message : part instanceof Event ? "part: " + part.type : String(part);
function refusals([status, answer]) {
  if (status !== 202) return;
  const { rejected = [] } = JSON.parse(String(answer));
  for (const { index, reason, message } of rejected) {
    console.warn("[ix] refused:", reason, message);
    show([`refused: event ${index}, ${reason}: ${message}`]);
  }
}
function show(what) {
  const [first] = what;
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
  return events;
};
document.documentElement.appendChild(host);
