// src/npm/index.ts
var running;
function say(...call) {
  if (typeof window === "undefined") return void 0;
  const page2 = window;
  const ix = page2.ix ?? (page2.ix = (...early) => void (ix.q ?? (ix.q = [])).push(early));
  return ix(...call);
}
async function run({ collector, key, ...others }) {
  const tag = document.createElement("script");
  tag.type = "text/plain";
  tag.src = collector.replace(/\/$/, "") + "/s/v1.js";
  for (const [name, value] of Object.entries({ key, ...others })) {
    if (value != null && value !== false) tag.dataset[name] = value === true ? "" : String(value);
  }
  document.head.prepend(tag);
  try {
    await import("./core.js");
  } catch (error) {
    tag.remove();
    running = void 0;
    console.warn("[ix]", error);
  }
}
function start(options) {
  if (typeof window === "undefined") return Promise.resolve();
  return running ?? (running = run(options));
}
var track = (name, props) => void say("track", name, props);
var identify = (id, props) => void say("identify", id, props);
var reset = () => void say("reset");
var page = () => void say("page");
var feedback = (given) => void say("feedback", given);
var message = (given) => void say("message", given);
var consent = (choice) => void say("consent", choice);
var beforeSend = (hook) => void say("before_send", hook);
async function flush() {
  await running;
  await say("flush");
}
export {
  beforeSend,
  consent,
  feedback,
  flush,
  identify,
  message,
  page,
  reset,
  start,
  track
};
