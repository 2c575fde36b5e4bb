// A table that is sorted by the heading that is clicked, shown in pages.

const ROWS = 100; // rows of a page
const sorted = new Map(); // how each table was sorted last, by its name

// `columns` are {title, value(row), cell(row, scale) or none, kind: "number", "wide" or none, down}.
function sortedTable(name, caption, columns, rows, more = {}) {
  const state = sorted.get(name) ?? { column: more.column ?? 0, down: columns[more.column ?? 0].down ?? false, from: 0 };
  sorted.set(name, state);
  const body = make("tbody", {}), pager = make("div", { class: "more" }), heads = columns.map(head);
  const table = make("table", {}, make("caption", {}, caption), make("thead", {}, make("tr", {}, ...heads)), body);

  function head(column, i) {
    const order = i === state.column ? (state.down ? "descending" : "ascending") : "none";
    return make("th", { scope: "col", class: column.kind === "number" ? "number" : null, "aria-sort": order }, make("button", {
      type: "button", title: column.says ?? `Sort by ${column.title}`, onclick: () => {
        Object.assign(state, { column: i, down: state.column === i ? !state.down : Boolean(column.down), from: 0 });
        fill();
      } }, column.title));
  }

  function fill() {
    const column = columns[state.column] ?? columns[0], way = state.down ? -1 : 1;
    heads.forEach((one, i) => one.setAttribute("aria-sort",
      i === state.column ? (state.down ? "descending" : "ascending") : "none"));
    const order = rows.map((row, i) => [column.value(row), i, row]);
    order.sort(([one, i], [other, j]) => compared(one, other, way) || i - j);
    if (state.from >= rows.length) state.from = 0;
    const shown = order.slice(state.from, state.from + ROWS).map(([, , row]) => row);
    body.replaceChildren(...shown.map((row) => make("tr", more.row?.(row) ?? {}, ...columns.map((one) => {
      const content = one.cell ? one.cell(row) : one.value(row);
      return make("td", { class: one.kind ?? null }, ...(Array.isArray(content) ? content
        : [content instanceof Node ? content : one.kind === "number" && typeof content === "number" ? number(content) : String(content ?? "–")]));
    }))));
    const last = Math.min(rows.length, state.from + ROWS);
    const turn = (label, from, possible) => make("button", { type: "button", class: "button", disabled: !possible,
      onclick: () => { state.from = from; fill(); } }, label);
    pager.hidden = rows.length <= ROWS;
    pager.replaceChildren(turn("Previous", Math.max(0, state.from - ROWS), state.from > 0),
      `${state.from + 1} to ${last} of ${rows.length}`, turn("Next", state.from + ROWS, last < rows.length));
  }

  fill();
  return make("div", {}, make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption }, table), pager);
}

// Numbers before texts, what is unknown last, whichever the way.
function compared(one, other, way) {
  const [none, neither] = [one, other].map((value) => value === null || value === undefined);
  if (none || neither) return none - neither;
  if (typeof one === "number" && typeof other === "number") return way * (one - other);
  return way * String(one).localeCompare(String(other), undefined, { numeric: true });
}
