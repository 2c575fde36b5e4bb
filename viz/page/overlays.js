// Overlays: the view of an agent, trails, visits, speech bubbles.

const MOST_HIDDEN = 0.12; // of a cell's area that a bubble may hide of agents and other bubbles
const MOST_BUBBLES = 12, MOST_LINES = 400, TRAIL = 14, MOST_TRAILS = 300;

// Trails and visits, gathered round by round and from the start again after a jump.
class Traces {
  constructor(playback) {
    this.playback = playback;
    this.round = null;
  }

  // Positions of the last rounds up to one, oldest first.
  trail(round) {
    const from = Math.max(this.playback.first, round - TRAIL);
    return Array.from({ length: round - from + 1 }, (_, i) => this.playback.frame(from + i));
  }

  // Number of visits of each cell up to a round.
  visits(round) {
    const { playback } = this;
    if (this.round === null || round < this.round) {
      const start = playback.frame(playback.first);
      Object.assign(this, {
        round: playback.first, places: start.places.slice(), present: start.present.slice(),
        counts: new Uint32Array(playback.width * playback.height),
      });
      this.#count();
    }
    for (; this.round < round; this.round += 1) {
      if (playback.live) {
        Object.assign(this, { places: playback.frame(this.round + 1).places, present: playback.frame(this.round + 1).present });
        this.#count();
        continue;
      }
      const index = this.round - playback.first, moved = playback.data.frames.places[index];
      for (let i = 0; i < moved.length; i += 3) {
        this.places[2 * moved[i]] = moved[i + 1];
        this.places[2 * moved[i] + 1] = moved[i + 2];
      }
      for (const agent of playback.data.frames.present[index]) this.present[agent] = 1 - this.present[agent];
      this.#count();
    }
    return this.counts;
  }

  #count() {
    for (let a = 0; a < this.playback.agents; a += 1) {
      if (this.present[a]) this.counts[this.places[2 * a] * this.playback.width + this.places[2 * a + 1]] += 1;
    }
  }
}

function drawHeat(scene) {
  const { pen, camera, playback, traces, theme, now, span } = scene;
  const counts = traces.visits(now.round);
  const visited = counts.filter((count) => count > 0);
  const [most, least] = [Math.max, Math.min].map((pick) => Math.log(visited.reduce((a, b) => pick(a, b), visited[0])));
  for (let row = span.top; row < span.bottom; row += 1) {
    for (let column = span.left; column < span.right; column += 1) {
      const at = row * playback.width + column;
      if (!counts[at] || (now.cells[at] !== FREE && now.cells[at] < playback.setting.firstMovable)) continue;
      const share = ((Math.log(counts[at]) - least) / (most - least || 1)) * (theme.heat.length - 1), low = Math.floor(share);
      const colour = mixed(theme.heat[low], theme.heat[Math.min(low + 1, theme.heat.length - 1)], share - low);
      pen.fillStyle = css(colour, 0.85);
      pen.fillRect(camera.x(column), camera.y(row), camera.cell + 0.3, camera.cell + 0.3);
    }
  }
}

function drawTrails(scene) {
  const { pen, camera, playback, traces, now, selected, spots } = scene;
  const frames = traces.trail(now.round - 1);
  pen.lineCap = pen.lineJoin = "round";
  pen.lineWidth = Math.max(1.2, camera.cell * 0.07);
  const count = Math.min(playback.agents, MOST_TRAILS);
  for (let a = 0; a < count; a += 1) {
    if (selected !== null && selected !== a) continue;
    const shift = ((a % TRAILS.length) - Math.floor(TRAILS.length / 2)) * 0.045 + 0.5;
    for (let i = 0; i < frames.length; i += 1) {
      if (!frames[i].present[a]) continue;
      const last = i + 1 === frames.length;
      const from = [frames[i].places[2 * a], frames[i].places[2 * a + 1]];
      const to = last ? [spots[2 * a] - 0.5, spots[2 * a + 1] - 0.5]
        : [frames[i + 1].places[2 * a], frames[i + 1].places[2 * a + 1]];
      if (Math.max(Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1])) > JUMP) continue;
      pen.strokeStyle = css(TRAILS[a % TRAILS.length], 0.12 + (0.7 * (i + 1)) / frames.length);
      pen.beginPath();
      pen.moveTo(camera.x(from[1] + shift), camera.y(from[0] + shift));
      pen.lineTo(camera.x(to[1] + shift), camera.y(to[0] + shift));
      pen.stroke();
    }
  }
}

// A border around the view of an agent and a ring around it; the rest of the map is dimmed.
function drawView(scene, agent) {
  const { pen, camera, playback, spots, theme } = scene;
  const half = playback.setting.viewSize / 2, row = spots[2 * agent], column = spots[2 * agent + 1];
  const x = camera.x(column - half), y = camera.y(row - half), size = 2 * half * camera.cell;
  pen.fillStyle = css(theme.veil, scene.layers.only ? 1 : 0.5);
  pen.beginPath();
  pen.rect(0, 0, camera.width, camera.height);
  pen.roundRect(x, y, size, size, 6);
  pen.fill("evenodd");
  pen.strokeStyle = css(theme.accent);
  pen.lineWidth = 2;
  pen.beginPath();
  pen.roundRect(x - 1, y - 1, size + 2, size + 2, 7);
  pen.stroke();
  circle(pen, camera.x(column), camera.y(row), Math.max(5, camera.cell * 0.49));
  pen.stroke();
}

// [speaker, hearer] of each message that was heard.
function* hearings({ now: { hears } }) {
  for (let i = 0; i < hears.length; i += 2) yield [hears[i], hears[i + 1]];
}

function drawHearing(scene) {
  const { pen, camera, spots, selected } = scene;
  let number = 0;
  for (const [speaker, hearer] of hearings(scene)) {
    const chosen = selected === speaker || selected === hearer;
    if (selected !== null && !chosen) continue;
    if ((number += 1) > MOST_LINES) return;
    const { width, height, setting } = scene.playback;
    const [down, right] = [height, width].map((side, axis) => { // on a torus by the shorter way, over the edge
      const way = spots[2 * hearer + axis] - spots[2 * speaker + axis];
      return setting.space === "torus" ? way - Math.round(way / side) * side : way;
    });
    const from = [camera.x(spots[2 * speaker + 1]), camera.y(spots[2 * speaker])];
    const to = [camera.x(spots[2 * speaker + 1] + right), camera.y(spots[2 * speaker] + down)];
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1;
    const share = Math.min(0.5, (0.44 * camera.cell) / length);
    const tip = [to[0] + (from[0] - to[0]) * share, to[1] + (from[1] - to[1]) * share];
    pen.strokeStyle = pen.fillStyle = css(TRAILS[speaker % TRAILS.length], chosen ? 0.95 : 0.45);
    pen.lineWidth = Math.max(1, camera.cell * (chosen ? 0.06 : 0.03));
    pen.beginPath();
    pen.moveTo(...from);
    pen.lineTo(...tip);
    pen.stroke();
    disc(pen, ...tip, Math.max(2, camera.cell * 0.06));
  }
}

// Speech bubbles, placed so that they cover each other and agents as little as possible.
function drawBubbles(scene) {
  const { pen, camera, playback, now, spots, selected, theme } = scene;
  const size = Math.min(15, Math.max(11, camera.cell * 0.24));
  const heard = new Set([...hearings(scene)].filter(([, hearer]) => hearer === selected).map(([speaker]) => speaker));
  const said = now.said.filter(({ agent, text }) => now.present[agent] && text.trim()
    && (selected === null || agent === selected || heard.has(agent))
    && inSight(scene, spots[2 * agent], spots[2 * agent + 1]));
  said.sort((a, b) => (b.agent === selected) - (a.agent === selected));
  const taken = thingsInTheWay(scene);
  pen.font = `500 ${size}px ${FONT}`;
  const bubbles = [];
  for (const { agent, text } of said) {
    if (bubbles.length === MOST_BUBBLES) break;
    const lines = wrapped(pen, text, size * 12.5, 3);
    const width = Math.max(...lines.map((line) => pen.measureText(line).width)) + size * 1.1;
    const height = lines.length * size * 1.28 + size * 0.7;
    const x = camera.x(spots[2 * agent + 1]), y = camera.y(spots[2 * agent]), away = camera.cell * 0.5 + 5;
    const spot = best(camera, taken, x, y, width, height, away);
    const hidden = taken.reduce((sum, other) => sum + (other.weight >= 1 ? shared(spot, other) : 0), 0);
    if (agent !== selected && hidden > MOST_HIDDEN * camera.cell ** 2) continue; // it would hide agents or texts
    taken.push({ ...spot, weight: 3 });
    bubbles.push([pen, spot, x, y, camera.cell * 0.36, lines, size, theme]);
  }
  for (const bubble of bubbles) drawTail(...bubble); // all tails first: none covers the text of another bubble
  for (const bubble of bubbles) drawBubble(...bubble);
  if (bubbles.length < said.length) {
    pen.font = `500 12px ${FONT}`;
    pen.textAlign = "right";
    pen.textBaseline = "top";
    pen.fillStyle = css(theme.faint);
    pen.fillText(`+ ${said.length - bubbles.length} more speak`, camera.width - 8, 6);
  }
}

// Boxes of agents and things that bubbles should not cover.
function thingsInTheWay(scene) {
  const { camera, playback, now, spots } = scene, taken = [];
  for (let a = 0; a < Math.min(playback.agents, 300); a += 1) {
    if (now.present[a]) taken.push({ ...square(camera, spots[2 * a], spots[2 * a + 1]), weight: 1 });
  }
  for (let code = WALL + 1; code < playback.setting.firstAgent; code += 1) {
    for (const [row, column] of cellsOf(scene, code)) {
      taken.push({ ...square(camera, row + 0.5, column + 0.5), weight: 0.6 });
      if (taken.length > 600) return taken;
    }
  }
  return taken;
}

const square = (camera, row, column) => box(camera.x(column), camera.y(row), camera.cell * 0.8, camera.cell * 0.8);

const box = (x, y, width, height) => ({ left: x - width / 2, top: y - height / 2, width, height });

function best(camera, taken, x, y, width, height, away) {
  const ways = [[0, -1], [0, 1], [1, 0], [-1, 0], [1, -1], [-1, -1], [1, 1], [-1, 1]];
  const farther = ways.flatMap((way) => [1, 1.8].map((times) => [...way, times]));
  const choices = farther.map(([right, down, times]) => {
    const spot = box(x + right * (width / 2 + away * times), y + down * (height / 2 + away * times), width, height);
    spot.left = Math.min(camera.width - width - 4, Math.max(4, spot.left));
    spot.top = Math.min(camera.height - height - 4, Math.max(4, spot.top));
    const cost = taken.reduce((sum, other) => sum + other.weight * shared(spot, other), 0);
    return { spot, cost: cost + 200 * (times - 1) };
  });
  return choices.reduce((a, b) => (b.cost < a.cost ? b : a)).spot;
}

function shared(one, other) { // area of the intersection of two boxes
  const across = Math.min(one.left + one.width, other.left + other.width) - Math.max(one.left, other.left);
  const down = Math.min(one.top + one.height, other.top + other.height) - Math.max(one.top, other.top);
  return across > 0 && down > 0 ? across * down : 0;
}

function drawTail(pen, spot, x, y, radius, lines, size, theme) {
  pen.fillStyle = css(theme.bubble);
  const middle = [spot.left + spot.width / 2, spot.top + spot.height / 2];
  const way = Math.atan2(middle[1] - y, middle[0] - x), foot = [Math.cos(way + Math.PI / 2) * 5, Math.sin(way + Math.PI / 2) * 5];
  pen.beginPath();
  pen.moveTo(x + Math.cos(way) * radius, y + Math.sin(way) * radius);
  const root = [Math.min(spot.left + spot.width - 8, Math.max(spot.left + 8, x)), Math.min(spot.top + spot.height - 4, Math.max(spot.top + 4, y))];
  pen.lineTo(root[0] + foot[0], root[1] + foot[1]);
  pen.lineTo(root[0] - foot[0], root[1] - foot[1]);
  pen.fill();
}

function drawBubble(pen, spot, x, y, radius, lines, size, theme) {
  pen.save();
  pen.fillStyle = css(theme.bubble);
  pen.beginPath();
  pen.roundRect(spot.left, spot.top, spot.width, spot.height, size * 0.5);
  pen.fill();
  pen.fillStyle = css(theme.bubbleInk);
  pen.font = `500 ${size}px ${FONT}`;
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  lines.forEach((line, i) => pen.fillText(line, spot.left + size * 0.55, spot.top + size * (0.35 + 0.66 + 1.28 * i)));
  pen.restore();
}

// Wraps a text, cut after some lines.
function wrapped(pen, text, width, most) {
  const lines = [""];
  for (const word of text.trim().split(/\s+/)) {
    const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
    if (pen.measureText(longer).width <= width) lines[lines.length - 1] = longer;
    else if (lines.at(-1)) lines.push(word);
    else lines[0] = word;
  }
  const shown = lines.slice(0, most).map((line) => {
    let cut = line;
    while (cut.length > 1 && pen.measureText(cut).width > width) cut = cut.slice(0, -1);
    return cut === line ? line : `${cut.slice(0, -1)}…`;
  });
  if (lines.length > most) shown[most - 1] = `${shown[most - 1].replace(/…$/, "").slice(0, -1)}…`;
  return shown;
}
