// An endpoint's example for a shell.

function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The command; `ways` are who may call, `server` is the collector's address. */
export function curl(operation, ways, server, schemas) {
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
