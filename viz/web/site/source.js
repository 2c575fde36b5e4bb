// Where the data comes from: files beside the page, of a server that follows its folders or of any web host.

class Source {
  constructor() {
    Object.assign(this, { version: 0, state: null, runs: [], tables: [], interval: "" });
  }

  async get(path) {
    const answer = await fetch(path);
    if (answer.status === 401) throw new Error("The server was started again: open the link that it printed.");
    if (!answer.ok) throw new Error(`${path} cannot be read (status ${answer.status}).`);
    return answer.json();
  }

  // Look whether anything has changed; returns whether it has.
  async refresh() {
    const state = await this.get("data/state.json"), before = JSON.stringify(this.state);
    this.state = state;
    if (state.version !== this.version) {
      const [tables, runs] = await Promise.all([this.get("data/tables.json"), this.get("data/runs.json")]);
      Object.assign(this, { version: state.version, tables: tables.tables, interval: tables.interval, runs });
      this.byId = new Map(runs.map((run) => [run.id, run]));
      return true;
    }
    return before !== JSON.stringify(state);
  }

  get isStatic() { return Boolean(this.state?.static); }

  // Messages with a text in some runs: calls `found` with hits as they come; returns whether it was ended.
  async search(sought, runs, found, ended) {
    const step = this.isStatic ? 1 : 200;
    for (let i = 0; i < runs.length;) {
      if (ended()) return true;
      const ids = runs.slice(i, i + step).map((run) => run.id);
      if (this.isStatic) {
        const wanted = sought.toLowerCase();
        found((await this.get(`data/messages/${ids[0]}.json`)).filter((hit) => hit[3].toLowerCase().includes(wanted)), i + 1);
        i += 1;
        continue;
      }
      const { hits, searched } = await this.get(`search?${new URLSearchParams({ q: sought, runs: ids.join() })}`);
      i += Math.max(1, searched);
      found(hits, i);
    }
    return false;
  }
}

const REASONS = { unfinished: "unfinished", playing: "being played", unreadable: "unreadable" };

// The runs that a query asks for.
function chosenRuns(runs, query) {
  const [scenario, team, model, validity, reason, name, world] =
    ["scenario", "team", "model", "validity", "reason", "name", "world"].map((key) => query.get(key) ?? "");
  const sought = name.toLowerCase();
  return runs.filter((run) => (!scenario || run.scenario === scenario) && (!team || run.team === team)
    && (!world || run.world === world) && (!model || run.models?.includes(model))
    && (!validity || validityOf(run) === validity) && (!reason || reasonsOf(run).includes(reason))
    && (!sought || run.name.toLowerCase().includes(sought)));
}

const validityOf = (run) => (run.state !== "finished" ? run.state : run.valid ? "valid" : "invalid");

function reasonsOf(run) {
  return [...Object.keys(run.failures ?? {}).filter((reason) => run.failures[reason]), ...(REASONS[run.state] ? [run.state] : [])];
}
