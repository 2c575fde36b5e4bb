// Buttons, keys and the pointer.

const KEYS = [ // those of the window, except for keys that browsers use
  ["Space, P", "play or pause"], [", .  ← →", "a round back, a round forward"], ["PageUp PageDown", "a tenth of the rounds back, forward"],
  ["Home End", "to the start, to the end"], ["[ ]", "to the previous mark, to the next mark"], ["+ −", "faster, slower"],
  ["A, Shift A", "select the next agent, the previous agent"], ["Esc", "clear the selection"],
  ["V", "show only what the selected agent sees"], ["G", "follow the selected agent"],
  ["1 2 3 4 5 6 7", "messages, lines to hearers, trails, visits, numbers, pushes, votes and other signs"],
  ["Z X, wheel", "zoom in, zoom out"], ["Shift + arrows, drag", "move the map"], ["F", "fit the whole map"],
  ["C", "switch between dark and light"], ["?", "this help"],
];
const LAYERS = [
  ["bubbles", "Messages", "1"], ["hearing", "Who hears", "2"], ["trails", "Trails", "3"], ["heat", "Visits", "4"],
  ["numbers", "Numbers", "5"], ["pushes", "Pushes", "6"], ["badges", "Signs", "7"],
];
const PAN = 60; // pixels per key press

class Controls {
  constructor(app) {
    Object.assign(this, { app, player: app.player, playback: app.playback });
    this.#buttons();
    this.#pointer(byId("map"));
    this.#tabs();
    document.addEventListener("keydown", (event) => this.#key(event));
  }

  #buttons() {
    const { player, app } = this;
    const bar = [
      ["start", "To the start", "Home", () => player.seek(this.playback.first, true)],
      ["back", "A round back", "←", () => player.step(-1)],
      ["play", "Play", "Space", () => player.toggle()],
      ["next", "A round forward", "→", () => player.step(1)],
      ["end", "To the end", "End", () => player.seek(this.playback.last, true)],
      ["markBack", "To the previous mark", "[", () => this.#toMark(-1)],
      ["markNext", "To the next mark", "]", () => this.#toMark(1)],
    ];
    byId("buttons").replaceChildren(...bar.map((one) => iconButton(...one)));
    const [, , play, , , ...marks] = byId("buttons").children;
    play.id = "play";
    for (const button of marks) button.hidden = !this.playback.events.length;
    byId("speed").replaceChildren(...SPEEDS.map((speed) => make("option", { value: speed }, `${speed} rounds/s`)));
    byId("speed").addEventListener("change", () => { player.speed = Number(byId("speed").value); player.refresh(); });
    byId("corner").append(iconButton("theme", "Dark or light", "C", () => app.switchTheme()),
      iconButton("help", "Keys", "?", () => byId("help").showModal()));
    byId("keys").replaceChildren(...KEYS.flatMap(([keys, does]) => [make("dt", {}, keys), make("dd", {}, does)]));
    byId("closehelp").append(icon("close"));
    byId("closehelp").addEventListener("click", () => byId("help").close());
    const talks = this.playback.setting.message !== "none";
    byId("layers").replaceChildren(
      ...LAYERS.filter(([name]) => (name === "badges" ? this.playback.setting.badges.length
        : talks || !["bubbles", "hearing"].includes(name))).map((one) => this.#layer(...one)),
      iconButton("fit", "Whole map", "F", () => { app.camera.fit(this.playback); app.wake(); }));
  }

  #layer(name, label, key) {
    return make("button", { type: "button", id: `layer-${name}`, title: `${label} (${key})`,
      "aria-pressed": String(this.app.painter.layers[name]), onclick: () => this.#switch(name) }, label);
  }

  #switch(name) {
    const { layers } = this.app.painter;
    layers[name] = !layers[name];
    byId(`layer-${name}`)?.setAttribute("aria-pressed", String(layers[name]));
    this.app.wake();
  }

  #toMark(way) {
    const round = this.app.timeline.marked(this.player.round, way);
    if (round !== null) this.player.seek(round, true);
  }

  #tabs() {
    const tabs = [...document.querySelectorAll("[role=tab]")];
    const show = (shown) => {
      for (const tab of tabs) {
        tab.setAttribute("aria-selected", String(tab === shown));
        tab.tabIndex = tab === shown ? 0 : -1;
        byId(tab.getAttribute("aria-controls")).hidden = tab !== shown;
      }
      this.app.refreshSide();
    };
    for (const [i, tab] of tabs.entries()) {
      tab.addEventListener("click", () => show(tab));
      tab.addEventListener("keydown", (event) => {
        const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!way) return;
        event.stopPropagation();
        const open = tabs.filter((one) => !one.hidden), next = open.at((open.indexOf(tab) + way) % open.length);
        next.focus();
        show(next);
      });
    }
    this.showTab = (id) => show(byId(id));
  }

  #pointer(canvas) {
    const { app, player, playback } = this, { camera } = app;
    let drag = null;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      drag = { x: event.offsetX, y: event.offsetY, moved: false };
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!drag) { this.#hover(event.offsetX, event.offsetY); return; }
      const right = event.offsetX - drag.x, down = event.offsetY - drag.y;
      if (!drag.moved && Math.hypot(right, down) < 5) return;
      Object.assign(drag, { x: event.offsetX, y: event.offsetY, moved: true });
      app.follows = false;
      camera.pan(right, down, playback);
      app.wake();
    });
    canvas.addEventListener("pointerup", (event) => {
      if (drag && !drag.moved) {
        const agent = this.#agentAt(event.offsetX, event.offsetY);
        player.select(agent);
        if (agent !== null) this.showTab("tab-agent");
      }
      drag = null;
    });
    canvas.addEventListener("pointerleave", () => { byId("tip").hidden = true; });
    canvas.addEventListener("dblclick", () => { camera.fit(playback); app.wake(); });
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      camera.zoom(Math.exp(-event.deltaY * 0.0015), event.offsetX, event.offsetY, playback);
      app.wake();
    }, { passive: false });
  }

  // The agent in the cell under the pointer, or null.
  #agentAt(x, y) {
    const { playback, player, app } = this, place = app.camera.place(x, y), state = playback.frame(player.round);
    for (let a = 0; a < playback.agents; a += 1) {
      const near = Math.floor(place.row) === state.places[2 * a] && Math.floor(place.column) === state.places[2 * a + 1];
      if (near && state.present[a]) return a;
    }
    return null;
  }

  #hover(x, y) {
    const { playback, player, app } = this, { row, column } = app.camera.place(x, y), tip = byId("tip");
    const inside = row >= 0 && column >= 0 && row < playback.height && column < playback.width;
    tip.hidden = !inside;
    if (!inside) return;
    const at = [Math.floor(row), Math.floor(column)], agent = this.#agentAt(x, y);
    const code = playback.frame(player.round).cells[at[0] * playback.width + at[1]];
    tip.textContent = `${agent === null ? "" : `agent ${agent}, `}${playback.setting.kinds[code][1]} · row ${at[0]}, column ${at[1]}`;
    tip.style.left = `${Math.min(app.camera.width - tip.offsetWidth - 8, x + 14)}px`;
    tip.style.top = `${Math.min(app.camera.height - 34, y + 16)}px`;
  }

  #key(event) {
    const typing = event.target.matches("input:not([type=range]):not([type=checkbox]), select, textarea");
    if (event.ctrlKey || event.metaKey || event.altKey || typing || byId("help").open) return;
    const pressing = event.target.matches("button, summary, input[type=checkbox]") && [" ", "Enter"].includes(event.key);
    const action = pressing ? null : this.#action(event);
    if (!action) return;
    event.preventDefault();
    action();
  }

  #action(event) {
    const { player, playback, app } = this, { camera } = app, tenth = Math.max(1, Math.round((playback.last - playback.first) / 10));
    const pan = (right, down) => () => { camera.pan(right * PAN, down * PAN, playback); app.wake(); };
    const zoom = (factor) => () => { camera.zoom(factor, camera.width / 2, camera.height / 2, playback); app.wake(); };
    const shifted = { ArrowRight: pan(-1, 0), ArrowLeft: pan(1, 0), ArrowUp: pan(0, 1), ArrowDown: pan(0, -1),
      a: () => this.#selectNext(-1) };
    const actions = {
      " ": () => player.toggle(), p: () => player.toggle(),
      ArrowRight: () => player.step(1), ".": () => player.step(1), ArrowLeft: () => player.step(-1), ",": () => player.step(-1),
      PageUp: () => player.step(-tenth), PageDown: () => player.step(tenth),
      Home: () => player.seek(playback.first, true), End: () => player.seek(playback.last, true),
      "[": () => this.#toMark(-1), "]": () => this.#toMark(1),
      "+": () => player.faster(1), "=": () => player.faster(1), "-": () => player.faster(-1),
      a: () => this.#selectNext(1), Escape: () => player.select(null),
      v: () => this.#switch("only"), g: () => { app.follows = !app.follows; app.wake(); },
      z: zoom(1.25), x: zoom(0.8), f: () => { camera.fit(playback); app.follows = false; app.wake(); },
      c: () => app.switchTheme(), "?": () => byId("help").showModal(),
      ...Object.fromEntries(LAYERS.map(([name, , key]) => [key, () => this.#switch(name)])),
    };
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    return (event.shiftKey && shifted[key]) || actions[key];
  }

  #selectNext(way) {
    const { playback, player } = this;
    if (!playback.agents) return;
    const from = player.selected ?? (way > 0 ? -1 : 0);
    player.select((from + way + playback.agents) % playback.agents);
    this.showTab("tab-agent");
  }
}
