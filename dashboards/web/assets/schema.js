// Shows a JSON Schema as a list of fields, and makes an example of it.

import { el } from "./dom.js";

const DEEPEST = 8;
const UUID = "0193a5c0-7b1e-7c3a-9d52-1f0e8a6b4c21";

/** Words with `code` between backticks, as nodes. */
export function prose(text) {
  return text
    .split("`")
    .map((part, index) => (index % 2 ? el("code", {}, part) : part))
    .filter((part) => part !== "");
}

export class Schemas {
  #document;

  constructor(document) {
    this.#document = document;
  }

  /** The schema itself where a reference was given, with the reference's name. */
  resolve(schema) {
    let found = schema;
    let name = "";
    for (let step = 0; found?.$ref && step < DEEPEST; step += 1) {
      name = found.$ref.split("/").pop();
      const { $ref, ...beside } = found;
      const target = $ref
        .replace(/^#\//, "")
        .split("/")
        .reduce((node, key) => node?.[key.replaceAll("~1", "/").replaceAll("~0", "~")], this.#document);
      found = { ...target, ...beside };
    }
    return { schema: found || {}, name };
  }

  /** Its alternatives without null, and whether null is one of them. */
  #choices(schema) {
    const all = schema.anyOf || schema.oneOf || [];
    const rest = all.filter((one) => one.type !== "null");
    return { choices: rest, nullable: all.length > rest.length };
  }

  /** A type in words: "text", "list of Event", "integer or text". */
  type(given) {
    const { schema, name } = this.resolve(given);
    const { choices, nullable } = this.#choices(schema);
    const end = nullable ? ", or null" : "";
    if (choices.length) return [...new Set(choices.map((one) => this.type(one)))].join(" or ") + end;
    if (schema.allOf?.length === 1) return this.type(schema.allOf[0]);
    if (schema.const !== undefined) return JSON.stringify(schema.const);
    if (schema.prefixItems) return `[${schema.prefixItems.map((one) => this.type(one)).join(", ")}]`;
    if (schema.type === "array") return `list of ${schema.items ? this.type(schema.items) : "anything"}`;
    if (schema.type === "object" || schema.properties) {
      return name || schema.title || (typeof schema.additionalProperties === "object" ? "object by key" : "object");
    }
    const type = Array.isArray(schema.type) ? schema.type.join(" or ") : schema.type;
    return `${type || (schema.enum ? "one of" : "anything")}${schema.format ? ` (${schema.format})` : ""}`;
  }

  /** What else holds: bounds, patterns, allowed values, default. */
  rules(given) {
    const { schema } = this.resolve(given);
    const { choices } = this.#choices(schema);
    const found = choices.flatMap((one) => (this.#fieldsOf(one) ? [] : this.rules(one)));
    const add = (name, words) =>
      schema[name] !== undefined && schema[name] !== null && found.push(`${words} ${JSON.stringify(schema[name])}`);
    add("minimum", "at least");
    add("exclusiveMinimum", "above");
    add("maximum", "at most");
    add("exclusiveMaximum", "below");
    if (schema.minLength) add("minLength", "length at least");
    add("maxLength", "length at most");
    if (schema.type === "array" && !schema.prefixItems) {
      add("minItems", "items at least");
      add("maxItems", "items at most");
    }
    add("maxProperties", "keys at most");
    if (schema.pattern && !schema.pattern.includes("{12}")) found.push(`pattern ${schema.pattern}`);
    add("default", "default");
    return [...new Set(found)];
  }

  values(given) {
    const { schema } = this.resolve(given);
    return schema.enum || this.#choices(schema).choices.flatMap((one) => this.values(one));
  }

  /** The object schema whose fields are shown below a schema, if there is one. */
  #fieldsOf(given) {
    const { schema, name } = this.resolve(given);
    if (schema.properties) return { schema, name: name || schema.title || "object" };
    if (schema.items) return this.#fieldsOf(schema.items);
    for (const one of [...this.#choices(schema).choices, ...(schema.allOf || [])]) {
      const found = this.#fieldsOf(one);
      if (found) return found;
    }
    return typeof schema.additionalProperties === "object" ? this.#fieldsOf(schema.additionalProperties) : null;
  }

  /** The fields of a schema as a list; nested objects can be opened. */
  show(given, within = []) {
    const found = this.#fieldsOf(given);
    if (!found) return el("p", { class: "type" }, this.type(given));
    const { schema, name } = found;
    if (within.includes(name) || within.length > DEEPEST) return el("p", { class: "muted" }, `${name}, as above`);
    const required = new Set(schema.required || []);
    return el(
      "div",
      { class: "schema" },
      schema.description && el("p", { class: "muted" }, ...prose(schema.description)),
      el(
        "ul",
        {},
        ...Object.entries(schema.properties).map(([field, about]) =>
          this.#field(field, about, required.has(field), [...within, name]),
        ),
      ),
    );
  }

  #field(field, about, required, within) {
    const { schema } = this.resolve(about);
    const below = this.#fieldsOf(about);
    const rules = this.rules(about);
    const values = this.values(about);
    const described = about.description || (below ? "" : schema.description);
    return el(
      "li",
      {},
      el(
        "p",
        { class: "name" },
        el("code", {}, field),
        " ",
        el("span", { class: "type" }, this.type(about)),
        required && el("span", { class: "required" }, "required"),
      ),
      (described || rules.length > 0) &&
        el(
          "p",
          { class: "muted" },
          ...prose(described || ""),
          described && rules.length ? "; " : "",
          rules.join(", "),
        ),
      values.length > 0 &&
        el("p", { class: "values" }, ...values.flatMap((one) => [el("code", {}, String(one)), " "])),
      below && el("details", {}, el("summary", {}, `Fields of ${below.name}`), this.show(about, within)),
    );
  }

  /** A small value that fits: what is required, and the first that fits of the rest. */
  example(given, field = "", depth = 0) {
    const { schema } = this.resolve(given);
    if (schema.examples?.length) return schema.examples[0];
    if (schema.const !== undefined) return schema.const;
    if (schema.enum) return schema.enum[0];
    if (schema.default !== undefined && schema.default !== null) return schema.default;
    const { choices } = this.#choices(schema);
    if (choices.length) return this.example(choices[0], field, depth);
    if (schema.prefixItems) return schema.prefixItems.map((one) => this.example(one, field, depth + 1));
    if (schema.type === "array")
      return schema.items && depth < DEEPEST ? [this.example(schema.items, field, depth + 1)] : [];
    if (schema.properties) {
      const names = schema.required?.length ? schema.required : Object.keys(schema.properties).slice(0, 4);
      return Object.fromEntries(names.map((name) => [name, this.example(schema.properties[name], name, depth + 1)]));
    }
    if (schema.type === "integer" || schema.type === "number") {
      return /(^|_)(at|time)$/.test(field) ? Date.now() : Math.max(schema.minimum ?? 1, 1);
    }
    if (schema.type === "boolean") return true;
    if (schema.format === "date-time") return new Date().toISOString();
    if (schema.pattern?.includes("{12}")) return globalThis.crypto?.randomUUID?.() || UUID;
    return schema.type === "string" ? "text" : {};
  }
}
