// The page of a run with its player and decisions, and two runs side by side.

function playerFrame(run, query = {}) {
  const hash = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== null)).toString();
  return make("iframe", { src: `runs/${run.id}.html${hash ? `#${hash}` : ""}`, title: `Player of ${run.name}` });
}

// The player in a frame once it plays; null if the run cannot be shown.
function whenReady(frame) {
  return new Promise((done) => {
    const look = () => {
      const inner = frame.contentDocument;
      if (!frame.isConnected) done(null);
      else if (inner?.body?.dataset.ready) done(frame.contentWindow.swarm);
      else if (inner?.getElementById("failure")?.textContent) done(null);
      else setTimeout(look, 60);
    };
    look();
  });
}

function factsOf(run) {
  const failures = Object.entries(run.failures ?? {}).map(([reason, count]) => `${reason} ${count}`).join(", ");
  const facts = { scenario: run.scenario, team: run.label, models: run.models?.join(", "), messages: run.channel, seed: run.seed,
    score: run.score === null || run.score === undefined ? null : number(run.score), rounds: run.maxRounds ? `${run.rounds} / ${run.maxRounds}` : null,
    state: validityOf(run), why: run.why, failures, cost: run.cost === null || run.cost === undefined ? null : dollars(run.cost), world: run.world };
  return make("dl", { class: "facts" }, ...Object.entries(facts).filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, String(value)))));
}

function showRun(source, main, query, [, id]) {
  const run = source.byId?.get(id);
  if (!run) { main.replaceChildren(make("p", {}, "There is no such run (any more).")); return; }
  const frame = playerFrame(run, { round: query.get("round"), agent: query.get("agent") });
  const list = make("details", {}, make("summary", {}, "Decisions of language models"));
  list.hidden = true;
  main.classList.add("full");
  main.replaceChildren(make("h1", {}, run.name), factsOf(run), list, make("div", { class: "players" }, make("div", { class: "player" }, frame)));
  whenReady(frame).then((inner) => inner && showDecisions(inner, list));
}

// Each decision of a model: choosing one shows its prompt, answer and reasoning in the player.
function showDecisions(inner, list) {
  const rows = [...inner.playback.thoughts.values()].map((row) => ({
    agent: row[0], round: row[1], model: row[2], answer: row[4], tokens: row[5] === null ? null : row[5] + (row[6] ?? 0),
    cost: row[7], seconds: row[8], failed: row[9],
  }));
  if (!rows.length) return;
  const open = (row) => { inner.player.seek(row.round, true); inner.player.select(row.agent); };
  const failed = rows.filter((row) => row.failed).length;
  list.hidden = false;
  list.querySelector("summary").textContent = `${rows.length} decisions of language models${failed ? `, ${failed} without a usable answer` : ""}`;
  list.append(make("div", { class: "decisions" }, sortedTable("decisions", "Choose one to see its prompt, answer and reasoning", [
    { title: "Round", kind: "number", value: (row) => row.round, cell: (row) => make("button", { type: "button", class: "button", onclick: () => open(row) }, `round ${row.round}`) },
    { title: "Agent", kind: "number", value: (row) => row.agent },
    { title: "Failure", value: (row) => row.failed || null },
    { title: "Model", value: (row) => row.model },
    { title: "Tokens", kind: "number", down: true, value: (row) => row.tokens },
    { title: "Cost", kind: "number", down: true, value: (row) => row.cost, cell: (row) => dollars(row.cost) },
    { title: "Seconds", kind: "number", down: true, value: (row) => row.seconds },
    { title: "Answer", kind: "wide", value: (row) => row.answer, cell: (row) => row.answer.slice(0, 160) },
  ], rows)));
}

// Two runs in step: one slider and one button for both; the shorter one says when it is over.
function showCompared(source, main, query, [, ...ids]) {
  const runs = ids.slice(0, 2).map((id) => source.byId?.get(id));
  if (runs.length < 2 || runs.some((run) => !run)) { main.replaceChildren(make("p", {}, "There is no such run (any more).")); return; }
  const frames = runs.map((run) => playerFrame(run));
  const marks = runs.map(() => make("span", { class: "over", hidden: true }, "over"));
  const slider = make("input", { type: "range", "aria-label": "Round of both", min: 0, value: 0, disabled: true });
  const button = make("button", { type: "button", class: "button", disabled: true }, "Play both");
  const shown = make("output", {}, "round 0");
  main.classList.add("full");
  main.replaceChildren(make("h1", {}, "Side by side"), make("div", { class: "transport" }, button, slider, shown),
    make("div", { class: "players" }, ...runs.map((run, i) => make("div", { class: "player" },
      make("h2", {}, link(run.name, `run/${run.id}`)), marks[i], frames[i]))));
  Promise.all(frames.map(whenReady)).then((players) => {
    const both = players.filter(Boolean);
    if (!both.length) return;
    slider.max = Math.max(...both.map(({ playback }) => playback.last));
    slider.disabled = button.disabled = false;
    const at = () => Math.max(...both.map(({ player }) => player.round));
    const seek = (round) => both.forEach(({ player }) => player.seek(round, true));
    const update = () => {
      if (!main.contains(slider)) return;
      const round = at(), playing = both.some(({ player }) => player.playing);
      slider.value = round;
      shown.textContent = `round ${round}`;
      button.textContent = playing ? "Pause both" : "Play both";
      players.forEach((one, i) => { marks[i].hidden = !one || round < one.playback.last; });
      requestAnimationFrame(update);
    };
    slider.addEventListener("input", () => seek(Number(slider.value)));
    button.addEventListener("click", () => {
      if (both.some(({ player }) => player.playing)) { both.forEach(({ player }) => player.pause()); return; }
      const round = at() >= Number(slider.max) ? 0 : at();
      both.forEach(({ player, playback }) => {
        player.speed = both[0].player.speed;
        player.seek(Math.min(round, playback.last), true);
        if (round < playback.last) player.play();
      });
    });
    update();
  });
}
