// Shows the page of the address, and takes up what changes.

const VIEWS = { board: showBoard, runs: showRuns, run: showRun, compare: showCompared, search: showSearch };
const STEADY = new Set(["run", "compare", "search"]); // are not drawn again when runs are added
const PAUSE = 2000; // milliseconds between questions whether anything has changed
const source = new Source();

function fail(error) {
  byId("failure").hidden = !error;
  byId("failure").textContent = error?.message ?? "";
}

function draw() {
  const { path, query } = here(), name = VIEWS[path[0]] ? path[0] : "board", main = byId("content");
  main.classList.remove("full");
  VIEWS[name](source, main, query, path);
  document.body.dataset.view = name;
  document.title = `swarm view: ${PAGES[name] ?? source.byId?.get(path[1])?.name ?? name}`;
  byId("nav").replaceChildren(...Object.entries(PAGES).map(([key, title]) => link(title, key, {}, { "aria-current": key === name ? "page" : null })));
}

function drawState() {
  const { state } = source, playing = source.runs.filter((run) => run.state === "playing").length;
  byId("state").textContent = [`${source.runs.length} runs`, playing ? `${playing} being played` : "",
    state.reading ? (state.reading.of ? `reading ${state.reading.done} of ${state.reading.of}` : "looking for runs") : ""].filter(Boolean).join(", ");
  byId("static").hidden = !state.static;
  byId("static").textContent = state.static ?? "";
}

async function follow() {
  try {
    const first = !source.state, changed = await source.refresh();
    fail(null);
    drawState();
    if (first || (changed && !STEADY.has(document.body.dataset.view))) redraw();
    document.body.dataset.ready = "true";
  } catch (error) {
    fail(error);
  }
  if (!source.isStatic) setTimeout(follow, PAUSE);
}

// Draw again, but leave the focus and the place where they were.
function redraw() {
  const main = byId("content"), top = main.scrollTop, focus = document.activeElement;
  if (focus?.matches("#content input[type=search], #content select")) return;
  draw();
  main.scrollTop = top;
}

function useTheme(name) { document.documentElement.dataset.theme = document.body.dataset.theme = name; }

byId("theme").append(icon("theme"));
byId("theme").addEventListener("click", () => useTheme(document.body.dataset.theme === "dark" ? "light" : "dark"));
useTheme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
window.addEventListener("hashchange", () => { draw(); byId("content").scrollTop = 0; });
follow();
