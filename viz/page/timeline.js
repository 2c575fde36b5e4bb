// The line of rounds below the map, with marks where something happened.

const PAD = 10; // pixels left and right of the line: half of the slider's thumb
const EVENT_COLOURS = [[0, 158, 115], [230, 159, 0], [86, 180, 233], [204, 121, 167]];
const FALLBACK_COLOUR = [220, 70, 60];

class Timeline {
  constructor(player, film) {
    Object.assign(this, { player, film, hover: null });
    this.names = [...new Set(film.events.map((event) => event.name))];
    const own = this.names.filter((name) => name !== "fallback");
    this.colours = new Map(this.names.map((name) => [
      name, name === "fallback" ? FALLBACK_COLOUR : EVENT_COLOURS[own.indexOf(name) % EVENT_COLOURS.length],
    ]));
    this.picture = new Picture(byId("line"), (pen, width, height) => this.#draw(pen, width, height));
    this.marks = new Still((pen, width, height) => this.#drawMarks(pen, width, height));
    this.slider = byId("slider");
    Object.assign(this.slider, { min: film.first, max: film.last, step: 1 });
    this.slider.addEventListener("input", () => player.seek(Number(this.slider.value), true));
    this.slider.addEventListener("pointermove", (event) => this.#point(event));
    this.slider.addEventListener("pointerleave", () => this.#point(null));
    byId("events").replaceChildren(...this.names.map((name) => this.#key(name)));
  }

  update(round, position) {
    this.position = position;
    if (Number(this.slider.value) !== round) this.slider.value = round;
    this.slider.setAttribute("aria-valuetext", `round ${round} of ${this.film.last}`);
    this.picture.update();
  }

  // The next round with a mark, forwards (1) or backwards (-1); null if there is none.
  marked(round, way) {
    const ahead = this.film.events.map((event) => event.round).filter((at) => (at - round) * way > 0);
    if (!ahead.length) return null;
    return way > 0 ? Math.min(...ahead) : Math.max(...ahead);
  }

  #key(name) {
    const count = this.film.events.filter((event) => event.name === name).length;
    const dot = make("i", { class: "dot" });
    dot.style.background = css(this.colours.get(name));
    return make("span", { class: "key" }, dot, `${name} ${count}`);
  }

  #point(event) {
    const tip = byId("linetip");
    tip.hidden = !event;
    if (!event) return;
    const area = this.slider.getBoundingClientRect(), x = event.clientX - area.left;
    const round = roundAt(this.film, x, area.width);
    const here = this.film.events.filter((one) => Math.abs(xOf(this.film, one.round, area.width) - x) < 4);
    const words = [...new Set(here.map(({ round: at, name, agent }) =>
      `${name}${agent === null ? "" : ` of agent ${agent}`} in round ${at}`))];
    tip.textContent = words.length ? words.slice(0, 4).join(", ") : `round ${round}`;
    const half = tip.offsetWidth / 2;
    tip.style.left = `${Math.min(area.width - half, Math.max(half, x))}px`;
  }

  #drawMarks(pen, width, height) {
    for (const event of this.film.events) {
      pen.fillStyle = css(this.colours.get(event.name));
      const x = xOf(this.film, event.round, width), lane = this.names.indexOf(event.name) % 2;
      pen.beginPath();
      pen.roundRect(x - 1.5, height - 25 - lane * 3, 3, 9, 1.5);
      pen.fill();
    }
  }

  #draw(pen, width, height) {
    const middle = height - 11, now = xOf(this.film, this.position, width);
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

// Where a round lies on a line of a width, and the other way round.
function xOf(film, round, width) {
  const rounds = Math.max(1, film.last - film.first);
  return PAD + ((round - film.first) / rounds) * (width - 2 * PAD);
}

function roundAt(film, x, width) {
  const share = Math.min(1, Math.max(0, (x - PAD) / (width - 2 * PAD)));
  return film.first + Math.round(share * (film.last - film.first));
}
