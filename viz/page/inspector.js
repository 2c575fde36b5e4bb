// The inspector: what the selected agent sees, heard, said and did, and its model calls.

class Inspector {
  constructor(player, playback, painter) {
    Object.assign(this, { player, playback, painter, open: new Set() });
    this.panel = byId("agent");
    this.roster = byId("roster");
  }

  // Rebuild the panel for a frame and the selected agent, or null.
  update(round, selected) {
    const state = this.playback.frame(round); // of a live game it may be an earlier one
    this.round = round;
    this.#updateRoster(state, selected);
    byId("about").hidden = selected !== null;
    if (selected === null) {
      this.panel.replaceChildren(make("p", { class: "empty" },
        "Select an agent on the map or above to see what it sees, hears, says and does."));
      return;
    }
    this.panel.replaceChildren(...this.#parts(state, selected));
    this.panel.querySelectorAll("canvas").forEach((canvas) => this.#drawSight(canvas, state, selected));
  }

  #updateRoster(state, selected) {
    const shown = Math.min(this.playback.agents, 100);
    if (this.roster.children.length !== shown) {
      this.roster.replaceChildren(...Array.from({ length: shown }, (_, a) => make("button", {
        type: "button", class: "chip", onclick: () => this.player.select(this.player.selected === a ? null : a),
      }, String(a))));
    }
    for (const [a, chip] of [...this.roster.children].entries()) {
      const kind = this.#kind(state, a), colour = this.painter.palette[kind];
      chip.style.background = css(colour);
      chip.style.color = css(inkOn(colour));
      chip.classList.toggle("gone", !state.present[a]);
      chip.setAttribute("aria-pressed", String(a === selected));
      chip.setAttribute("aria-label", `agent ${a}, ${state.present[a] ? this.playback.setting.kinds[kind][1] : "has left"}`);
    }
  }

  #kind(state, agent) {
    return Math.min(this.playback.setting.firstAgent + state.marks[agent], this.playback.setting.kinds.length - 1);
  }

  #parts(state, agent) {
    const { playback } = this, { setting } = playback;
    const here = state.present[agent], place = [state.places[2 * agent], state.places[2 * agent + 1]];
    const kind = setting.kinds[this.#kind(state, agent)][1];
    const parts = [make("header", { class: "who" },
      make("h2", {}, `agent ${agent}`),
      make("p", {}, here ? `${kind}, row ${place[0]}, column ${place[1]}` : "has left the map"))];
    if (state.payoffs.length) parts.push(make("p", { class: "payoff" }, `payoff ${number(state.payoffs[agent])}`));
    if (state.round > playback.first || state.moves[agent] >= 0) parts.push(this.#did(state, agent, place));
    if (!here) return parts;
    const heard = state.heard.get(agent) ?? [];
    const sees = make("section", {}, make("h3", {}, "sees"), make("canvas", { class: "sight", role: "img",
      "aria-label": `The ${setting.viewSize} by ${setting.viewSize} cells around agent ${agent}` }));
    if (setting.senses.length) sees.append(this.#senses(state, agent));
    parts.push(sees);
    if (setting.message !== "none") {
      parts.push(make("section", {}, make("h3", {}, "hears"), heard.length
        ? make("ul", { class: "said" }, ...heard.map((text) => make("li", {}, text)))
        : make("p", { class: "none" }, "nothing")));
    }
    const thought = playback.thought(agent, this.round);
    if (thought) parts.push(this.#thought(thought));
    if (state.round < playback.last) parts.push(this.#does(state, agent));
    return parts;
  }

  #did(state, agent, place) {
    const { playback } = this, before = playback.frame(Math.max(playback.first, state.round - 1));
    const move = state.moves[agent], step = STEPS[move];
    const way = [place[0] - before.places[2 * agent], place[1] - before.places[2 * agent + 1]];
    const notes = [];
    if (move >= 0 && state.present[agent] && before !== state) {
      const own = step ?? [0, 0], moved = way[0] || way[1];
      if ((own[0] || own[1]) && !moved) notes.push("did not get away");
      else if (moved && (way[0] !== own[0] || way[1] !== own[1])) notes.push("was pushed");
    }
    const said = state.said.find((one) => one.agent === agent);
    return make("section", {}, make("h3", {}, `did in round ${state.round - 1}`),
      make("p", { class: "act" }, make("b", {}, playback.setting.actions[move] ?? "nothing"),
        notes.length ? ` ${notes.join(", ")}` : null),
      said ? make("blockquote", {}, said.text) : null);
  }

  #does(state, agent) {
    const next = this.playback.frame(state.round + 1), said = next.said.find((one) => one.agent === agent);
    return make("section", {}, make("h3", {}, "decides"),
      make("p", { class: "act" }, make("b", {}, this.playback.setting.actions[next.moves[agent]] ?? "nothing")),
      said ? make("blockquote", {}, said.text) : null);
  }

  #senses(state, agent) {
    const names = this.playback.setting.senses;
    return make("dl", { class: "senses" }, ...names.flatMap((name, i) => [
      make("dt", {}, name), make("dd", {}, String(state.senses[agent * names.length + i]))]));
  }

  #thought(thought) {
    const tokens = thought.promptTokens === null ? null : `${thought.promptTokens} + ${number(thought.answerTokens)} tokens`;
    const facts = [thought.model, tokens, thought.cost === null ? null : `$${thought.cost.toFixed(5)}`,
      thought.seconds === null ? null : `${thought.seconds.toFixed(2)} s`].filter(Boolean);
    const section = make("section", { class: thought.failed ? "thought failed" : "thought" },
      make("h3", {}, thought.failed ? "gave no usable answer" : "answers"),
      make("p", { class: "facts" }, ...facts.map((fact) => make("span", {}, fact))));
    if (thought.failed) section.append(make("p", { class: "why" }, thought.failed));
    if (thought.answer) section.append(make("pre", {}, thought.answer));
    if (thought.reasoning && thought.reasoning !== thought.answer) {
      section.append(this.#folded("reasoning", "reasoned", make("pre", {}, thought.reasoning)));
    }
    if (thought.prompt.length) {
      section.append(this.#folded("prompt", "was asked",
        ...thought.prompt.flatMap(({ role, text }) => [make("h4", {}, role), make("pre", {}, text)])));
    }
    return section;
  }

  // A part that stays open or closed from round to round.
  #folded(name, title, ...parts) {
    const details = make("details", { class: name, ontoggle: () => this.open[details.open ? "add" : "delete"](name) },
      make("summary", {}, title), ...parts);
    details.open = this.open.has(name);
    return details;
  }

  // The view of an agent: its cells, drawn as on the map.
  #drawSight(canvas, state, agent) {
    const size = this.playback.setting.viewSize, side = Math.max(6, Math.min(34, Math.floor(230 / size)));
    canvas.style.width = canvas.style.height = `${side * size}px`;
    const camera = new Camera();
    Object.assign(camera, { width: side * size, height: side * size, cell: side,
      row: state.places[2 * agent] + 0.5, column: state.places[2 * agent + 1] + 0.5 });
    new Picture(canvas, (pen) => this.painter.paint(pen, camera, state, state, 1)).update();
  }
}
