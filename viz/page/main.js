// The application: connects all parts and redraws when something has changed.

const QUIET = {
  bubbles: false, hearing: false, trails: false, heat: false, numbers: true, pushes: false, badges: false, only: false,
};

// Who hears an agent, where it does not depend on the distance.
const HEARERS = {
  all: "all agents", ring: "the next lower and higher number, in a ring", chain: "the next lower and higher number",
  links: "agents that are linked", star: "agent 0, and all others from it", commander: "agent 0, and all others from it",
};

// Paints frames in the colours of the theme, on the map and on small canvases.
class Painter {
  constructor(playback) {
    Object.assign(this, { playback, layers: { ...QUIET, bubbles: true, hearing: true, pushes: true, badges: true } });
    this.traces = new Traces(playback);
    this.theme = THEMES.dark;
  }

  get theme() { return this.shown; }

  set theme(theme) {
    this.shown = theme;
    this.palette = paletteOf(this.playback.setting, theme);
  }

  paint(pen, camera, before, now, eased, more = {}) {
    drawMap({ pen, camera, before, now, eased, playback: this.playback, theme: this.theme, palette: this.palette,
      traces: this.traces, ratio: devicePixelRatio, selected: null, layers: QUIET, ...more });
  }
}

class App {
  constructor(playback) {
    this.playback = playback;
    this.player = new Player(playback);
    this.painter = new Painter(playback);
    this.camera = new Camera();
    this.stage = new Picture(byId("map"), (pen, width, height) => this.#drawMap(pen, width, height));
    this.timeline = new Timeline(this.player, playback);
    this.plots = new Plots(this.player, playback);
    this.inspector = new Inspector(this.player, playback, this.painter);
    this.messages = new Messages(this.player, playback, this.painter);
    this.player.onchange = () => this.wake();
    this.sideKey = "";
    this.#label();
    this.#useTheme(null);
    new Controls(this);
    this.#openAt(location.hash);
    new ResizeObserver(() => this.wake()).observe(document.body);
    this.wake();
  }

  // Frames have come; show the last one if the one before it was shown.
  grow(followed) {
    if (followed && !this.player.playing) this.player.seek(this.playback.last);
    const now = performance.now();
    if (now - (this.grown ?? -Infinity) > 400 || this.playback.over) {
      this.grown = now;
      this.timeline.grow();
      this.plots.grow();
    }
    this.wake();
  }

  // Whether the game goes on, is over, or cannot be reached.
  setLive(state) {
    byId("live").hidden = false;
    byId("live").textContent = document.body.dataset.live = state;
  }

  // Update a tab of the side panel that has just been opened.
  refreshSide() {
    this.sideKey = this.messages.shown = "";
    this.wake();
  }

  #drawLegend() {
    const { painter, playback } = this;
    for (const canvas of byId("legend").querySelectorAll("canvas")) {
      new Picture(canvas, (pen, width) => drawSample(pen, width, Number(canvas.dataset.code), painter, playback)).update();
    }
  }

  // Draw at the next animation frame.
  wake() {
    this.stale = true;
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame((time) => this.#turn(time));
  }

  #turn(time) {
    this.waiting = false;
    const passed = Math.min(0.1, (time - (this.time ?? time)) / 1000);
    if (this.player.moving) this.player.pass(passed);
    this.time = this.player.moving ? time : undefined;
    if (this.stale) this.#draw();
    this.stale = this.player.moving;
    if (this.stale && !this.waiting) {
      this.waiting = true;
      requestAnimationFrame((again) => this.#turn(again));
    }
  }

  #draw() {
    const { player, playback } = this, round = player.round;
    const state = playback.frame(round);
    this.stage.update();
    this.timeline.update(round, player.position);
    this.plots.update(round, player.position);
    byId("round").textContent = `${round}`;
    byId("score").textContent = number(state.score);
    const left = state.present.reduce((sum, here) => sum + (here ? 0 : 1), 0);
    byId("count").textContent = left ? `${playback.agents - left} of ${playback.agents}` : `${playback.agents}`;
    byId("status").textContent = [state.teams, playback.statusAt(round)].filter(Boolean).join(" · ");
    byId("map").setAttribute("aria-label", `The map in round ${round}, score ${number(state.score)}`);
    byId("play").replaceChildren(icon(player.playing ? "pause" : "play"));
    byId("play").setAttribute("aria-label", player.playing ? "Pause" : "Play");
    byId("speed").value = player.speed;
    document.body.dataset.round = round;
    document.body.dataset.playing = player.playing;
    const key = [round, player.selected, document.body.dataset.theme].join();
    if (key !== this.sideKey) {
      this.sideKey = key;
      this.inspector.update(round, player.selected);
      this.#drawLegend();
    }
    this.messages.update(round, player.selected);
    if (!player.moving) this.#remember();
  }

  #drawMap(pen, width, height) {
    const { player, playback, camera } = this, now = playback.frame(player.round);
    if (camera.width !== width || camera.height !== height) camera.resize(width, height, playback);
    const share = player.progress, eased = share * share * (3 - 2 * share);
    const before = playback.frame(Math.max(playback.first, player.round - 1));
    this.#follow(before, now, eased);
    this.painter.paint(pen, camera, before, now, eased, { layers: this.painter.layers, selected: player.selected });
  }

  #follow(before, now, eased) { // keep the selected agent in the middle
    const agent = this.player.selected;
    if (!this.follows || agent === null || !now.present[agent]) return;
    const [row, column] = [0, 1].map((axis) =>
      before.places[2 * agent + axis] + (now.places[2 * agent + axis] - before.places[2 * agent + axis]) * eased);
    this.camera.lookAt(row + 0.5, column + 0.5);
  }

  // Use the named theme, or else the one that the system prefers.
  #useTheme(name) {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    this.named = name;
    const use = () => {
      const shown = this.named ?? (dark.matches ? "dark" : "light");
      document.body.dataset.theme = document.documentElement.dataset.theme = shown;
      this.painter.theme = THEMES[shown];
      this.sideKey = "";
      this.wake();
    };
    if (!this.listening) dark.addEventListener("change", use);
    this.listening = true;
    use();
  }

  switchTheme() { this.#useTheme(document.body.dataset.theme === "dark" ? "light" : "dark"); }

  #label() {
    const { playback } = this, { setting } = playback;
    byId("scenario").textContent = setting.scenario.replaceAll("_", " ");
    byId("caption").textContent = playback.caption;
    byId("rounds").textContent = !playback.live && playback.last < setting.maxRounds ? ` / ${playback.last}` : ` / ${setting.maxRounds}`;
    const facts = { map: `${playback.height} × ${playback.width} cells`, agents: playback.agents,
      view: `${setting.viewSize} × ${setting.viewSize} cells`, rounds: `${playback.first} to ${playback.last}`,
      "rounds at most": setting.maxRounds, messages: setting.message };
    if (setting.hearing) {
      const links = HEARERS[setting.topology];
      facts[links ? "heard by" : "heard up to"] = links ?? `${setting.hearing} cells away`;
    }
    byId("facts").replaceChildren(...Object.entries(facts).flatMap(([name, value]) => [
      make("dt", {}, name), make("dd", {}, String(value))]));
    byId("legend").replaceChildren(...setting.kinds.flatMap((kind, code) => (code === OUTSIDE ? [] : [
      make("li", {}, make("canvas", { "data-code": code, "aria-hidden": "true" }), kind[1])])),
    ...setting.floor.map(([, name, colour]) => {
      const swatch = make("span", { class: "swatch", "aria-hidden": "true" });
      swatch.style.background = css(colour);
      return make("li", {}, swatch, `${name}, on the floor`);
    }), ...badgeLegend(setting));
    byId("task").textContent = setting.task;
    byId("talkpart").hidden = setting.message === "none";
  }

  // Open at the round and agent of the URL; #remember writes them there.
  #openAt(hash) {
    const wanted = new URLSearchParams(hash.slice(1));
    const round = Number(wanted.get("round") ?? this.playback.first), agent = wanted.get("agent");
    if (Number.isInteger(round)) this.player.seek(round, true);
    if (/^\d+$/.test(agent ?? "") && Number(agent) < this.playback.agents) this.player.select(Number(agent));
  }

  #remember() {
    clearTimeout(this.remembering);
    this.remembering = setTimeout(() => {
      const { round, selected } = this.player;
      const hash = `#round=${round}${selected === null ? "" : `&agent=${selected}`}`;
      // In a frame without an address, as in a notebook, there is nothing to remember.
      if (location.protocol !== "about:" && location.hash !== hash) history.replaceState(null, "", hash);
    }, 400);
  }
}

unpack(byId("run").textContent).then((data) => {
  const playback = data.live ? new LivePlayback(data) : new Playback(data), app = new App(playback);
  if (playback.live) watch(playback, app);
  // For scripts and the console: `swarm.player.seek(7)`, `swarm.playback.grid(7)`, `swarm.camera.probe(0, 0)`.
  window.swarm = Object.freeze({ playback, player: app.player, camera: app.camera, painter: app.painter });
  document.body.dataset.ready = "true";
}).catch((error) => {
  byId("failure").hidden = false;
  byId("failure").textContent = error.message;
});
