// The OpenAPI description as a page: each route with its fields, its statuses and the form of its answer.
const element = (name, text) => {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  return made;
};

const kind = schema => {
  if (schema.anyOf) return schema.anyOf.map(kind).join(" or ");
  if (schema.type === "array") return `list of ${kind(schema.items)}`;
  return [schema.type].flat().join(" or ");
};

function example(schema) {
  if (schema.anyOf) return example(schema.anyOf[0]);
  if (schema.type === "array") return [example(schema.items)];
  if (schema.type === "object") return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, own]) => [name, example(own)]));
  return { string: "…", integer: 1, boolean: false }[schema.type] ?? 0.5;
}

function bounds(schema) {
  const own = schema.anyOf?.[0] ?? schema;
  const said = { minimum: "at least", exclusiveMinimum: "above", maximum: "at most", exclusiveMaximum: "below" };
  return Object.entries(said).filter(([name]) => name in own).map(([name, word]) => `${word} ${own[name]}`).join(", ");
}

function fields(schema) {
  const list = element("dl");
  for (const [name, own] of Object.entries(schema.properties)) {
    const head = element("dt");
    head.append(element("code", name), ` ${[kind(own), bounds(own)].filter(Boolean).join(", ")}${schema.required?.includes(name) ? ", required" : ""}`);
    list.append(head, element("dd", own.description ?? ""));
  }
  return list;
}

function route(path, method, own) {
  const part = element("section");
  const head = element("h2");
  head.append(element("code", `${method.toUpperCase()} ${path}`));
  part.append(head, element("p", own.description));
  const body = own.requestBody?.content["application/json"].schema;
  if (body) part.append(element("h3", "Fields"), fields(body));
  const answer = own.responses["200"]?.content?.["application/json"]?.schema;
  if (answer?.properties) part.append(element("h3", "Answer"), element("pre", JSON.stringify(example(answer), null, 2)));
  const refusals = Object.entries(own.responses).filter(([status]) => status !== "200");
  if (refusals.length) {
    const list = element("ul");
    list.append(...refusals.map(([status, { description }]) => element("li", `${status}: ${description}`)));
    part.append(element("h3", "Otherwise, with a sentence in error"), list);
  }
  return part;
}

const { paths } = await (await fetch("/openapi.json")).json();
document.getElementById("routes").replaceChildren(
  ...Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, own]) => route(path, method, own))),
);
