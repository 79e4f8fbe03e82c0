// seam:ix:chunks
var hashes = { "debug": "debug", "vitals": "vitals", "shot": "shot", "feedback": "feedback", "more": "more" };

// src/delivery/before-flush.ts
import { brought, guard, keep, make } from "./core.js";
function beforeFlush(fn) {
  const before = brought.say;
  const now = guard(fn);
  brought.say = (leaving2) => {
    before?.(leaving2);
    now(leaving2);
  };
}
var say = (type, fields2) => keep(make(type, fields2));
var onLeave = (fn) => beforeFlush((leaving2) => leaving2 && fn());

// src/capture/choice.ts
import { guard as guard2, recall } from "./core.js";
function watchChoice() {
  const hear2 = guard2(() => recall());
  let listening = false;
  const listen = () => {
    if (!listening) addEventListener("storage", hear2);
    listening = true;
    hear2();
  };
  if (document.hasFocus()) hear2();
  else listen();
  addEventListener("blur", listen);
  beforeFlush(listen);
}

// src/capture/copy.ts
import { describe, elements, on, record } from "./core.js";
function captureCopy() {
  on(window, "copy", (event) => {
    const path2 = elements(event);
    if (path2[0]) record("copy", { target: { ...describe(path2[0], path2, true), label: void 0 } });
  });
}

// src/capture/dead.ts
import { actionable as actionable2, describe as describe4, elements as elements4, later as later2, nearest as nearest4, on as on6, record as record5, touchedImage as touchedImage2 } from "./core.js";

// src/capture/form-events.ts
import { IGNORE, nearest, on as on2 } from "./core.js";

// src/dom/outwards.ts
function outwards(element) {
  const path2 = [];
  let up = element;
  while (up) {
    path2.push(up);
    up = up.assignedSlot ?? up.parentElement ?? up.getRootNode().host;
  }
  return path2;
}

// src/capture/form-events.ts
var listeners = [];
var known = /* @__PURE__ */ new WeakSet();
function hear(event, fn) {
  const form = event.composedPath()[0];
  const path2 = form instanceof Element ? outwards(form) : [];
  if (path2.length && !nearest(path2, IGNORE)) fn(path2);
}
function enter(event) {
  for (const root of event.composedPath()) {
    if (!(root instanceof ShadowRoot) || known.has(root)) continue;
    known.add(root);
    for (const [type, fn] of listeners) on2(root, type, fn);
  }
}
function onForm(type, fn) {
  const listener = (event) => hear(event, fn);
  listeners.push([type, listener]);
  on2(window, type, listener);
}
function watchForms() {
  for (const type of ["focusin", "input", "click"]) on2(window, type, enter);
}

// src/capture/place.ts
var place = (event) => ({
  x: event.x | 0,
  y: event.y | 0,
  page_x: event.pageX | 0,
  page_y: event.pageY | 0
});

// src/capture/rage.ts
import { actionable, CARD, describe as describe3, elements as elements3, nearest as nearest3, on as on5, record as record4, tag, touchedImage } from "./core.js";

// src/capture/form-life.ts
import { describe as describe2, elements as elements2, IGNORE as IGNORE2, nearest as nearest2, on as on4, record as record3 } from "./core.js";

// src/capture/route.ts
import { first, framed, guard as guard3, on as on3, pageUrl, record as record2 } from "./core.js";
var followers = [];
var { url, hash: anchor } = first;
var path = location.pathname;
function onRoute(fn) {
  followers.push(guard3(fn));
}
var named = window.navigation;
var navigation = named?.currentEntry && named;
var checkRoute = guard3((kind) => {
  const [from, hash] = [url, anchor];
  url = pageUrl();
  anchor = location.hash;
  if (url !== from) {
    if (path !== (path = location.pathname)) for (const tell3 of followers) tell3(from);
    if (framed()) return;
    record2("navigate", { from_url: from, kind, title: void 0 });
  } else if (hash !== anchor && !framed()) record2("navigate", { from_url: from, kind: "hash" });
});
function captureRoutes() {
  checkRoute("replace");
  if (!navigation) return false;
  on3(
    navigation,
    "currententrychange",
    ({ navigationType: type }) => checkRoute(type === "traverse" ? "pop" : type ?? "replace")
  );
  return true;
}

// src/capture/form-life.ts
var FIELD = "input:not([type=hidden],[type=submit],[type=button]),textarea,select";
var MAX = 50;
var begun = /* @__PURE__ */ new Map();
var nameOf = (field) => (field.getAttribute("name") || field.id).slice(0, 128);
function submitted(path2, where = {}) {
  const form = path2[0];
  if (!form) return;
  begun.delete(form);
  const fields2 = [...form.querySelectorAll(FIELD)].filter((field) => !field.closest(IGNORE2)).map(nameOf).filter(Boolean);
  record3("form_submit", { target: describe2(form, path2, true), fields: [...new Set(fields2)].slice(0, MAX), ...where });
}
function leave(where = {}) {
  for (const [form, { path: path2, fields: fields2, taken }] of begun) {
    if (taken) submitted(path2, where);
    else record3("form_abandon", { target: describe2(form, path2, true), fields: [...fields2], ...where });
  }
  begun.clear();
}
function captureFormLife() {
  on4(window, "input", (event) => {
    const path2 = elements2(event);
    const field = nearest2(path2, FIELD);
    const form = nearest2(path2, "form");
    if (!event.isTrusted || !field || !form) return;
    if (!begun.has(form)) {
      begun.set(form, { path: path2.slice(path2.indexOf(form)), fields: /* @__PURE__ */ new Set() });
      record3("form_start", { target: describe2(form, path2, true), fields: [nameOf(field)].filter(Boolean) });
    }
    const known2 = begun.get(form);
    if (!known2) return;
    known2.taken = false;
    if (nameOf(field) && known2.fields.size < MAX) known2.fields.add(nameOf(field));
  });
  onForm("submit", (path2) => submitted(path2));
  onForm("formdata", ([form]) => {
    const known2 = form && begun.get(form);
    if (known2) known2.taken = true;
  });
  on4(window, "pagehide", () => leave());
  onRoute((url2) => leave({ url: url2 }));
}

// src/capture/shots.ts
import { bodyOf, brought as brought2, cap, commands, enqueue, later, make as make2, note, number, queue, settle, toJson, uuid7 } from "./core.js";

// src/part.ts
import { load } from "./core.js";
var coming = /* @__PURE__ */ new Map();
function part(hash) {
  let promise = coming.get(hash);
  if (!promise) {
    promise = new Promise((done) => load(hash, done)).finally(() => coming.delete(hash));
    coming.set(hash, promise);
  }
  return promise;
}

// src/capture/shots.ts
var PATIENCE = 8e3;
var MAX_TEXT = 1e5;
var waiting = /* @__PURE__ */ new Set();
function recordWithShot(type, fields2, only) {
  const event = make2(type, fields2);
  if (!event?.event_id) return;
  const id = uuid7();
  enqueue(id, bodyOf({ id, events: [toJson(event)] }));
  queue.get(id).busy = true;
  const finish2 = (screenshot) => {
    if (!waiting.delete(finish2)) return;
    note({ ...event, screenshot });
    settle({ id });
  };
  waiting.add(finish2);
  later(finish2, PATIENCE);
  const shoot = () => {
    if (type === "feedback") {
      if (!only) Object.assign(event, { page_x: scrollX | 0, page_y: scrollY | 0 });
    } else if (only && only.clientHeight > innerHeight) only = void 0;
    return brought2.shoot?.(only);
  };
  void Promise.resolve(brought2.shoot || part(hashes.shot)).then(shoot).then(finish2, () => finish2());
}
function feedbackWithShots() {
  const plain = commands.feedback;
  commands.feedback = (given) => {
    if (!given) return brought2.ask ? brought2.ask() : void part(hashes.feedback).then(() => brought2.ask?.());
    const { text, rating, screenshot } = given;
    if (!screenshot) return plain?.(given);
    const fields2 = { text: cap(text, MAX_TEXT), rating: number(rating) };
    return recordWithShot("feedback", fields2, screenshot instanceof Element ? screenshot : void 0);
  };
  if (brought2.wanted) commands.feedback(void 0);
  onLeave(() => waiting.forEach((finish2) => finish2()));
}

// src/capture/rage.ts
var WITHIN = 1e3;
var NEAR = 30;
var MAX_SHOTS = 3;
var REPEATED = /^([+\-−–›‹»«<>]|next|prev|more|less|weiter|zurück|mehr|weniger|plus|minus)/i;
var inviting = (element) => getComputedStyle(element).cursor === "pointer";
var count = 0;
var shots = 0;
var last;
function captureRage() {
  on5(window, "click", (event) => {
    const path2 = elements3(event);
    const inner = path2[0];
    if (!event.isTrusted || !event.detail || !inner) return;
    const again = last && event.timeStamp - last.timeStamp < WITHIN && Math.hypot(event.x - last.x, event.y - last.y) < NEAR;
    count = again ? count + 1 : 1;
    last = event;
    if (count !== 3) return;
    const acted = actionable(path2);
    const target = describe3(acted ?? inner, path2, !acted);
    if (REPEATED.test(target.label ?? "") || nearest3(path2, FIELD) || !acted && !inviting(inner) && !getSelection()?.isCollapsed) return;
    const fields2 = { target, image_url: touchedImage(path2, acted), count, ...place(event) };
    if (tag.dataset.screenshots !== "rage" || shots++ >= MAX_SHOTS) record4("rage_click", fields2);
    else recordWithShot("rage_click", fields2, nearest3(path2, CARD));
  });
}

// src/capture/dead.ts
var PATIENCE2 = 2500;
var SOON = 500;
var QUIET = "input:not([type=button],[type=submit],[type=reset],[type=image]),select,textarea,label,option,[contenteditable],canvas,video,audio,iframe,embed,object,[download],[target=_blank]";
var STEP = /^([+\-−–]|plus|minus)/i;
var waiting2 = /* @__PURE__ */ new Map();
function answered(within = PATIENCE2) {
  const since = performance.now() - within;
  for (const [element, { event, timer: timer2 }] of waiting2) {
    if (event.timeStamp < since) continue;
    clearTimeout(timer2);
    waiting2.delete(element);
  }
  if (!waiting2.size) observer.disconnect();
}
var observer = new MutationObserver(() => answered());
function watch(path2) {
  for (const root of new Set(path2.map((element) => element.getRootNode()))) {
    observer.observe(root, { attributes: true, characterData: true, childList: true, subtree: true });
  }
}
function tell(inner, { event, path: path2, count: count2 }) {
  waiting2.delete(inner);
  if (!waiting2.size) observer.disconnect();
  const acted = actionable2(path2);
  const image = touchedImage2(path2, acted);
  if (!acted && !image && !inviting(inner)) return;
  const target = describe4(acted ?? inner, path2, !acted);
  if (!STEP.test(target.label ?? "")) record5("dead_click", { target, image_url: image, count: count2, ...place(event) });
}
function captureDeadClicks() {
  on6(window, "click", (event) => {
    const path2 = elements4(event);
    const inner = path2[0];
    if (!event.isTrusted || !event.detail || !inner || nearest4(path2, QUIET)) return;
    const link = nearest4(path2, "a[href]");
    if (event.ctrlKey || event.metaKey || event.shiftKey || link && (!navigation || !/^http/.test(link.protocol))) return;
    watch(path2);
    const known2 = waiting2.get(inner);
    clearTimeout(known2?.timer);
    const entry = { event, path: path2, timer: 0, count: (known2?.count ?? 0) + 1 };
    entry.timer = later2(() => tell(inner, entry), PATIENCE2);
    waiting2.set(inner, entry);
  });
  for (const type of ["input", "change", "toggle", "focusin", "play", "pause", "copy", "fullscreenchange", "popstate", "pagehide", "blur", "visibilitychange"])
    on6(window, type, () => answered());
  onForm("submit", () => answered());
  on6(document, "scroll", () => answered(SOON));
  on6(document, "selectionchange", () => {
    if (!getSelection()?.isCollapsed) answered(SOON);
  });
  if (navigation) on6(navigation, "navigate", () => answered());
}

// src/capture/errors.ts
import { cap as cap2, cleanUrl, on as on7, record as record6, scrub } from "./core.js";
var MAX2 = 10;
var ADDRESS = /[^\s'"(?#]*(:\/\/|[?#]\S*=)\S*/g;
function captureErrors() {
  const told2 = /* @__PURE__ */ new Set();
  const tell3 = (error) => {
    const said = cap2(error?.message ?? error, 2e3) ?? "";
    const message = scrub(said.replace(ADDRESS, (url2) => cleanUrl(url2) ?? ""), 500);
    if (!message || told2.has(message) || told2.size >= MAX2) return;
    told2.add(message);
    record6("error", { message });
  };
  on7(window, "error", ({ message }) => {
    if (message) tell3(message);
  });
  on7(window, "unhandledrejection", ({ reason }) => tell3(reason));
}

// src/capture/forms.ts
import { actionable as actionable3, cap as cap3, describe as describe5, elements as elements5, nearest as nearest5, number as number2, on as on8, record as record7, scrub as scrub2, touchedImage as touchedImage3, trackMarked } from "./core.js";
var FEEDBACK = "[data-ix-feedback]";
var PICTURE = "[data-ix-screenshot]";
var SEARCH = "[data-ix-search]";
var LINE = "input[type=text],input[type=search],input:not([type])";
var fields = (form, selector) => [...form.querySelectorAll(selector)];
function markedText(form, mark) {
  const texts = [...fields(form, "textarea"), ...fields(form, LINE)];
  const own = texts.filter((field) => field.matches(mark));
  return (own.length || !form.matches(mark) ? own : texts.slice(0, 1)).map((field) => field.value.trim()).join("\n");
}
function feedback(form, path2) {
  const text = cap3(markedText(form, FEEDBACK), 1e5);
  const rating = fields(form, "[data-ix-rating],[name*=rating i]").find(
    (field) => !/radio|checkbox/.test(field.type) || field.checked
  );
  const score = number2(rating?.value);
  if (!text && score == null) return;
  const said = { text, rating: score, target: describe5(form, path2, true) };
  const picture = form.matches(PICTURE) || fields(form, PICTURE).some((field) => field.checked);
  (picture ? recordWithShot : record7)("feedback", said);
}
function feedbackBox(path2) {
  const box = nearest5(path2, FEEDBACK);
  const acted = actionable3(path2);
  if (box && acted?.matches("button,[role=button],input[type=button]") && !nearest5(path2, "form")) feedback(box, path2);
}
function captureForms() {
  on8(window, "click", (event) => {
    if (event.isTrusted) feedbackBox(elements5(event));
  });
  onForm("submit", (path2) => {
    const form = path2[0];
    if (!form) return;
    if (form.matches(FEEDBACK) || form.querySelector(FEEDBACK)) feedback(form, path2);
    const sought = scrub2(markedText(form, SEARCH), 500);
    if (sought) record7("search", { text: sought, target: describe5(form, path2, true) });
    if (form.matches("[data-ix-event]")) trackMarked(form, path2, touchedImage3(path2, form));
  });
}

// src/capture/history.ts
import { on as on9 } from "./core.js";
function patchHistory() {
  for (const kind of ["push", "replace"]) {
    const original = history[kind + "State"];
    history[kind + "State"] = function(...args) {
      original.apply(this, args);
      checkRoute(kind);
    };
  }
  on9(window, "popstate", () => checkRoute("pop"));
  on9(window, "hashchange", () => checkRoute("hash"));
}

// src/capture/images.ts
import { cleanUrl as cleanUrl2, flushIn, guard as guard4, IGNORE as IGNORE3, later as later3, nearest as nearest6, on as on10, productId, soon, whenIdle } from "./core.js";
var HALF = 0.5;
var LONG = 1e3;
var SMALL = 60;
var MAX3 = 100;
var SETTLED = 4e3;
function captureImages() {
  const told2 = /* @__PURE__ */ new Set();
  const looks = /* @__PURE__ */ new Map();
  const roots = /* @__PURE__ */ new WeakSet();
  const tell3 = (image, where = {}) => {
    const { since = Infinity, url: url2 = "", path: path2 = [] } = looks.get(image) ?? {};
    const ms = Math.round(performance.now() - since);
    if (ms < LONG) return;
    looks.delete(image);
    observer2.unobserve(image);
    if (told2.has(url2) || told2.size >= MAX3 || nearest6(path2, IGNORE3)) return;
    told2.add(url2);
    const view = { image_url: url2, visible_ms: ms, product_id: productId(path2) };
    say("image_view", { at: Date.now() - ms + LONG, ...view, ...where });
  };
  const tellLater = () => flushIn(Math.max(2 * soon, LONG));
  const tellAll = (where) => {
    for (const image of looks.keys()) tell3(image, where);
  };
  const settle2 = (image) => {
    if (!looks.has(image)) return;
    tell3(image);
    looks.delete(image);
    tellLater();
  };
  const watch2 = (image) => {
    if (!(image instanceof HTMLImageElement)) return;
    settle2(image);
    observer2.unobserve(image);
    observer2.observe(image);
    requestAnimationFrame(Boolean);
  };
  const observer2 = new IntersectionObserver(
    guard4((entries) => {
      for (const { target, intersectionRatio: ratio, boundingClientRect: box, time } of entries) {
        const enough = ratio >= HALF && box.width >= SMALL && box.height >= SMALL;
        if (enough === looks.has(target)) continue;
        const url2 = enough && cleanUrl2(target.currentSrc);
        if (!enough) settle2(target);
        else if (url2 && !told2.has(url2) && told2.size < MAX3) {
          looks.set(target, { since: time, url: url2, path: outwards(target) });
          tellLater();
        }
      }
    }),
    { threshold: HALF }
  );
  const search = (root, anew) => {
    const known2 = roots.has(root);
    roots.add(root);
    if (!known2) on10(root, "load", ({ target }) => watch2(target));
    if (!known2 || anew) {
      for (const image of root.querySelectorAll("img")) if (image.complete) watch2(image);
    }
    for (const { shadowRoot } of root.querySelectorAll("*")) if (shadowRoot) search(shadowRoot, anew);
  };
  const begin = () => {
    search(document, true);
    later3(() => search(document), SETTLED);
  };
  beforeFlush(() => {
    tellAll();
    if (document.hidden) {
      const interrupted = [...looks.keys()];
      looks.clear();
      interrupted.forEach(watch2);
    }
    if (looks.size) tellLater();
    whenIdle(() => search(document));
  });
  onRoute((url2) => {
    tellAll({ url: url2 });
    told2.clear();
    begin();
  });
  begin();
}

// src/capture/leaving.ts
import { actionable as actionable4, describe as describe6, elements as elements6, nearest as nearest7, on as on11, record as record8, touchedImage as touchedImage4 } from "./core.js";
var FILE = /\.(pdf|zip|gz|7z|rar|(doc|xls|ppt)x?|csv|txt|epub|mp[34]|exe|dmg|msi|apk)$/i;
function leaving(event) {
  const path2 = elements6(event);
  const link = nearest7(path2, "a[href]");
  if (!event.isTrusted || !link || !/^http/.test(link.protocol)) return;
  const acted = actionable4(path2) ?? link;
  const type = link.hasAttribute("download") || FILE.test(link.pathname) ? "download" : link.host !== location.host && "outbound";
  if (type) record8(type, { target: describe6(link, path2), image_url: touchedImage4(path2, acted) });
}
var captureLeaving = () => on11(window, "click", leaving);

// src/capture/middle.ts
import { click, elements as elements7, nearest as nearest8, on as on12 } from "./core.js";
function captureMiddle() {
  on12(window, "auxclick", (event) => {
    if (event.button !== 1 || !nearest8(elements7(event), "a[href]")) return;
    click(event);
    leaving(event);
  });
}

// src/capture/restore.ts
import { checkOpen, flushIn as flushIn2, framed as framed2, on as on13, recall as recall2, record as record9, setClosed } from "./core.js";
function captureRestores() {
  on13(window, "pageshow", ({ persisted }) => {
    if (!persisted) return;
    recall2();
    checkOpen(0);
    setClosed(0);
    if (!framed2()) record9("restore");
    flushIn2(0);
  });
}

// src/capture/scroll.ts
import { later as later4, on as on14, record as record10 } from "./core.js";
var PAUSE = 200;
var bottom = 0;
var height = 0;
var quarter = 0;
var told = 0;
var moved = false;
var timer = 0;
var depth = () => Math.round(bottom / height * 100);
function read() {
  height = document.documentElement.scrollHeight;
  bottom = Math.max(bottom, Math.min(height, scrollY + innerHeight));
}
function tell2(how, where) {
  if (!moved || bottom <= told || bottom <= innerHeight) return;
  told = bottom;
  how("scroll", { depth: Math.min(100, depth()), page_height: height, ...where });
}
function check() {
  timer || (timer = later4(() => {
    timer = 0;
    read();
    const now = depth() / 25 | 0;
    if (now > quarter) tell2(record10, {});
    quarter = now;
    if (!moved) told = bottom;
  }, PAUSE));
}
function finish(how, where = {}) {
  if (timer) read();
  tell2(how, where);
}
function captureScroll() {
  moved = scrollY > 0;
  on14(window, "scroll", (event) => {
    if (event.target !== document) return;
    moved = true;
    check();
  });
  onLeave(() => finish(say));
  onRoute((url2) => {
    finish(record10, { url: url2 });
    bottom = told = quarter = 0;
    moved = false;
    check();
  });
  check();
  new ResizeObserver(check).observe(document.documentElement);
}

// src/capture/typing.ts
import { describe as describe7, EDITABLE, elements as elements8, nearest as nearest9, on as on15, record as record11 } from "./core.js";
var TEXT = "textarea,input:not([type=checkbox],[type=radio],[type=range],[type=color],[type=file])," + EDITABLE;
var typed = /* @__PURE__ */ new WeakSet();
function captureTyping() {
  onRoute(() => {
    typed = /* @__PURE__ */ new WeakSet();
  });
  on15(window, "input", (event) => {
    const path2 = elements8(event);
    const field = nearest9(path2, TEXT);
    if (!event.isTrusted || !field || typed.has(field)) return;
    typed.add(field);
    record11("type", { target: describe7(field, path2) });
  });
}

// src/capture/warm.ts
import { actionable as actionable5, describe as describe8, elements as elements9, guard as guard5, touchedImage as touchedImage5 } from "./core.js";
function warmUp() {
  const once = guard5((event) => {
    const path2 = elements9(event);
    const inner = path2[0];
    if (!inner) return;
    const acted = actionable5(path2);
    describe8(acted ?? inner, path2, !acted);
    touchedImage5(path2, acted);
  });
  addEventListener("pointermove", once, { once: true });
}

// src/dom/background.ts
import { cleanUrl as cleanUrl3 } from "./core.js";
function background(element) {
  if (element.firstElementChild || element.textContent?.trim()) return void 0;
  return cleanUrl3(/url\("([^"]+)/.exec(getComputedStyle(element).backgroundImage)?.[1]);
}

// src/dom/catalogue.ts
import { CARD as CARD2, cleanUrl as cleanUrl4, guard as guard6, nearest as nearest10, pageUrl as pageUrl2 } from "./core.js";
var FRINGE = "nav,header,footer,aside";
var MAX_DEPTH = 6;
var byAddress = /* @__PURE__ */ new Map();
var alone;
var list = (value) => Array.isArray(value) ? value : value ? [value] : [];
var address = (value) => cleanUrl4(String(typeof value === "object" && value ? value["@id"] ?? value.url ?? "" : value ?? ""));
var slug = (url2) => /([^/?]+)\/?(\?|$)/.exec(url2)?.[1];
function products(node, depth2 = 0) {
  if (!node || typeof node !== "object" || depth2 > MAX_DEPTH) return [];
  if (Array.isArray(node)) return node.flatMap((item) => products(item, depth2 + 1));
  const own = list(node["@type"]).some((type) => /(^|\/)Product(Group)?$/.test(String(type)));
  return own ? [node] : Object.values(node).flatMap((value) => products(value, depth2 + 1));
}
var readCatalogue = guard6(() => {
  byAddress = /* @__PURE__ */ new Map();
  const ids = /* @__PURE__ */ new Set();
  let elsewhere = false;
  for (const script of document.querySelectorAll('script[type="application/ld+json"]')) {
    let said;
    try {
      said = JSON.parse(script.textContent ?? "");
    } catch {
      continue;
    }
    for (const product of products(said)) {
      const id = String(product.sku ?? product.productID ?? product.mpn ?? product["@id"] ?? "");
      if (!id) continue;
      ids.add(id);
      if (product.url && slug(address(product.url)) !== slug(pageUrl2())) elsewhere = true;
      const offers = list(product.offers).map((offer) => offer.url);
      for (const place2 of [product.url, product["@id"], product.mainEntityOfPage, ...offers, ...list(product.image)]) {
        const found = address(place2);
        if (found) byAddress.set(found, id);
      }
    }
  }
  alone = elsewhere ? void 0 : one([...ids]);
});
var forgetProduct = () => {
  alone = void 0;
};
var ofLink = (link) => byAddress.get(cleanUrl4(link?.getAttribute("href")) ?? "");
var ofImage = (image) => byAddress.get(cleanUrl4(image.currentSrc) ?? "");
var one = (found) => {
  const ids = new Set(found.filter(Boolean));
  return ids.size > 1 ? void 0 : [...ids][0];
};
function productInCatalogue(path2) {
  if (!byAddress.size && !alone) return void 0;
  const link = nearest10(path2, "a[href]");
  const card = nearest10(path2, CARD2);
  const inside = (selector) => [...card?.querySelectorAll(selector) ?? []].slice(0, 20);
  const known2 = ofLink(link) ?? one(inside("a[href]").map(ofLink));
  if (known2) return known2;
  const seen = one((path2[0]?.matches("img") ? [path2[0]] : inside("img")).map(ofImage));
  return seen ?? (link || nearest10(path2, FRINGE) ? void 0 : alone);
}

// src/delivery/split.ts
import { maySend, toJson as toJson2, uuid7 as uuid72 } from "./core.js";
function split(body) {
  const batch = JSON.parse(body);
  const { events } = batch;
  const middle = events.length >> 1;
  const halves = middle && maySend() ? [events.slice(0, middle), events.slice(middle)] : [];
  return halves.map((half) => {
    const id = uuid72();
    return [id, toJson2({ ...batch, batch_id: id, events: half })];
  });
}

// src/delivery/takeover.ts
import { checkOpen as checkOpen2, enqueue as enqueue2, flushIn as flushIn3, get, keyOf, keys, guard as guard7, later as later5, maySend as maySend2, queue as queue2, remove, set, setClosed as setClosed2, soon as soon2 } from "./core.js";

// src/delivery/beat.ts
var BEAT = 5e3;

// src/delivery/takeover.ts
var SILENT = 15e3;
function takeOver() {
  for (const key of keys("out.")) {
    if (key.startsWith(keyOf())) continue;
    const [, tab, id] = key.split(".");
    const [closed, at] = (get(`out.${tab}.`) || "1").split(" ");
    if (closed !== "1" && Math.abs(Date.now() - +at) < SILENT) continue;
    const body = (get(key) || "").replace(/^[^{]+/, "");
    const batch = id || /^{"v":1,"batch_id":"([^"]+)/.exec(body)?.[1];
    remove(key);
    if (!batch) continue;
    set(keyOf(batch), body);
    enqueue2(batch, body);
  }
}
function watchAbandoned() {
  later5(watchAbandoned, SILENT);
  if (maySend2()) takeOver();
  if (queue2.size) flushIn3(soon2);
}
function keepAlive() {
  setInterval(
    guard7(() => {
      checkOpen2();
      setClosed2(0);
    }),
    BEAT
  );
}

// src/chunks/more.ts
import { brought as brought3, context, guard as guard8, later as later6, load as load2, on as on16, readViewport, tag as tag2, whenIdle as whenIdle2 } from "./core.js";
function askTimezone() {
  if ("Temporal" in window) beforeFlush(() => {
    var _a;
    return (_a = context).timezone ?? (_a.timezone = window.Temporal.Now.timeZoneId());
  });
  else whenIdle2(() => context.timezone = Intl.DateTimeFormat().resolvedOptions().timeZone);
}
brought3.split = split;
brought3.image = background;
brought3.product = productInCatalogue;
for (const begin of [
  keepAlive,
  watchAbandoned,
  watchChoice,
  captureRestores,
  () => captureRoutes() || patchHistory(),
  feedbackWithShots,
  watchForms,
  captureForms,
  captureTyping,
  captureFormLife,
  captureLeaving,
  captureMiddle,
  captureRage,
  captureDeadClicks,
  captureCopy,
  captureErrors,
  captureScroll,
  captureImages,
  askTimezone,
  warmUp,
  () => {
    const read2 = () => whenIdle2(readCatalogue);
    read2();
    on16(window, "load", read2);
    onRoute(() => {
      forgetProduct();
      for (const ms of [1e3, 4e3]) later6(read2, ms);
    });
    on16(window, "resize", readViewport);
    const { debug, feedback: feedback2, vitals } = tag2.dataset;
    if (debug != null) load2(hashes.debug);
    if (feedback2 != null) void part(hashes.feedback);
    if (vitals != null) load2(hashes.vitals);
  }
])
  guard8(begin)();
