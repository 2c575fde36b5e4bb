// A recorded game: unpacks the data of the page and gives any frame. See packing.py for the format.

async function unpack(text) {
  if (typeof DecompressionStream === "undefined") {
    throw new Error("This browser is too old for this page: it needs one of 2023 or later.");
  }
  const bytes = Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

class Playback {
  constructor(data) {
    Object.assign(this, {
      setting: data.setting, caption: data.caption, height: data.height, width: data.width,
      agents: data.agents, texts: data.texts, status: data.status, series: data.series,
    });
    this.data = data;
    this.first = data.start.round;
    this.last = this.first + data.frames.score.length;
    this.scores = [data.start.score, ...data.frames.score];
    this.events = data.events.map(([round, name, agent]) => ({ round, name, agent }));
    this.thoughts = new Map(data.thoughts.map((row) => [`${row[0]} ${row[1]}`, row]));
    const start = this.#begin();
    // Every `spacing`-th frame is kept, so that any frame is near; about 32 MB at most.
    const size = this.height * this.width + 16 * this.agents + 1000;
    const copies = Math.max(4, Math.floor(32e6 / size));
    this.spacing = Math.max(8, Math.ceil((this.last - this.first + 1) / copies));
    this.kept = new Map([[this.first, start]]);
    this.recent = new Map();
  }

  // The frame after `round` rounds. Do not modify frames.
  frame(round) {
    const number = Math.min(this.last, Math.max(this.first, round));
    if (this.recent.has(number)) return this.recent.get(number);
    let from = this.first + Math.floor((number - this.first) / this.spacing) * this.spacing;
    while (!this.kept.has(from)) from -= this.spacing;
    for (const near of this.recent.keys()) if (near <= number && near > from) from = near;
    let state = this.recent.get(from) ?? this.kept.get(from);
    for (let at = from + 1; at <= number; at += 1) {
      state = this.#next(state, at);
      if ((at - this.first) % this.spacing === 0 && !this.kept.has(at)) this.kept.set(at, state);
    }
    this.recent.set(number, state);
    if (this.recent.size > 6) this.recent.delete(this.recent.keys().next().value);
    return state;
  }

  // The model call of an agent in a round, or null.
  thought(agent, round) {
    const row = this.thoughts.get(`${agent} ${round}`);
    if (!row) return null;
    const [, , model, parts, answer, promptTokens, answerTokens, cost, seconds, failed, reasoning] = row;
    const prompt = [];
    for (let i = 0; i < parts.length; i += 2) prompt.push({ role: parts[i], text: this.texts[parts[i + 1]] });
    return { model, prompt, answer, promptTokens, answerTokens, cost, seconds, failed, reasoning };
  }

  // The cost of language models up to a round, in words.
  statusAt(round) {
    let found = "";
    for (const [at, text] of this.status) {
      if (at > round) break;
      found = text;
    }
    return found;
  }

  // [{agent, text, worth, gains}] of the messages of the round before a frame; the last two are "" if unknown.
  said(round) {
    const { start, frames } = this.data, at = round - this.first - 1;
    return messagesOf(at < 0 ? start.said : frames.said[at], at < 0 ? start.worth : frames.worth[at]);
  }

  // The map in the symbols of the scenario, a string per row.
  grid(round) {
    const { cells, floor } = this.frame(round), { kinds, shades } = this.setting;
    const symbol = (at) => (cells[at] === FREE && floor[at]
      ? this.setting.floor[Math.floor((floor[at] - 1) / shades)][0] : kinds[cells[at]][0]);
    return Array.from({ length: this.height }, (_, row) =>
      Array.from({ length: this.width }, (_, column) => symbol(row * this.width + column)).join(""));
  }

  #begin() {
    const start = this.data.start;
    return {
      round: start.round, score: start.score,
      cells: Uint8Array.from(start.cells), places: Int32Array.from(start.places),
      present: Uint8Array.from(start.present), marks: Uint8Array.from(start.marks),
      moves: Int8Array.from(start.moves), senses: Uint8Array.from(start.senses), badges: start.badges,
      floor: Uint8Array.from(start.floor), payoffs: start.payoffs, teams: start.teams,
      points: Int32Array.from(start.points),
      said: this.said(start.round), heard: heardBy(start.heard), hears: start.hears,
    };
  }

  #next(state, round) {
    const index = round - this.first - 1;
    const frames = this.data.frames;
    const places = state.places.slice();
    const moved = frames.places[index];
    for (let i = 0; i < moved.length; i += 3) {
      places[2 * moved[i]] = moved[i + 1];
      places[2 * moved[i] + 1] = moved[i + 2];
    }
    const present = state.present.slice();
    for (const agent of frames.present[index]) present[agent] = 1 - present[agent];
    return {
      round, score: frames.score[index],
      cells: patched(state.cells, frames.cells[index]), places, present,
      marks: patched(state.marks, frames.marks[index]),
      moves: Int8Array.from(frames.moves[index]),
      senses: patched(state.senses, frames.senses[index]), badges: frames.badges[index] ?? state.badges,
      floor: patched(state.floor, frames.floor[index]), payoffs: frames.payoffs[index] ?? state.payoffs,
      teams: frames.teams[index] ?? state.teams, points: Int32Array.from(frames.points[index]),
      said: this.said(round), heard: heardBy(frames.heard[index]), hears: frames.hears[index],
    };
  }
}

function patched(array, pairs) {
  if (!pairs.length) return array;
  const copy = array.slice();
  for (let i = 0; i < pairs.length; i += 2) copy[pairs[i]] = pairs[i + 1];
  return copy;
}

function messagesOf(said, gains) {
  const found = [];
  for (let i = 0; i < said.length; i += 2) {
    found.push({ agent: said[i], text: said[i + 1], worth: gains[i] ?? "", gains: gains[i + 1] ?? "" });
  }
  return found;
}

function heardBy(flat) {
  const found = new Map();
  for (let i = 0; i < flat.length; i += 2) found.set(flat[i], flat[i + 1]);
  return found;
}
