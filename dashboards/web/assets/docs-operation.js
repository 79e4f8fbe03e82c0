// One endpoint: who may call it, with what, how from a shell, and what it answers.

import { copyButton, el } from "./dom.js";
import { curl } from "./docs-curl.js";
import { prose } from "./schema.js";

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

/** The section of an operation; `context` is `{schemas, server, document}`. */
export function section(operation, context) {
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
