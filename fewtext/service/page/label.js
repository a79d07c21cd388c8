// Labelling: the service chooses what to label next, a key confirms or corrects, and every label is learned at once.
import { ask, at, complain, element, expected, model, percent, ready } from "./client.js";
import { fileOf, lines, textsOf } from "./texts.js";

const AHEAD = 10, DIGITS = 9, MOST = 1000;
let pool = [], examples = [], skipped = new Set(), queue = [], current = null, chosen = new Set();
let learning = false, again = false, saved = true, curve = [];

const several = () => model()?.multi_label ?? false;
const left = () => {
  const gone = new Set([...examples.map(one => one.text), ...skipped]);
  return pool.filter(text => !gone.has(text));
};

async function start() {
  await ready;
  const [file] = at("file").files;
  try {
    const given = file ? textsOf(file.name, await file.text()) : lines(at("pool").value);
    pool = [...new Set(given.filter(text => text.trim()))];
    if (!pool.length) throw new Error("There are no texts to label: paste some, or choose a file.");
    const most = pool.length > MOST ? ` (the first ${MOST.toLocaleString("en")} of ${pool.length.toLocaleString("en")} texts)` : "";
    pool = pool.slice(0, MOST);
    [examples, skipped, queue, current, curve] = [[], new Set(), [], null, []];
    at("labelling").hidden = false;
    at("progress").textContent = `choosing${most} …`;
    await learn();
    at("card").focus();
  } catch (error) {
    complain(error.message);
  }
}

// Ask for what is best to label now; what was labelled meanwhile is asked for right after.
async function learn() {
  if (learning) { again = true; return; }
  learning = true;
  try {
    do {
      again = false;
      const found = await ask("/v1/label/next", { texts: left(), examples, model: at("model").value, count: AHEAD });
      queue = found.suggestions;
      at("known").replaceChildren(...found.labels.map(label => new Option(label)));
      if (found.expected) curve.push(found.expected.value);
      report(found);
      if (!current) next();
    } while (again);
  } catch (error) {
    complain(error.message);
  } finally {
    learning = false;
  }
}

function report(found) {
  const messages = found.messages.length ? `; ${found.messages.join("; ")}` : "";
  at("progress").textContent = `${examples.length} labelled, ${left().length} left; ${expected(found.expected)}${messages}`;
  at("curve").toggleAttribute("hidden", curve.length < 2);
  const low = Math.min(...curve), span = Math.max(...curve) - low || 1, step = 300 / Math.max(1, curve.length - 1);
  at("curve").firstElementChild.setAttribute("points", curve.map((value, i) => `${(i * step).toFixed(1)},${(55 - 50 * (value - low) / span).toFixed(1)}`).join(" "));
}

function next() {
  const waiting = new Set(left());
  current = queue.find(one => waiting.has(one.text)) ?? null;
  chosen = new Set(current && several() ? current.labels : current ? [current.label] : []);
  draw();
}

function draw() {
  at("card-text").textContent = current ? current.text : waitingText();
  at("card-hint").textContent = current ? `Likely ${current.label || "none of the labels"}, ${percent(current.probability)}. ${several() ? "Keys 1 to 9 choose labels, Enter confirms them." : "Enter confirms, 1 to 9 choose another."}` : "";
  const ranked = current ? current.top.slice(0, DIGITS) : [];
  at("choices").replaceChildren(...ranked.map(({ label, probability }, i) => {
    const button = element("button");
    button.type = "button";
    button.setAttribute("aria-pressed", chosen.has(label));
    button.append(element("kbd", i + 1), element("span", label), element("small", percent(probability)));
    button.addEventListener("click", () => choose(label));
    return button;
  }));
  for (const id of ["confirm", "skip"]) at(id).disabled = !current;
  at("undo").disabled = at("export").disabled = !examples.length;
  at("done").replaceChildren(...examples.toReversed().map(({ text, label }) => {
    const line = element("li");
    line.append(element("b", Array.isArray(label) ? label.join(", ") || "no label" : label), ` ${text}`);
    return line;
  }));
}

const waitingText = () => left().length ? "Choosing the next text …" : "All texts are labelled or skipped.";

function choose(label) {
  if (!current) return;
  if (!several()) { give(label); return; }
  if (!chosen.delete(label)) chosen.add(label);
  if (!current.top.some(one => one.label === label)) current.top.unshift({ label, probability: 0 });
  draw();
}

function give(label) {
  examples.push({ text: current.text, label });
  saved = false;
  next();
  learn();
}

function confirm() {
  if (!current) return;
  if (several()) give([...chosen]);
  else if (current.label) give(current.label);
}

function skip() {
  if (!current) return;
  skipped.add(current.text);
  next();
  if (!current) learn();
}

function undo() {
  const last = examples.pop();
  if (!last) return;
  queue = queue.filter(one => one.text !== last.text);
  current = null;
  draw();
  learn();
}

function save() {
  if (!examples.length) return;
  const { name, content } = fileOf(examples, several()), link = element("a");
  link.href = URL.createObjectURL(new Blob([content], { type: "text/plain" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  saved = true;
}

at("pool-form").addEventListener("submit", event => { event.preventDefault(); start(); });
at("other-form").addEventListener("submit", event => {
  event.preventDefault();
  const label = at("other").value.trim();
  at("other").value = "";
  if (label) choose(label);
  at("card").focus();
});
const ACTS = { s: skip, u: undo, e: save };
for (const [id, act] of Object.entries({ confirm, skip, undo, export: save })) at(id).addEventListener("click", act);
document.addEventListener("keydown", event => {
  const elsewhere = event.target.closest("input, textarea, select, a") || event.ctrlKey || event.metaKey || event.altKey;
  if (at("labelling").hidden || elsewhere || event.isComposing || event.repeat) return;
  const act = ACTS[event.key], rank = Number(event.key) - 1;
  if (event.key === "Enter") { if (event.target.closest("button")) return; confirm(); }
  else if (act) act();
  else if (current?.top[rank]) choose(current.top[rank].label);
  else return;
  event.preventDefault();
});
window.addEventListener("beforeunload", event => { if (!saved) event.preventDefault(); });
