// A table body that follows a list: rows stay the same elements while their items do, so that a selection, the focus and
// what was unfolded outlive a change. Text only ever goes in as text.

/**
 * `cellsOf(item)` gives one cell for each column: a text, or an object that `show` below understands.
 * `keyOf(item)` tells one item from another.
 */
export function liveTable(body, keyOf, cellsOf) {
  const rows = new Map();
  return (items) => {
    const left = new Set(rows.keys());
    let before = null;
    for (const item of items) {
      const key = keyOf(item);
      left.delete(key);
      const row = rows.get(key) ?? { element: document.createElement("tr"), shown: [] };
      rows.set(key, row);
      update(row, cellsOf(item));
      const place = before === null ? body.firstChild : before.nextSibling;
      if (row.element !== place) body.insertBefore(row.element, place);
      before = row.element;
    }
    for (const key of left) {
      rows.get(key).element.remove();
      rows.delete(key);
    }
  };
}

function update({ element, shown }, cells) {
  for (const [index, cell] of cells.entries()) {
    const text = JSON.stringify(cell);
    if (shown[index] === text) continue;
    shown[index] = text;
    const td = element.cells[index] ?? element.insertCell();
    td.replaceChildren(...[cell].flat().map(show));
  }
}

function show(part) {
  if (typeof part === "string") return part;
  if (part.href !== undefined) return made("a", { href: part.href, target: "_blank", rel: "noreferrer" }, part.text);
  if (part.tone !== undefined) return made("span", { className: `state ${part.tone}` }, part.text);
  if (part.small !== undefined) return made("div", { className: "small" }, part.small);
  if (part.note !== undefined) return note(part.note);
  // A time that goes on: shown by `tick`.
  const time = made("time", {
    dateTime: new Date(part.fromMs).toISOString(),
    title: new Date(part.fromMs).toLocaleString(),
  });
  time.dataset.kind = part.age ? "age" : "duration";
  time.dataset.from = part.fromMs;
  if (part.toMs != null) time.dataset.to = part.toMs;
  return ticked(time);
}

/** Long texts unfold, below their first line. */
function note(text) {
  const [first, ...rest] = text.split("\n");
  const fits = first.length <= 120;
  if (rest.length === 0 && fits) return made("div", { className: "small" }, first);
  const details = made("details", { className: "small" });
  details.append(
    made("summary", {}, fits ? first : `${first.slice(0, 100)}…`),
    made("pre", {}, fits ? rest.join("\n") : text),
  );
  return details;
}

function made(tag, properties, text = "") {
  const element = Object.assign(document.createElement(tag), properties);
  element.textContent = text;
  return element;
}

/** Brings every time on the page up to now. */
export function tick() {
  for (const time of document.querySelectorAll("time")) ticked(time);
}

function ticked(time) {
  const { kind, from, to } = time.dataset;
  const span = Math.max(0, Number(to ?? Date.now()) - Number(from));
  const text = kind === "age" ? `${inWords(span)} ago` : to === undefined ? inWords(span) : exactly(span);
  if (time.textContent !== text) time.textContent = text;
  return time;
}

const exactly = (ms) => (ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : inWords(ms));

function inWords(ms) {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}
