// One text: its label, how probable it is, and the examples that are nearest to it.
import { ask, at, complain, element, percent } from "./client.js";

const TOP = 3, NEAREST = 3;

async function classify() {
  const text = at("text").value;
  if (!text.trim()) return;
  try {
    const found = await ask("/v1/classify", { texts: [text], model: at("model").value, top: TOP, explain: NEAREST });
    at("answer").replaceChildren(...shown(found));
  } catch (error) {
    complain(error.message);
  }
}

function shown(found) {
  const [answer] = found.answers, parts = [];
  const best = element("p", answer.label || "no label", "best");
  if (answer.probability !== null) best.append(" ", element("small", percent(answer.probability)));
  parts.push(best);
  if (found.unlike_examples.length) parts.push(element("p", "This text is unlike the examples: its probability does not hold.", "notice"));
  parts.push(...found.warnings.map(sentence => element("p", sentence, "notice")));
  if (answer.top?.length) {
    const ranked = element("ul", undefined, "ranked");
    ranked.setAttribute("aria-label", "Most probable labels");
    for (const { label, probability } of answer.top) {
      const line = element("li"), meter = element("meter");
      meter.value = probability;
      meter.setAttribute("aria-hidden", "true");
      line.append(element("span", label), meter, element("span", percent(probability), "number"));
      ranked.append(line);
    }
    parts.push(ranked);
  }
  if (answer.nearest?.length) {
    const nearest = element("ul", undefined, "nearest");
    for (const { text, label, similarity, is_name } of answer.nearest) {
      const line = element("li", is_name ? `${text} (the label's name)` : text);
      line.append(element("br"), element("span", `${label}, similarity ${similarity.toFixed(2)}`, "hint"));
      nearest.append(line);
    }
    parts.push(element("h3", "Why: the nearest examples"), nearest);
  }
  return parts;
}

at("try").addEventListener("submit", event => { event.preventDefault(); classify(); });
at("text").addEventListener("keydown", event => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); classify(); }
});
