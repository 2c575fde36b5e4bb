// All runs that match the filters; two of them can be shown side by side.

const compared2 = new Set(); // ids of the runs that are chosen for it, at most two

function showRuns(source, main, query) {
  const rows = chosenRuns(source.runs, query);
  const go = make("a", { class: "button", id: "compare" });
  const choose = () => {
    const ids = [...compared2];
    go.setAttribute("aria-disabled", String(ids.length !== 2));
    go.textContent = ids.length === 2 ? "Show side by side" : `Side by side: choose ${2 - ids.length} more`;
    if (ids.length === 2) go.href = address(`compare/${ids[0]}/${ids[1]}`);
    else go.removeAttribute("href");
  };
  const box = (run) => {
    const one = make("input", { type: "checkbox", "aria-label": `Compare ${run.name}`, onchange: () => {
      if (one.checked && compared2.size > 1) {
        const oldest = compared2.values().next().value;
        compared2.delete(oldest);
        for (const other of main.querySelectorAll(`input[data-run="${oldest}"]`)) other.checked = false;
      }
      compared2[one.checked ? "add" : "delete"](run.id);
      choose();
    }, "data-run": run.id });
    one.checked = compared2.has(run.id);
    return one;
  };
  choose();
  const failures = (run) => Object.entries(run.failures ?? {}).map(([reason, count]) => `${reason} ${count}`).join(", ") || null;
  const columns = [
    { title: "Run", kind: "wide", value: (run) => run.name, cell: (run) => [box(run), " ", link(run.name, `run/${run.id}`)] },
    { title: "Scenario", value: (run) => run.scenario ?? null },
    { title: "Team", kind: "wide", value: (run) => run.label ?? null },
    { title: "Models", value: (run) => run.models?.join(", ") || null },
    { title: "Seed", kind: "number", value: (run) => run.seed ?? null },
    { title: "Score", kind: "number", down: true, value: (run) => run.score ?? null },
    { title: "Rounds", kind: "number", value: (run) => run.rounds ?? null, cell: (run) => (run.maxRounds ? `${run.rounds} / ${run.maxRounds}` : "–") },
    { title: "State", value: validityOf, cell: (run) => make("span", { title: run.why || null, class: run.valid ? null : "warn" }, validityOf(run)) },
    { title: "Failures", value: failures },
    { title: "Failed", kind: "number", down: true, value: (run) => run.fallbackRate ?? null, cell: (run) => percent(run.fallbackRate) },
    { title: "Tokens", kind: "number", down: true, value: (run) => run.tokens ?? null },
    { title: "Cost", kind: "number", down: true, value: (run) => run.cost ?? null, cell: (run) => dollars(run.cost) },
    { title: "World", value: (run) => run.world ?? null },
  ].filter((column, i) => i === 0 || column.title === "State" || rows.some((run) => column.value(run) !== null));
  main.replaceChildren(make("h1", {}, "Runs"), filterForm(source, "runs", query),
    make("p", { class: "more" }, go, make("span", { class: "faint" }, `${rows.length} of ${source.runs.length} runs`)),
    sortedTable("runs", `${rows.length} runs`, columns, rows, { row: (run) => ({ class: run.valid ? null : "invalid" }) }));
}
