// Search in the messages of all runs that match the filters.

const MOST_HITS = 500;
let searching = 0; // number of the last search: an earlier one ends itself

function showSearch(source, main, query) {
  const sought = query.get("q") ?? "", rows = chosenRuns(source.runs, query), mine = (searching += 1);
  const box = make("input", { type: "search", id: "sought", name: "q", value: sought, "aria-label": "Text in a message" });
  const form = make("form", { class: "filters", onsubmit: (event) => {
    event.preventDefault();
    location.hash = address("search", { ...Object.fromEntries(query), q: box.value.trim() });
  } }, make("label", {}, "Text in a message", box), make("button", { class: "button" }, "Search"));
  const status = make("p", { class: "faint", role: "status", id: "found" }), list = make("ol", { class: "hits" });
  main.replaceChildren(make("h1", {}, "Messages"), form, filterForm(source, "search", query), status, list);
  if (!sought) { status.textContent = "Type a text that messages contain."; box.focus(); return; }
  let count = 0;
  const say = (done, end) => { status.textContent = `${count} messages in ${done} of ${rows.length} runs${end}`; };
  source.search(sought, rows, (hits, done) => {
    if (mine !== searching) return;
    for (const hit of hits.slice(0, MOST_HITS - count)) list.append(hitRow(source, hit, sought));
    count = Math.min(MOST_HITS, count + hits.length);
    say(done, done < rows.length ? " …" : "");
  }, () => mine !== searching || count >= MOST_HITS || !main.contains(list)).then((ended) => {
    if (mine === searching) say(ended ? "some" : rows.length, ended ? " (more are not shown)" : "");
    document.body.dataset.searched = sought;
  }, (error) => fail(error));
}

function hitRow(source, [id, round, agent, text], sought) {
  const run = source.byId.get(id), at = text.toLowerCase().indexOf(sought.toLowerCase());
  return make("li", {}, link(`${run?.name ?? id}, round ${round}, agent ${agent}`, `run/${id}`, { round: round + 1, agent }),
    make("blockquote", {}, text.slice(0, Math.max(0, at)), at < 0 ? null : make("mark", {}, text.slice(at, at + sought.length)),
      text.slice(at < 0 ? 0 : at + sought.length)));
}
