// Messages by round up to the shown one, or all messages that match a search.

const MOST_SHOWN = 120;

class Messages {
  constructor(player, playback, painter) {
    Object.assign(this, { player, playback, painter });
    this.list = byId("messagelist");
    this.search = byId("search");
    this.only = byId("onlyselected");
    this.search.addEventListener("input", () => player.refresh());
    this.only.addEventListener("change", () => player.refresh());
    this.shown = "";
  }

  update(round, selected) {
    const sought = this.search.value.trim().toLowerCase(), only = this.only.checked ? selected : null;
    const key = [round, sought, only, selected, document.body.dataset.theme].join();
    if (key === this.shown || byId("panel-messages").hidden) return;
    this.shown = key;
    const rows = this.#rows(round, sought, only);
    this.list.replaceChildren(...rows.map((row) => this.#row(row, selected)));
    if (!rows.length) this.list.append(make("li", { class: "empty" }, sought ? "No message matches." : "No messages yet."));
    if (!sought) this.list.scrollTop = this.list.scrollHeight;
  }

  #rows(round, sought, only) {
    const { playback } = this, rows = [];
    for (let at = sought ? playback.last : round; at >= playback.first && rows.length < MOST_SHOWN; at -= 1) {
      const said = playback.said(at).filter(({ agent, text }) =>
        (only === null || agent === only) && (!sought || text.toLowerCase().includes(sought)));
      if (said.length) rows.unshift({ round: at }, ...said.map((one) => ({ ...one, at })));
    }
    return rows;
  }

  #row(row, selected) {
    const { player } = this;
    if (row.round !== undefined) {
      return make("li", { class: "round" }, make("button", { type: "button", onclick: () => player.seek(row.round) },
        `round ${row.round}`));
    }
    const colour = TRAILS[row.agent % TRAILS.length];
    const name = make("button", { type: "button", class: "speaker", title: `Select agent ${row.agent}`,
      onclick: () => player.select(row.agent) }, String(row.agent));
    name.style.background = css(colour);
    name.style.color = css(inkOn(colour));
    return make("li", { class: row.agent === selected ? "own" : "" }, name, make("span", {}, row.text),
      row.worth ? make("span", { class: "worth", title: row.gains }, row.worth) : "");
  }
}
