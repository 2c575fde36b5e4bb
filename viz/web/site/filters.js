// The filters above the tables, kept in the address.

const VALIDITIES = ["valid", "invalid", "unfinished", "playing", "unreadable"];

function filterForm(source, page, query) {
  const set = (name, value) => {
    const next = Object.fromEntries(query);
    if (value) next[name] = value;
    else delete next[name];
    delete next.from;
    location.hash = address(page, next);
  };
  const distinct = (values) => [...new Set(values.flat().filter((value) => value !== undefined && value !== ""))].sort();
  const { runs } = source;
  const labels = new Map(runs.map((run) => [run.team, run.label ?? run.team]));
  const choices = [
    ["scenario", "Scenario", distinct(runs.map((run) => run.scenario ?? []))],
    ["team", "Team", distinct(runs.map((run) => run.team ?? []))],
    ["model", "Model", distinct(runs.map((run) => run.models ?? []))],
    ["validity", "Validity", VALIDITIES.filter((one) => runs.some((run) => validityOf(run) === one))],
    ["reason", "Failure", distinct(runs.map(reasonsOf))],
  ];
  const form = make("form", { class: "filters", role: "search", onsubmit: (event) => event.preventDefault() },
    ...choices.filter(([name, , values]) => values.length > 1 || query.get(name)).map(([name, title, values]) => {
      const known = values.includes(query.get(name)) || !query.get(name) ? values : [...values, query.get(name)];
      const select = make("select", { name, onchange: () => set(name, select.value) },
        make("option", { value: "" }, "all"),
        ...known.map((value) => make("option", { value }, name === "team" ? labels.get(value) ?? value : value)));
      select.value = query.get(name) ?? "";
      return make("label", {}, title, select);
    }));
  if (page === "runs") {
    const box = make("input", { type: "search", name: "name", value: query.get("name") ?? "", onchange: () => set("name", box.value.trim()) });
    form.append(make("label", {}, "Name contains", box));
  }
  if (query.get("world")) form.append(make("label", {}, "World", make("span", {}, query.get("world"))));
  if ([...query].length) form.append(make("a", { class: "button", href: address(page) }, "Clear"));
  return form;
}
