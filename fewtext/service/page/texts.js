// Files of texts in, files of labelled texts out.

// Rows of delimited text: a field in quotes may hold delimiters, line ends and, doubled, quotes.
export function rows(content, delimiter) {
  const found = [];
  let row = [], field = "", quoted = false;
  const end = () => { row.push(field); field = ""; };
  const endRow = () => { end(); if (row.length > 1 || row[0] !== "") found.push(row); row = []; };
  for (let i = 0; i < content.length; i++) {
    const sign = content[i];
    if (quoted) {
      if (sign !== '"') field += sign;
      else if (content[i + 1] === '"') { field += '"'; i++; }
      else quoted = false;
    } else if (sign === '"' && field === "") quoted = true;
    else if (sign === delimiter) end();
    else if (sign === "\n" || sign === "\r") { if (sign === "\r" && content[i + 1] === "\n") i++; endRow(); }
    else field += sign;
  }
  if (quoted) throw new Error("The file ends within a quoted field.");
  if (field !== "" || row.length) endRow();
  return found;
}

// The texts of a file: its lines, or its column "text"; of a table with one column, that one.
export function textsOf(name, content) {
  content = content.replace(/^\ufeff/, "");
  const kind = name.toLowerCase().split(".").pop();
  if (kind === "jsonl") {
    return content.split("\n").filter(line => line.trim()).map((line, i) => {
      let row;
      try { row = JSON.parse(line); } catch { row = undefined; }
      const text = typeof row === "string" ? row : row?.text;
      if (typeof text !== "string") throw new Error(`Line ${i + 1} of ${name} has no field "text".`);
      return text;
    });
  }
  if (kind !== "csv" && kind !== "tsv") return lines(content);
  const [head, ...rest] = rows(content, kind === "tsv" ? "\t" : ",");
  const place = head?.length === 1 ? 0 : head?.indexOf("text") ?? -1;
  if (place < 0) throw new Error(`${name} has no column "text"; its columns are ${head?.join(", ") ?? "none"}.`);
  return rest.map(row => row[place] ?? "");
}

export const lines = content => content.split(/\r?\n/).filter(line => line.trim());

const cell = value => /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;

// One label a text makes a csv, several make JSON lines, where no sign within a label can be mistaken.
export function fileOf(examples, several) {
  if (several) return { name: "labelled.jsonl", content: examples.map(one => JSON.stringify(one) + "\n").join("") };
  const body = examples.map(({ text, label }) => `${cell(text)},${cell(label)}\n`).join("");
  return { name: "labelled.csv", content: `text,label\n${body}` };
}
