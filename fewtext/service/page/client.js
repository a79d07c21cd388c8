// What both halves of the page share: requests to the service, the chosen model, and how a number is shown.
export const at = id => document.getElementById(id);
let key = "";
let models = [];

export const percent = share => share > 0.9995 ? ">99.9 %" : `${(100 * share).toFixed(1)} %`;
export const element = (name, text, className) => {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
};
export const complain = sentence => { at("error").textContent = sentence; };
export const model = () => models.find(one => one.name === at("model").value);

export async function ask(path, body) {
  const headers = { ...(body && { "Content-Type": "application/json" }), ...(key && { Authorization: `Bearer ${key}` }) };
  let response;
  try {
    response = await fetch(path, body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers });
  } catch {
    throw new Error("The service cannot be reached.");
  }
  if (response.status === 401) at("key-form").hidden = false;
  const content = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(content.error ?? `The service answered with status ${response.status}.`);
  complain("");
  return content;
}

export function expected(found) {
  if (!found) return "no accuracy can be expected yet: there are too few examples";
  const within = found.interval ? ` [${found.interval.map(end => (100 * end).toFixed(0)).join(", ")}]` : "";
  return `expected ${found.measure} ${percent(found.value)}${within}, on ${found.examples} examples held out`;
}

function describe() {
  const own = model();
  at("about").textContent = own ? `${own.labels.length} labels, ${own.examples} examples; ${expected(own.expected)}` : "";
}

async function load() {
  try {
    models = (await ask("/v1/models")).models;
  } catch (error) {
    complain(error.message);
    return;
  }
  at("model").replaceChildren(...models.map(one => element("option", one.name)));
  at("key-form").hidden = true;
  describe();
}

at("model").addEventListener("change", describe);
at("key-form").addEventListener("submit", event => {
  event.preventDefault();
  key = at("key").value.trim();
  load();
});
export const ready = load();
