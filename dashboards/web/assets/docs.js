// The API reference, made from /openapi.json.

import { finding } from "./docs-find.js";
import { section } from "./docs-operation.js";
import { byId, el } from "./dom.js";
import { seeCurrent } from "./nav.js";
import { Schemas } from "./schema.js";

const METHODS = ["get", "post", "put", "patch", "delete"];
const main = byId("reference");

function slug(text) {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}

/** All operations, grouped by tag in the document's order. */
function byTag(document) {
  const groups = new Map();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = methods[method];
      if (!operation) continue;
      const tag = operation.tags?.[0] || "Other";
      if (!groups.has(tag)) groups.set(tag, []);
      const parameters = [...(methods.parameters || []), ...(operation.parameters || [])];
      groups
        .get(tag)
        .push({ ...operation, method, path, parameters, id: operation.operationId || slug(`${method} ${path}`) });
    }
  }
  return groups;
}

function intro(document, server) {
  const { title, version, description } = document.info;
  return el(
    "section",
    { id: "start", class: "intro" },
    el("h1", {}, title, " ", el("span", { class: "version" }, version)),
    description && el("p", { class: "lead" }, description),
    el(
      "dl",
      {},
      el("dt", {}, "Address"),
      el("dd", {}, el("code", {}, server)),
      el("dt", {}, "API keys"),
      el(
        "dd",
        {},
        "For reading. Make one where the collector runs: ",
        el("code", {}, "collector keys create NAME --scope read"),
      ),
      el("dt", {}, "Write keys"),
      el(
        "dd",
        {},
        "For the pages of a site; they can only send. ",
        el("code", {}, "collector sites add NAME --origin URL"),
      ),
      el("dt", {}, "Machine-readable"),
      el("dd", {}, el("a", { href: "/openapi.json" }, "/openapi.json"), ", OpenAPI ", document.openapi),
    ),
  );
}

/** A group's endpoints as a section, and as a part of the contents: what can be found. */
function group(tag, operations, context) {
  const sections = operations.map((operation) => section(operation, context));
  const node = el(
    "section",
    { id: slug(tag), class: "group", "aria-labelledby": `${slug(tag)}-title` },
    el("h2", { id: `${slug(tag)}-title` }, tag),
    ...sections,
  );
  const items = operations.map((operation) =>
    el(
      "li",
      {},
      el(
        "a",
        { href: `#${operation.id}`, title: operation.summary },
        el("span", { class: `method ${operation.method}` }, operation.method.toUpperCase()),
        el("span", { class: "path" }, operation.path),
      ),
    ),
  );
  const list = el(
    "div",
    { class: "contents-group" },
    el("h2", {}, el("a", { href: `#${slug(tag)}` }, tag)),
    el("ul", {}, ...items),
  );
  return sections.map((one, index) => ({
    section: one,
    item: items[index],
    group: node,
    list,
    text: one.textContent.toLowerCase(),
  }));
}

function showContents(links) {
  const wide = matchMedia("(min-width: 901px)");
  const table = el("details", { open: wide.matches }, el("summary", {}, "Contents"), ...links);
  wide.addEventListener("change", () => (table.open = wide.matches));
  table.addEventListener("click", (event) => event.target.closest("a") && !wide.matches && (table.open = false));
  byId("contents").replaceChildren(table);
}

/** Shows the document; returns its endpoints, to be found. */
function render(document) {
  const server = (document.servers?.[0]?.url || location.origin).replace(/\/$/, "");
  const context = { schemas: new Schemas(document), server, document };
  const entries = [...byTag(document)].flatMap(([tag, operations]) => group(tag, operations, context));
  main.replaceChildren(
    intro(document, server),
    el("p", { id: "nothing", class: "muted", hidden: true }, "Nothing found. Search for a path, a field or a word."),
    ...new Set(entries.map((entry) => entry.group)),
  );
  showContents([el("a", { href: "#start" }, "Start"), ...new Set(entries.map((entry) => entry.list))]);
  return entries;
}

async function begin() {
  let entries;
  try {
    const answer = await fetch("/openapi.json");
    if (!answer.ok) throw new Error(`the collector answered ${answer.status}`);
    entries = render(await answer.json());
  } catch (error) {
    const state = el(
      "p",
      { id: "state", role: "alert" },
      `The API's description could not be read: ${error.message}. See whether the collector runs. `,
      el("button", { type: "button", class: "strong", onclick: begin }, "Try again"),
    );
    main.replaceChildren(state);
    return;
  }
  finding(entries);
}

seeCurrent(document.querySelector("header nav"));
begin();
