// Plots over the rounds: the score and group measures.

const SHOWN_AT_FIRST = ["polarisation", "stillness", "message_similarity"];
const PLOT_COLOURS = [[0, 114, 178], [0, 158, 115], [213, 94, 0], [204, 121, 167], [230, 159, 0], [86, 180, 233]];

class Plots {
  constructor(player, playback) {
    Object.assign(this, { player, playback, hover: null });
    const rounds = playback.scores.map((_, i) => playback.first + i);
    this.series = [
      { name: "score", says: "the scenario's own score so far", rounds, values: playback.scores, steps: true },
      ...playback.series.filter((one) => new Set(one.values).size > 1),
    ];
    const measures = this.series.slice(1).map((one) => one.name);
    const first = measures.filter((name) => SHOWN_AT_FIRST.includes(name)).slice(0, 2);
    this.shown = new Set(["score", ...first]);
    byId("measures").replaceChildren(...this.series.map((one) => this.#choice(one)));
    byId("choose").hidden = measures.length === 0;
    this.#arrange();
  }

  // Take up scores that have come.
  grow() {
    this.series[0].rounds = this.playback.scores.map((_, i) => this.playback.first + i);
    this.#arrange();
  }

  update(round, position) {
    Object.assign(this, { round, position });
    for (const { picture } of this.plots) picture.update();
  }

  #choice(one) {
    const box = make("input", { type: "checkbox", onchange: () => {
      if (box.checked) this.shown.add(one.name);
      else this.shown.delete(one.name);
      this.#arrange();
      this.player.refresh();
    } });
    box.checked = this.shown.has(one.name);
    return make("label", { title: one.says }, box, words(one.name), make("small", {}, one.says));
  }

  #arrange() {
    this.plots = this.series.filter((one) => this.shown.has(one.name)).map((one) => {
      const canvas = make("canvas", { role: "img", "aria-label": `${words(one.name)} by round: ${one.says}` });
      const value = make("output", {}), colour = PLOT_COLOURS[this.series.indexOf(one) % PLOT_COLOURS.length];
      const label = make("span", { class: "plotname", title: one.says }, make("b", {}, words(one.name)), value);
      const low = Math.min(0, ...ends(one.values)), high = Math.max(...ends(one.values), low + 1e-9);
      const plot = { one, value, colour, low, high, box: make("div", { class: "plot" }, label, canvas) };
      plot.line = new Still((pen, width, height) => this.#drawLine(plot, pen, width, height));
      plot.picture = new Picture(canvas, (pen, width, height) => this.#draw(plot, pen, width, height));
      const seek = (event) => this.player.seek(roundAt(this.playback, event.offsetX, canvas.clientWidth), true);
      canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); seek(event); });
      canvas.addEventListener("pointermove", (event) => {
        if (event.buttons) seek(event);
        this.hover = roundAt(this.playback, event.offsetX, canvas.clientWidth);
        this.update(this.round, this.position);
      });
      canvas.addEventListener("pointerleave", () => { this.hover = null; this.update(this.round, this.position); });
      return plot;
    });
    byId("plots").replaceChildren(...this.plots.map((plot) => plot.box));
  }

  #draw(plot, pen, width, height) {
    const dark = document.body.dataset.theme === "dark";
    const tint = visible(plot.colour, dark ? { floor: [20, 23, 31], ink: [232, 235, 242] }
      : { floor: [255, 255, 255], ink: [30, 34, 44] });
    const y = (part) => height - 5 - ((part - plot.low) / (plot.high - plot.low)) * (height - 12);
    plot.line.tint = tint;
    plot.line.paint(pen, width, height);
    this.#cursor(plot.one, plot.value, tint, pen, width, height, y);
  }

  // The line of a series; a step series has a filled area.
  #drawLine(plot, pen, width, height) {
    const { one, low, high, line } = plot, path = new Path2D();
    const y = (part) => height - 5 - ((part - low) / (high - low)) * (height - 12);
    pen.fillStyle = styled("--line");
    pen.fillRect(PAD, height - 5, width - 2 * PAD, 1);
    let before = null;
    one.rounds.forEach((round, i) => {
      const x = xOf(this.playback, round, width), at = y(one.values[i]);
      if (before === null || round > before.round + 1) path.moveTo(x, at);
      else if (one.steps) { path.lineTo(x, before.at); path.lineTo(x, at); }
      else path.lineTo(x, at);
      before = { round, at, x };
    });
    if (one.steps && before) {
      const area = new Path2D(path);
      area.lineTo(before.x, height - 5);
      area.lineTo(PAD, height - 5);
      pen.fillStyle = css(line.tint, 0.14);
      pen.fill(area);
    }
    pen.lineJoin = "round";
    pen.strokeStyle = css(line.tint);
    pen.lineWidth = one.rounds.length > 2 * width ? 0.8 : 1.6;
    pen.stroke(path);
  }

  #cursor(one, value, tint, pen, width, height, y) {
    const round = this.hover ?? this.round, x = xOf(this.playback, this.hover ?? this.position, width);
    pen.strokeStyle = styled("--accent");
    pen.globalAlpha = 0.55;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(x, 2);
    pen.lineTo(x, height - 4);
    pen.stroke();
    pen.globalAlpha = 1;
    const index = one.steps ? round - this.playback.first : one.rounds.indexOf(round);
    const now = index < 0 ? null : one.values[index];
    value.textContent = number(now);
    if (now === null || now === undefined) return;
    pen.fillStyle = css(tint);
    disc(pen, x, y(now), 3);
  }
}

const words = (name) => name.replaceAll("_", " ");

function ends(values) { // least and greatest value; Math.min(...values) fails for many values
  return [values.reduce((a, b) => Math.min(a, b), Infinity), values.reduce((a, b) => Math.max(a, b), -Infinity)]
    .filter(Number.isFinite);
}
