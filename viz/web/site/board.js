// The leaderboard: a table per world with the intervals of `swarm score`, and how benches stand.

function showBoard(source, main, query) {
  const parts = [make("h1", {}, "Leaderboard"), benches(source), filterForm(source, "board", query)];
  const teams = new Set(chosenRuns(source.runs, query).map((run) => `${run.world} ${run.scenario} ${run.team}`));
  let shown = 0;
  for (const table of source.tables) {
    const rows = table.rows.filter((row) => teams.has(`${table.world} ${table.scenario} ${row.team}`)
      && (!query.get("validity") || (query.get("validity") === "valid") === row.valid)
      && (!query.get("model") || row.models.includes(query.get("model"))));
    if (!rows.length) continue;
    shown += 1;
    parts.push(make("h2", {}, table.scenario.replaceAll("_", " "), " ", make("small", {}, table.world)), boardTable(table, rows));
  }
  if (!shown) parts.push(make("p", { class: "faint" }, source.runs.length ? "No finished run matches." : "No run yet."));
  else parts.push(make("p", { class: "faint" }, source.interval));
  main.replaceChildren(...parts);
}

function boardTable(table, rows) {
  const numbers = rows.flatMap((row) => [row.mean, row.low, row.high]).filter((value) => value !== null);
  const scale = [Math.min(...numbers), Math.max(...numbers)];
  const interval = (low, high) => (low === null || high === null ? "–" : `${number(low)} to ${number(high)}`);
  const columns = [
    { title: "Rank", kind: "number", value: (row) => row.rank },
    { title: "Team", kind: "wide", value: (row) => row.label, cell: (row) =>
      link(row.label, "runs", { scenario: table.scenario, team: row.team, world: table.world }) },
    { title: "Models", value: (row) => row.models.join(", ") || null },
    { title: "Messages", value: (row) => row.channel },
    { title: "Mean", kind: "number", down: true, value: (row) => row.mean },
    { title: "95% interval", value: (row) => row.low, cell: (row) =>
      [intervalPicture(row.mean, row.low, row.high, scale), ` ${interval(row.low, row.high)}`] },
    { title: "Median", kind: "number", down: true, value: (row) => row.median },
    { title: "SD", kind: "number", value: (row) => row.sd },
    { title: "Seeds", kind: "number", value: (row) => row.n },
    { title: "Runs", kind: "number", value: (row) => row.runs },
    { title: `Against ${table.reference ?? "–"}`, says: "Mean difference, seed by seed, with its 95% interval",
      value: (row) => row.difference?.mean ?? null, cell: (row) => (row.difference
        ? `${number(row.difference.mean)} (${interval(row.difference.low, row.difference.high)})` : "–") },
    { title: "p", kind: "number", says: "Sign-flip test, corrected by Holm", value: (row) => row.difference?.p_adjusted ?? null },
    { title: "Failed", kind: "number", says: "Decisions without a usable answer", value: (row) => row.fallback_rate,
      cell: (row) => percent(row.fallback_rate) },
    { title: "Cost per run", kind: "number", value: (row) => row.per_run.cost, cell: (row) => dollars(row.per_run.cost) },
    { title: "s per decision", kind: "number", value: (row) => row.seconds_per_decision },
  ].filter((column) => ["Rank", "Team", "Mean", "95% interval"].includes(column.title)
    || rows.some((row) => (column.value(row) ?? null) !== null));
  return sortedTable(`board ${table.scenario} ${table.world}`, `${rows.length} teams`, columns, rows, {
    row: (row) => ({ class: row.valid ? null : "invalid", title: row.valid ? null : "The endpoint failed too many decisions." }),
  });
}

function benches(source) {
  return make("ul", { class: "benches" }, ...(source.state?.benches ?? []).map((bench) => make("li", {},
    `${bench.name}: ${bench.over} of ${bench.planned} runs `,
    make("progress", { value: bench.over, max: bench.planned || 1, "aria-label": `Runs of ${bench.name}` }),
    make("ul", {}, ...bench.playing.map((run) => make("li", {}, link(run.name, `run/${run.id}`), ` round ${run.rounds} of ${run.maxRounds} `,
      make("progress", { value: run.rounds, max: run.maxRounds || 1, "aria-label": `Rounds of ${run.name}` }))),
    bench.alsoPlaying ? make("li", {}, `and ${bench.alsoPlaying} more`) : null))));
}
