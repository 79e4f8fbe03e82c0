// src/brought.ts
var brought = {};

// src/privacy/secret-names.ts
var SECRET = /(token|pass[wcp]|secret|sess|mail|credential|signature|jwt|apikey|auth(ori[sz]|c)|srf|bearer|\b(code|key|sid|o?auth|sig|hmac|pwd?|pass|pin|t?otp|mfa|nonce|state|ticket|saml\w*|login|user(name)?|phone|tel|iban|card|cv[vc]|ssn)\b)[^=?&#;]{0,99}=|(\S@|\bey-J)\S+\.\S|(=[^=?&#;]*){8}/i;

// src/privacy/url.ts
function isSecret(pair) {
  const plain = unescape(pair.replace(/%(25)+/g, "%"));
  return SECRET.test(plain.replace(/[\d_]|([a-z])(?=[A-Z])/g, "$1-"));
}
function cleanUrl(raw) {
  if (!raw) return void 0;
  try {
    const url = new URL(raw, document.baseURI);
    if (!/^http/.test(url.protocol)) return void 0;
    url.username = url.password = url.hash = "";
    for (const [name, value] of [...url.searchParams]) {
      if (isSecret(name + "=" + value)) url.searchParams.delete(name);
    }
    return url.href.slice(0, 8192);
  } catch {
    return void 0;
  }
}
var pageUrl = () => cleanUrl(location.href);

// src/npm/own-tag.ts
var ownTag = () => document.querySelector("script[data-key]");

// src/config.ts
var tag;
var key;
var endpoint;
var set;
var cookieless = () => set.cookieless != null;
var soon = 2e3;
var late = 4e3;
var beforeSend;
var setHook = (hook) => {
  beforeSend = hook;
};
function findTag() {
  tag = ownTag();
  return key = tag?.dataset.key;
}
function readTag() {
  set = tag.dataset;
  const batches = new URL(set.endpoint ?? new URL("../v1/batch", tag.src), location.href);
  batches.searchParams.set("k", key);
  endpoint = batches.href;
  if (set.flush) soon = late = +set.flush;
}

// src/store.ts
var memory = /* @__PURE__ */ new Map();
var persistent = false;
var fullKey = (key2) => `ix.${key}.${key2}`;
function onDisk(fn) {
  try {
    return fn(localStorage);
  } catch {
    return void 0;
  }
}
function get(key2) {
  return memory.get(key2) ?? (persistent && onDisk((disk) => disk.getItem(fullKey(key2))));
}
function set2(key2, value) {
  memory.set(key2, value);
  if (persistent) {
    onDisk((disk) => {
      disk.setItem(fullKey(key2), value);
      memory.delete(key2);
    });
  }
}
function remove(key2) {
  memory.delete(key2);
  onDisk((disk) => disk.removeItem(fullKey(key2)));
}
function keys(prefix) {
  const all = onDisk(Object.keys) ?? [];
  return all.filter((key2) => key2.startsWith(fullKey(prefix))).map((key2) => key2.slice(fullKey("").length));
}
function keepOnDisk(may) {
  persistent = may;
  memory.clear();
  if (!persistent) keys("").forEach(remove);
}

// src/consent.ts
var choice = "";
var gpc = navigator.globalPrivacyControl;
var choiceKey = () => "ix-choice." + key;
var keptChoice = (otherwise) => onDisk((disk) => disk.getItem(choiceKey())) ?? otherwise;
function choose(next) {
  if (gpc) next = "denied";
  return choice !== next && /^(granted|denied|pending)$/.test(next) && (choice = next);
}
var chosen = () => choice;
var maySend = () => choice === "granted";
var mayRecord = () => choice !== "denied";

// src/awake.ts
var begin;
function sleep(until) {
  begin = until;
}
function awake() {
  const now = begin;
  begin = void 0;
  now?.();
  return mayRecord();
}

// src/debug.ts
var heard = [];
function log(...what) {
  if (set.debug != null) {
    console.info("[ix]", ...what);
    heard.push(what);
  }
}

// src/context.ts
var context = {
  language: navigator.language
};
function readViewport() {
  context.screen = [screen?.width | 0, screen?.height | 0];
  context.viewport = [innerWidth, innerHeight];
  context.dpr = devicePixelRatio;
}

// src/ids.ts
var last = 2 ** 52;
function uuid7() {
  last = Math.max(last + 1, Date.now() * 4096);
  const time = "0" + last.toString(16);
  const chance = (crypto.getRandomValues(new BigUint64Array(1))[0] >> 2n | 1n << 63n).toString(16);
  return (time + chance).replace(/(.{8})(.{4})(...)(.{4})/, "$1-$2-7$3-$4-");
}

// src/identity.ts
var SESSION_IDLE = 30 * 6e4;
var KEY = "who";
var FRESH = 5e3;
var who;
var written = "";
var writtenAt = 0;
var newVisitor = () => ({
  visitor_id: cookieless() ? void 0 : uuid7(),
  session_id: uuid7()
});
function whoNow() {
  const now = Date.now();
  const text = get(KEY) || "[]";
  if (text === written && now - writtenAt < FRESH) return who;
  const [kept, last2] = JSON.parse(text);
  const next = { ...kept ?? who ?? newVisitor() };
  if (now - (last2 ?? now) > SESSION_IDLE) next.session_id = uuid7();
  return next;
}
function become(next) {
  if (next === who) return;
  who = next;
  writtenAt = Date.now();
  set2(KEY, written = JSON.stringify([who, writtenAt]));
}

// src/text.ts
var squash = (text, max) => text.replace(/\s+/g, " ").slice(0, max).trim();
var cap = (value, max) => String(value ?? "").slice(0, max) || void 0;
var number = (value) => (value ?? "") === "" || !isFinite(value) ? void 0 : +value;
var utf8Length = (text) => new TextEncoder().encode(text).length;
var toJson = (value) => JSON.stringify(value).replace(/\\\\|\\ud[89a-f]../g, (found) => found[1] === "u" ? "\\ufffd" : found);

// src/delivery/beat.ts
var BEAT = 5e3;

// src/delivery/outbox.ts
var TAB = uuid7();
var keyOf = (id = "") => `out.${TAB}.${id}`;
var MAX_EVENTS = 20;
var MAX_BYTES = 14e3;
var MAX_BATCHES = 100;
var queue = /* @__PURE__ */ new Map();
var open;
var closed = 0;
var saved = 0;
function bodyOf({ id, events }) {
  const envelope = {
    v: 1,
    batch_id: id,
    ...who,
    source: cap(set.source, 128),
    agent_version: cap(set.agentVersion, 100),
    context
  };
  return `${toJson(envelope).slice(0, -1)},"events":[${events}]}`;
}
function save() {
  saved = Date.now();
  if (open || queue.size) set2(keyOf(), `${closed} ${saved} ${open ? bodyOf(open) : ""}`);
  else remove(keyOf());
}
function checkOpen(since = saved) {
  if (Date.now() - since > 2 * BEAT && !get(keyOf())) open = void 0;
}
function add(event) {
  const json = toJson(event);
  checkOpen();
  if (open && utf8Length(open.events + json) > MAX_BYTES) freeze();
  open ?? (open = { id: uuid7(), events: [] });
  open.events.push(json);
  save();
  return open.events.length >= MAX_EVENTS;
}
function enqueue(id, body) {
  const [oldest] = queue.values();
  if (queue.size >= MAX_BATCHES) {
    log(oldest);
    settle(oldest);
  }
  queue.set(id, { id, body, ...queue.get(id) });
  save();
  set2(keyOf(id), body);
}
function freeze() {
  checkOpen();
  if (!open) return;
  const { id } = open;
  const body = bodyOf(open);
  open = void 0;
  enqueue(id, body);
}
function settle({ id }) {
  queue.delete(id);
  remove(keyOf(id));
  save();
}
function setClosed(isClosed) {
  closed = isClosed;
  save();
}
function saveAll() {
  for (const [id, { body }] of queue) set2(keyOf(id), body);
  save();
}
function dropAll() {
  queue.clear();
  open = void 0;
}

// src/guard.ts
function guard(fn) {
  return (...args) => {
    try {
      return fn(...args);
    } catch (error) {
      log(error);
      return void 0;
    }
  };
}
function on(target, type, fn) {
  target.addEventListener(type, guard(fn), { capture: true, passive: true });
}
var whenIdle = (fn) => (window.requestIdleCallback ?? setTimeout)(guard(fn), { timeout: 1e3 });
var later = (fn, ms) => setTimeout(guard(fn), ms);

// src/delivery/backoff.ts
var FIRST = 1e3;
var LONGEST = 3e5;
var HOUR = 36e5;
var failures = 0;
var notBefore = 0;
var asked = 0;
function failed(retryAfter) {
  const now = Date.now();
  if (now < notBefore) return;
  const wanted = +retryAfter * 1e3 || 0;
  const own = Math.min(LONGEST, FIRST * 2 ** failures++) * (1 - Math.random() / 2);
  asked = wanted;
  notBefore = now + Math.min(HOUR, Math.max(own, wanted));
}
function succeeded() {
  failures = notBefore = 0;
}
var failing = () => failures;
var waitTime = (leaving) => leaving && !asked ? 0 : notBefore - Date.now();

// src/delivery/send.ts
var QUOTA = 6e4;
var PARALLEL = 6;
var PATIENCE = 6e4;
var bytesInFlight = 0;
var requests = 0;
var timer = 0;
var underway;
var due = Infinity;
function flushIn(ms) {
  const wait = Math.max(ms, waitTime());
  const at = Date.now() + wait;
  if (at >= due) return;
  due = at;
  clearTimeout(timer);
  timer = later(flush, wait);
}
function flush(leaving) {
  clearTimeout(timer);
  due = Infinity;
  brought.say?.(leaving);
  if (maySend() && (leaving || !failing() || !queue.size)) freeze();
  const before = underway;
  return underway = send(leaving).then(() => before);
}
async function send(leaving) {
  if (!maySend() || !queue.size) return;
  if (waitTime(leaving) > 0) return flushIn(0);
  return Promise.all([...queue.values()].map((batch) => attempt(batch, leaving))).catch(log);
}
async function attempt(batch, leaving) {
  const body = `{"sent_at":${Date.now()},${batch.body.slice(1)}`;
  const bytes = utf8Length(body);
  const keepalive = bytesInFlight + bytes < QUOTA;
  const wait = leaving ? !keepalive : requests && (!keepalive || requests >= (failing() ? 1 : PARALLEL));
  if (batch.busy || wait) return;
  let answer;
  try {
    if (!leaving || "keepalive" in Request.prototype)
      answer = fetch(endpoint, {
        method: "POST",
        body,
        // a string goes as text/plain in UTF-8, which no other origin need be asked about first
        keepalive,
        credentials: "omit",
        // A server that never answers must not hold the quota for ever.
        signal: AbortSignal.timeout?.(PATIENCE)
      });
  } catch (error) {
    log(error);
  }
  if (!answer) {
    if (!navigator.sendBeacon(endpoint, body)) failed();
    else if (!leaving) settle(batch);
    return;
  }
  batch.busy = true;
  bytesInFlight += bytes;
  requests++;
  const response = await answer.catch(log);
  log(response?.status, await response?.text().catch(log));
  batch.busy = false;
  bytesInFlight -= bytes;
  requests--;
  const status = response?.status;
  const halves = status === 413 && brought.split?.(batch.body);
  if (halves || /^2|400|415|422/.test(status)) {
    if (failing()) flushIn(soon);
    succeeded();
    for (const half of halves || []) enqueue(...half);
    settle(batch);
  } else failed(response?.headers.get("retry-after"));
  return send();
}

// src/privacy/scrub.ts
function scrub(text, max = 100) {
  if (!text) return void 0;
  let clean = squash(text, max * 4);
  if (/@|\d.{12}|\S{28}/.test(clean)) {
    clean = clean.replace(/[^\s@]+ ?@ ?[^\s@]+ ?\.[^\s@\d]{2,}/g, "[email]").replace(/\b\d(?:[ -]?\d){12,18}\b/g, "[number]").replace(/\b(?=[\w.-]*\d)(?=[\w.-]*[a-z])[\w.-]{28,}/gi, "[token]");
  }
  return squash(clean, max) || void 0;
}

// src/record.ts
function switchTo(next = whoNow()) {
  if (who.session_id !== next.session_id || who.user_id && who.user_id !== next.user_id) freeze();
  become(next);
}
function make(type, fields) {
  if (!awake()) return void 0;
  const event = {
    event_id: uuid7(),
    at: Date.now(),
    type,
    url: pageUrl(),
    title: scrub(document.title + "", 200),
    // a form called `title` stands in for it
    ...fields
  };
  return beforeSend ? guard(beforeSend)(event) : event;
}
function keep(event) {
  if (!event?.event_id || !awake()) return void 0;
  switchTo();
  log(event);
  return add(event);
}
function note(event) {
  const full = keep(event);
  if (full == null) return;
  if (full || document.hidden) void flush();
  else flushIn(/scroll|type/.test(event.type) ? late : soon);
}
var record = (type, fields) => note(make(type, fields));

// src/capture/page.ts
var first = {};
var pageView = () => record("page_view", { referrer: cleanUrl(document.referrer) });
var framed = () => frameElement?.ownerDocument.querySelector("script[data-key]");
function capturePages() {
  first.url = pageUrl();
  first.hash = location.hash;
  if (!framed()) pageView();
}

// seam:ix:chunks
var hashes = { "debug": "debug", "vitals": "vitals", "shot": "shot", "feedback": "feedback", "more": "more" };

// seam:chunk
var parts = { debug: () => import("./debug.js"), vitals: () => import("./vitals.js"), shot: () => import("./shot.js"), feedback: () => import("./feedback.js"), more: () => import("./more.js") };
var load = (name, then = () => {
}) => void parts[name]().catch(log).then(guard(() => then()));

// src/capture/begin.ts
function begin2() {
  readViewport();
  capturePages();
  load(hashes.more);
}

// src/decide.ts
var capture = guard(begin2);
function apply(choice2) {
  if (!choose(choice2)) return false;
  keepOnDisk(maySend() && !cookieless());
  if (mayRecord()) {
    become(whoNow());
    saveAll();
    capture?.();
    capture = void 0;
  } else {
    dropAll();
    become(newVisitor());
  }
  flushIn(soon);
  return true;
}
function decide(choice2) {
  apply(choice2);
  if (choice2 && choice2 === chosen()) onDisk((disk) => disk.setItem(choiceKey(), chosen()));
}
var recall = (otherwise = "") => apply(keptChoice(otherwise));
function startConsent() {
  if (!chosen()) recall(set.consent === "pending" ? "pending" : "granted");
}

// src/track.ts
var MAX_PROPS = 32;
var FLAT = /^(bo|[fnu])/;
function flat(given) {
  return Object.fromEntries(
    Object.entries(given).slice(0, MAX_PROPS).map(([key2, value]) => [
      key2.slice(0, 128),
      value === null || FLAT.test(typeof value) ? value : (typeof value === "object" ? JSON.stringify(value) : String(value)).slice(0, 8192)
    ])
  );
}
function track(name, given, fields = {}) {
  const props = given ?? {};
  if (/^(add_to_cart|purchase|search)$/.test(name)) {
    const { product_id: product, quantity, value, currency, image_url: image, text, ...rest } = props;
    record(name, {
      ...fields,
      product_id: cap(product, 256) ?? fields.product_id,
      image_url: cleanUrl(image) ?? fields.image_url,
      quantity: number(quantity),
      value: number(value),
      currency: cap(currency, 16),
      text: cap(text, 1e3),
      props: flat(rest)
    });
  } else if (name) record("custom", { ...fields, name: cap(name, 128), props: flat(props) });
}

// src/commands.ts
var MAX_TEXT = 1e5;
var commands = {
  track,
  identify(id, props) {
    const user = cap(id, 256);
    if (!user) return;
    const next = { ...whoNow() };
    if (next.user_id && next.user_id !== user) next.session_id = uuid7();
    next.user_id = user;
    switchTo(next);
    if (props) track("identify", props);
  },
  reset() {
    switchTo(newVisitor());
  },
  page: pageView,
  feedback(given) {
    if (given) record("feedback", { text: cap(given.text, MAX_TEXT), rating: number(given.rating) });
    else brought.wanted = true;
  },
  message(given) {
    record("message", {
      role: cap(given.role, 100),
      text: cap(given.text, MAX_TEXT),
      expert_text: cap(given.expert_text, MAX_TEXT),
      thread_id: cap(given.thread_id, 256)
    });
  },
  consent: decide,
  flush,
  before_send: setHook
};

// src/dom/path.ts
var IGNORE = "[data-ix-ignore],.ph-no-capture";
var MASK = "[data-ix-mask],[data-private]";
var MARKED = MASK + ",[data-ix-unmask]";
var EDITABLE = "[contenteditable]:not([contenteditable=false]),[role^=combo],[role^=text],[role^=spin]";
var masked = (path2) => nearest(path2, MARKED)?.matches(MASK) || nearest(path2.slice(1), EDITABLE);
var PLAIN = "main,nav,header,footer";
function elements(event) {
  if (event !== seen) {
    path = event.composedPath().filter((node) => node.nodeType === 1);
    if (nearest(path, IGNORE)) path = [];
    seen = event;
  }
  return path;
}
var seen;
var path;
var nearest = (path2, selector2) => path2.find((element) => element.matches(selector2));
var attr = (element, name) => element?.getAttribute(name) || "";
var ACTIONABLE = `a[href],button,summary,label,[data-ix-event]:not(form),input,textarea,select,${EDITABLE},[role=button],[role=link],[role=tab],[role=option],[role=checkbox],[role=radio],[role=switch],[role^=menuitem]`;
var actionable = (path2) => nearest(path2, ACTIONABLE);

// src/dom/product.ts
var PRODUCT = '[data-product-id],[data-ix-product],[itemtype*="schema.org/Product"]';
function productId(path2) {
  const product = nearest(path2, PRODUCT);
  const sku = product?.querySelector("[itemprop=sku],[itemprop=productID]");
  const id = attr(product, "data-ix-product") || attr(product, "data-product-id") || attr(product, "itemid") || attr(sku, "content");
  return squash(id || sku?.textContent || brought.product?.(path2) || "", 256) || void 0;
}

// src/dom/image.ts
var CARD = `${PRODUCT},li,article,figure,:not(body):is([class*=card i],[class*=product i],[class*=tile i])`;
var MAX_IMAGES = 10;
var ICON = 32 * 32;
var source = (image) => image.closest(IGNORE) ? void 0 : cleanUrl(image.currentSrc || attr(image, "src"));
function largest(root) {
  let best = ICON;
  let url;
  const images = root.getElementsByTagName("img");
  if (images[MAX_IMAGES] && !root.matches(PRODUCT)) return void 0;
  for (const image of images) {
    const size = image.matches("[itemprop=image]") ? Infinity : image.complete ? image.naturalWidth * image.naturalHeight : ICON + 1;
    const from = size > best && source(image);
    if (from) [best, url] = [size, from];
  }
  return url;
}
function touchedImage(path2, actedOn) {
  const inner = path2[0];
  let url = inner.matches("img,[type=image]") && source(inner);
  for (const element of path2) {
    url || (url = (element === actedOn || element.matches(actedOn ? CARD : PRODUCT)) && largest(element));
  }
  return url || brought.image?.(inner);
}

// src/dom/label.ts
var OTHERS = `${IGNORE},${EDITABLE}`;
var SILENT = `script,style,noscript,textarea,select,[hidden],[aria-hidden=true],${MASK},${OTHERS}`;
var ENOUGH = 400;
function visibleText(root) {
  if (!root || root.matches(SILENT) || root.closest(OTHERS) || root.closest(MARKED)?.matches(MASK)) return "";
  let text = "";
  const walker = document.createTreeWalker(
    root,
    5,
    (node) => node.matches?.(SILENT) ? 2 : 1
  );
  for (let node = root; node && text.length < ENOUGH; node = walker.nextNode()) {
    text += " " + (node.nodeValue || node.alt || "");
  }
  return text.trim();
}
function ariaName(element) {
  const root = element.getRootNode();
  const ids = attr(element, "aria-labelledby").split(/\s+/);
  return ids.map((id) => visibleText(root.getElementById?.(id))).join(" ").trim() || attr(element, "aria-label");
}
function fieldName(field) {
  if (/(submit|button|reset)input/.test(field.type + field.localName)) return attr(field, "value");
  return visibleText(field.labels?.[0]) || attr(field, "placeholder") || attr(field, "title") || attr(field, "name");
}
function label(element, loose) {
  let name = ariaName(element) || attr(element, "alt");
  if (!name) {
    name = element.matches("input,textarea,select," + EDITABLE) ? fieldName(element) : visibleText(element);
    if (loose && name.length > 100) name = "";
  }
  name || (name = attr(element, "title"));
  const root = element.getRootNode();
  return !name && root instanceof ShadowRoot ? label(root.host, loose) : scrub(name);
}

// src/dom/selector.ts
var LANDMARK = PLAIN + ",body,html";
var MADE_UP = /\d{3}|[\da-f]{8}|^(\d|react|radix|headlessui|mui|ember)|[^\w-]/i;
var MAX_STEPS = 8;
function chosenId(element) {
  const id = attr(element, "id");
  return MADE_UP.test(id) ? "" : id;
}
function place(element) {
  const tag2 = element.localName;
  if (element.matches(":only-of-type")) return tag2;
  let number2 = 1;
  for (let other = element; other = other.previousElementSibling; ) number2++;
  return `${tag2}:nth-child(${number2})`;
}
function selector(element) {
  const steps = [];
  let current = element;
  while (current && steps.length < MAX_STEPS) {
    const id = chosenId(current);
    const test = attr(current, "data-testid").replace(/.*[@"].*/, "");
    const end = id ? "#" + id : test ? `[data-testid="${test}"]` : current.matches(LANDMARK) && current.localName;
    steps.unshift(end || place(current));
    current = end ? null : current.parentElement;
  }
  const root = element.getRootNode();
  return ((root instanceof ShadowRoot ? selector(root.host) + " >>> " : "") + steps.join(" > ")).slice(0, 300);
}

// src/dom/section.ts
var LANDMARK2 = `[data-section],${PLAIN},aside,section,dialog,form,[role=region],[role=navigation],[role=dialog],[role=search]`;
function section(path2) {
  for (const [step, element] of path2.entries()) {
    if (!element.matches(LANDMARK2) || masked(path2.slice(step))) continue;
    const plain = element.matches(PLAIN);
    const said = scrub(
      attr(element, "data-section") || ariaName(element) || visibleText(!plain && element.querySelector("h1,h2,h3,h4,legend")) || chosenId(element) || attr(element, "role") || (plain ? element.localName : ""),
      60
    );
    if (said) return said;
  }
  return void 0;
}

// src/dom/target.ts
var ROLES = {
  button: "button",
  submit: "button",
  reset: "button",
  image: "button",
  summary: "button",
  a: "link",
  img: "img",
  radio: "radio",
  textarea: "textbox",
  checkbox: "checkbox",
  select: "combobox",
  input: "textbox"
};
var role = (element) => attr(element, "role") || ROLES[element.type] || ROLES[element.localName];
function describe(element, path2, loose) {
  const outwards = path2.slice(path2.indexOf(element));
  return {
    tag: element.localName,
    role: role(element),
    label: masked(outwards) ? void 0 : label(element, loose),
    selector: selector(element),
    href: cleanUrl(attr(nearest(outwards, "a[href]"), "href")),
    section: section(outwards),
    product_id: productId(outwards)
  };
}

// src/capture/marked.ts
var PROP = /^data-ix-prop-/;
function trackMarked(element, path2, image) {
  const props = {};
  for (const { name, value } of element.attributes) {
    if (PROP.test(name)) props[name.replace(PROP, "").replace(/-/g, "_")] = value;
  }
  const target = describe(element, path2);
  track(attr(element, "data-ix-event"), props, { target, product_id: target.product_id, image_url: image });
}

// src/capture/place.ts
var place2 = (event) => ({
  x: event.x | 0,
  y: event.y | 0,
  page_x: event.pageX | 0,
  page_y: event.pageY | 0
});

// src/capture/click.ts
var NEAR = 100;
var TWIN = 100;
var pressed = [];
var pressedAt;
var twin;
var twinAt = 0;
var told = [];
function click(event) {
  if (!event.isTrusted || !awake()) return;
  let path2 = elements(event);
  if (!actionable(path2) && actionable(pressed) && (event.x - pressedAt.x) ** 2 + (event.y - pressedAt.y) ** 2 < NEAR)
    path2 = pressed;
  const inner = path2[0];
  if (!inner) return;
  const again = path2.includes(twin) && event.timeStamp - twinAt < TWIN;
  const control = nearest(path2, "label")?.control;
  twin = again || path2.includes(control) ? null : control;
  twinAt = event.timeStamp;
  const acted = actionable(path2);
  const image = touchedImage(path2, acted);
  const at = place2(event);
  if (!again)
    record("click", {
      target: describe(acted ?? inner, path2, !acted),
      image_url: image,
      // A click by keyboard has no place.
      ...event.detail || at.x ? at : {}
    });
  const marked = nearest(path2, "[data-ix-event]:not(form)");
  if (marked && !(again && told.includes(marked))) trackMarked(marked, path2, image);
  told = path2;
}
function captureClicks() {
  on(window, "pointerdown", (event) => {
    pressed = elements(event);
    pressedAt = event;
  });
  on(window, "click", click);
}

// seam:ix:kit
var kit = () => [];

// src/api.ts
var page = window;
var isRunning = () => !!page.ix?.kit;
var EARLY = /^[bc]/;
var ix;
var calls;
function installApi() {
  calls = page.ix?.q ?? [];
  ix = page.ix = guard((...call) => {
    const [name, ...args] = call;
    const late2 = ix.on || !EARLY.test(name) || !calls.push(call);
    awake();
    return late2 && commands[name]?.(...args);
  });
  ix.q = { push: (call) => ix(...call) };
  ix.kit = kit();
}
function replay(names) {
  ix.on = true;
  calls.filter(([name]) => names.test(name)).forEach((call) => ix(...call));
}

// src/delivery/leave.ts
function leave() {
  if (awake()) void flush(true);
}
function watchLeaving() {
  on(window, "pagehide", () => {
    leave();
    setClosed(1);
  });
  on(document, "visibilitychange", () => {
    if (document.hidden) leave();
  });
}

// src/main.ts
var start = () => {
  if (isRunning()) return;
  installApi();
  sleep(() => {
    replay(/^b/);
    replay(/^c/);
    startConsent();
    replay(/^[^bc]/);
  });
  captureClicks();
  watchLeaving();
  whenIdle(awake);
};
guard(() => {
  if (!findTag()) return console.warn("[ix] no data-key");
  readTag();
  if (document.prerendering) on(document, "prerenderingchange", start);
  else start();
})();
export {
  CARD,
  EDITABLE,
  IGNORE,
  MASK,
  actionable,
  bodyOf,
  brought,
  cap,
  checkOpen,
  cleanUrl,
  click,
  commands,
  context,
  describe,
  elements,
  endpoint,
  enqueue,
  first,
  flushIn,
  framed,
  get,
  guard,
  heard,
  keep,
  keyOf,
  keys,
  later,
  load,
  log,
  make,
  maySend,
  nearest,
  note,
  number,
  on,
  pageUrl,
  productId,
  queue,
  readViewport,
  recall,
  record,
  remove,
  scrub,
  set2 as set,
  setClosed,
  settle,
  soon,
  tag,
  toJson,
  touchedImage,
  trackMarked,
  uuid7,
  whenIdle
};
