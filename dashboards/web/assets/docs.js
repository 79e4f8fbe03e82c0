// The API reference, made from /openapi.json.

import { byId, copyButton, el } from "./dom.js";
import { prose, Schemas } from "./schema.js";

const METHODS = ["get", "post", "put", "patch", "delete"];
const main = byId("reference");
const contents = byId("contents");
let entries = [];

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

/** Who may call: what each alternative of `security` asks for. */
function access(operation, document) {
  const ways = operation.security ?? document.security ?? [];
  const known = document.components?.securitySchemes || {};
  return ways.flatMap((way) =>
    Object.entries(way).map(([name, scopes]) => ({ name, scopes, scheme: known[name] || {} })),
  );
}

function whoMayCall(ways) {
  if (!ways.length) return ["Anyone. No key is asked for."];
  const sentences = ways.map(({ scopes, scheme }) => {
    const scope = scopes.length ? ` with the scope \`${scopes.join("`, `")}\`` : "";
    if (scheme.type === "http")
      return `An API key${scope}, as \`Authorization: Bearer <key>\`; or a browser that signed in with one.`;
    if (scheme.type === "apiKey" && scheme.in === "query")
      return `Whoever has a site's write key, in the query as \`${scheme.name}\`. It is public: it stands in the site's pages.`;
    return `A key${scope}${scheme.name ? ` in ${scheme.in} \`${scheme.name}\`` : ""}.`;
  });
  return sentences.flatMap((sentence, index) => (index ? [" Or: ", ...prose(sentence)] : prose(sentence)));
}

function parametersTable(parameters, schemas) {
  const row = (parameter) => {
    const schema = parameter.schema || {};
    const notes = [parameter.description, ...schemas.rules(schema)].filter(Boolean).join("; ");
    return el(
      "tr",
      {},
      el(
        "th",
        { scope: "row" },
        el("code", {}, parameter.name),
        parameter.required && el("span", { class: "required" }, "required"),
        parameter.in !== "query" && el("small", {}, `in ${parameter.in}`),
      ),
      el("td", { class: "type" }, schemas.type(schema).replace(", or null", "")),
      el("td", {}, ...prose(notes)),
    );
  };
  return el(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": "Parameters" },
    el(
      "table",
      {},
      el("thead", {}, el("tr", {}, ...["Name", "Type", "Meaning"].map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, ...parameters.map(row)),
    ),
  );
}

function body(content, schemas, open) {
  const types = Object.keys(content);
  const schema = content[types[0]].schema || {};
  return el(
    "details",
    { open },
    el(
      "summary",
      {},
      el("span", { class: "type" }, schemas.type(schema)),
      el("span", { class: "muted" }, types.join(" or ")),
    ),
    schemas.show(schema),
  );
}

function responses(operation, schemas) {
  return Object.entries(operation.responses || {}).map(([status, answer]) =>
    el(
      "li",
      { class: `status-${status[0]}` },
      el("p", {}, el("span", { class: "status" }, status), " ", ...prose(answer.description || "")),
      answer.content && body(answer.content, schemas, false),
    ),
  );
}

function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function curl(operation, ways, server, schemas) {
  let path = operation.path;
  const query = [];
  for (const parameter of operation.parameters) {
    const example = String(parameter.example ?? schemas.example(parameter.schema || {}, parameter.name));
    if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, `$${parameter.name.toUpperCase()}`);
    else if (parameter.in === "query" && parameter.required)
      query.push(`${parameter.name}=${encodeURIComponent(example)}`);
  }
  const lines = [];
  const way = ways[0];
  if (way?.scheme.type === "http") lines.push('-H "Authorization: Bearer $API_KEY"');
  if (way?.scheme.type === "apiKey" && way.scheme.in === "query") query.push(`${way.scheme.name}=$WRITE_KEY`);
  const content = operation.requestBody?.content;
  if (content) {
    const type = Object.keys(content)[0];
    const bytes = content[type].schema?.format === "binary";
    lines.push(`-H 'Content-Type: ${type}'`);
    if (bytes) lines.push("--data-binary @FILE");
    else lines.push(`-d ${quoted(JSON.stringify(schemas.example(content[type].schema || {}), null, 2))}`);
  }
  const streams = Object.values(operation.responses || {}).some((answer) => answer.content?.["text/event-stream"]);
  const method =
    operation.method === "get" || (operation.method === "post" && content)
      ? ""
      : ` -X ${operation.method.toUpperCase()}`;
  const address = `${server}${path}${query.length ? `?${query.join("&")}` : ""}`;
  return [`curl${streams ? " -N" : ""}${method} "${address}"`, ...lines].join(" \\\n  ");
}

function section(operation, context) {
  const { schemas, server, document } = context;
  const ways = access(operation, document);
  const parameters = [...operation.parameters];
  for (const { scheme } of ways) {
    if (scheme.type === "apiKey" && !parameters.some((one) => one.name === scheme.name)) {
      parameters.unshift({
        name: scheme.name,
        in: scheme.in,
        required: true,
        schema: { type: "string" },
        description: "the site's write key",
      });
    }
  }
  const command = curl(operation, ways, server, schemas);
  return el(
    "section",
    {
      id: operation.id,
      class: "operation",
      "aria-labelledby": `${operation.id}-title`,
      "data-method": operation.method,
      "data-path": operation.path,
    },
    el(
      "h3",
      { id: `${operation.id}-title` },
      operation.summary || `${operation.method} ${operation.path}`,
      el("a", { class: "anchor", href: `#${operation.id}`, "aria-label": "Link to this endpoint" }, "#"),
    ),
    el(
      "p",
      { class: "line" },
      el("span", { class: `method ${operation.method}` }, operation.method.toUpperCase()),
      el("code", { class: "path" }, operation.path),
    ),
    operation.description && el("p", {}, ...prose(operation.description)),
    el("p", { class: "access" }, el("b", {}, "Who may call: "), ...whoMayCall(ways)),
    el(
      "div",
      { class: "command" },
      el("pre", { class: "code", tabindex: "0", "aria-label": "Example with curl" }, el("code", {}, command)),
      copyButton(command),
    ),
    parameters.length > 0 && el("h4", {}, "Parameters"),
    parameters.length > 0 && parametersTable(parameters, schemas),
    operation.requestBody && el("h4", {}, "Body"),
    operation.requestBody && body(operation.requestBody.content, schemas, false),
    el("h4", {}, "Answers"),
    el("ul", { class: "answers" }, ...responses(operation, schemas)),
  );
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

function render(document) {
  const schemas = new Schemas(document);
  const server = (document.servers?.[0]?.url || location.origin).replace(/\/$/, "");
  const context = { schemas, server, document };
  const groups = byTag(document);
  const parts = [];
  const links = [el("a", { href: "#start" }, "Start")];
  entries = [];
  for (const [tag, operations] of groups) {
    const sections = operations.map((operation) => section(operation, context));
    const group = el(
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
    operations.forEach((operation, index) =>
      entries.push({
        section: sections[index],
        item: items[index],
        group,
        list,
        text: sections[index].textContent.toLowerCase(),
      }),
    );
    parts.push(group);
    links.push(list);
  }
  main.replaceChildren(
    intro(document, server),
    el("p", { id: "nothing", class: "muted", hidden: true }, "Nothing found. Search for a path, a field or a word."),
    ...parts,
  );
  const wide = matchMedia("(min-width: 901px)");
  const table = el("details", { open: wide.matches }, el("summary", {}, "Contents"), ...links);
  wide.addEventListener("change", () => (table.open = wide.matches));
  table.addEventListener("click", (event) => event.target.closest("a") && !wide.matches && (table.open = false));
  contents.replaceChildren(table);
}

// --- search, contents, anchors

function search(text) {
  const words = text.toLowerCase().trim().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const entry of entries) {
    entry.hit = words.every((word) => entry.text.includes(word));
    count += entry.hit;
    entry.section.hidden = entry.item.hidden = !entry.hit;
  }
  for (const { group, list } of entries) {
    group.hidden = list.hidden = !entries.some((entry) => entry.group === group && entry.hit);
  }
  byId("start").hidden = words.length > 0;
  byId("nothing").hidden = count > 0;
  byId("found").textContent = words.length ? `${count} of ${entries.length} endpoints` : "";
}

function follow() {
  const seen = new Set();
  const observer = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes) isIntersecting ? seen.add(target) : seen.delete(target);
      const current = entries.find((entry) => seen.has(entry.section));
      if (!current) return;
      for (const { item } of entries) item.firstChild.toggleAttribute("data-current", item === current.item);
    },
    { rootMargin: "-90px 0px -60% 0px" },
  );
  for (const entry of entries) observer.observe(entry.section);
}

function jump() {
  const place = location.hash && byId(decodeURIComponent(location.hash.slice(1)));
  if (place && main.contains(place)) place.scrollIntoView();
}

byId("find").addEventListener("input", (event) => search(event.target.value));
addEventListener("keydown", (event) => {
  const find = byId("find");
  if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.target.closest("input, textarea, select")) {
    event.preventDefault();
    find.focus();
  }
  if (event.key === "Escape" && event.target === find) {
    find.value = "";
    search("");
  }
});

async function begin() {
  try {
    const answer = await fetch("/openapi.json");
    if (!answer.ok) throw new Error(`the collector answered ${answer.status}`);
    render(await answer.json());
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
  follow();
  jump();
}

begin();
