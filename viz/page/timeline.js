// The timeline below the map, with marks of events.

const PAD = 10; // pixels left and right of the line: half of the slider's thumb
const EVENT_COLOURS = [[0, 158, 115], [230, 159, 0], [86, 180, 233], [204, 121, 167]];
const FALLBACK_COLOUR = [220, 70, 60];

class Timeline {
  constructor(player, playback) {
    Object.assign(this, { player, playback, hover: null });
    this.picture = new Picture(byId("line"), (pen, width, height) => this.#draw(pen, width, height));
    this.marks = new Still((pen, width, height) => this.#drawMarks(pen, width, height));
    this.slider = byId("slider");
    this.slider.addEventListener("input", () => player.seek(Number(this.slider.value), true));
    this.slider.addEventListener("pointermove", (event) => this.#point(event));
    this.slider.addEventListener("pointerleave", () => this.#point(null));
    this.grow();
  }

  // Take up rounds and events that have come.
  grow() {
    const { playback } = this;
    this.names = [...new Set(playback.events.map((event) => event.name))];
    const own = this.names.filter((name) => name !== "fallback");
    this.colours = new Map(this.names.map((name) => [
      name, name === "fallback" ? FALLBACK_COLOUR : EVENT_COLOURS[own.indexOf(name) % EVENT_COLOURS.length],
    ]));
    Object.assign(this.slider, { min: playback.first, max: playback.last, step: 1 });
    this.marks.key = "";
    byId("events").replaceChildren(...this.names.map((name) => this.#key(name)));
  }

  update(round, position) {
    this.position = position;
    if (Number(this.slider.value) !== round) this.slider.value = round;
    this.slider.setAttribute("aria-valuetext", `round ${round} of ${this.playback.last}`);
    this.picture.update();
  }

  // The next round with a mark, forward (1) or backward (-1); null if there is none.
  marked(round, way) {
    const ahead = this.playback.events.map((event) => event.round).filter((at) => (at - round) * way > 0);
    if (!ahead.length) return null;
    return way > 0 ? Math.min(...ahead) : Math.max(...ahead);
  }

  #key(name) {
    const count = this.playback.events.filter((event) => event.name === name).length;
    const dot = make("i", { class: "dot" });
    dot.style.background = css(this.colours.get(name));
    return make("span", { class: "key" }, dot, `${name} ${count}`);
  }

  #point(event) {
    const tip = byId("linetip");
    tip.hidden = !event;
    if (!event) return;
    const area = this.slider.getBoundingClientRect(), x = event.clientX - area.left;
    const round = roundAt(this.playback, x, area.width);
    const here = this.playback.events.filter((one) => Math.abs(xOf(this.playback, one.round, area.width) - x) < 4);
    const words = [...new Set(here.map(({ round: at, name, agent }) =>
      `${name}${agent === null ? "" : ` of agent ${agent}`} in round ${at}`))];
    tip.textContent = words.length ? words.slice(0, 4).join(", ") : `round ${round}`;
    const half = tip.offsetWidth / 2;
    tip.style.left = `${Math.min(area.width - half, Math.max(half, x))}px`;
  }

  #drawMarks(pen, width, height) {
    for (const event of this.playback.events) {
      pen.fillStyle = css(this.colours.get(event.name));
      const x = xOf(this.playback, event.round, width), lane = this.names.indexOf(event.name) % 2;
      pen.beginPath();
      pen.roundRect(x - 1.5, height - 25 - lane * 3, 3, 9, 1.5);
      pen.fill();
    }
  }

  #draw(pen, width, height) {
    const middle = height - 11, now = xOf(this.playback, this.position, width);
    pen.lineCap = "round";
    for (const [from, to, colour] of [[PAD, width - PAD, "--line"], [PAD, now, "--accent"]]) {
      pen.strokeStyle = styled(colour);
      pen.lineWidth = 4;
      pen.beginPath();
      pen.moveTo(from, middle);
      pen.lineTo(to, middle);
      pen.stroke();
    }
    this.marks.paint(pen, width, height);
    pen.fillStyle = styled("--panel");
    pen.strokeStyle = styled("--accent");
    pen.lineWidth = 3;
    circle(pen, now, middle, 7);
    pen.fill();
    pen.stroke();
  }
}

// x of a round on a line of some width, and the round at an x.
function xOf(playback, round, width) {
  const rounds = Math.max(1, playback.last - playback.first);
  return PAD + ((round - playback.first) / rounds) * (width - 2 * PAD);
}

function roundAt(playback, x, width) {
  const share = Math.min(1, Math.max(0, (x - PAD) / (width - 2 * PAD)));
  return playback.first + Math.round(share * (playback.last - playback.first));
}
