// A game that is going on: frames come over a WebSocket; rounds that came too fast are skipped.

const MOST_KEPT = 64e6; // bytes of frames that the page keeps: our choice
const PATIENCE = [500, 1000, 2000, 4000, 8000]; // milliseconds before the next try to connect again

class LivePlayback extends Playback {
  constructor(data) {
    super(data);
    Object.assign(this, { live: true, over: false, calls: new Map(), rounds: [this.first], states: new Map() });
    this.states.set(this.first, this.kept.get(this.first));
  }

  // The newest frame that came at or before a round.
  frame(round) { return this.states.get(this.#nearest(round)); }

  said(round) { return this.states?.get(round)?.said ?? (round === this.first ? super.said(round) : []); }

  thought(agent, round) { return this.calls.get(`${agent} ${round}`) ?? null; }

  // Take a frame; frames of rounds before the last one are those from before this page was opened.
  add(sent) {
    const state = {
      round: sent.round, score: sent.score,
      cells: bytes(sent.cells), places: new Int32Array(bytes(sent.places).buffer),
      present: Uint8Array.from(sent.present), marks: Uint8Array.from(sent.marks),
      moves: Int8Array.from(sent.moves), senses: Uint8Array.from(sent.senses),
      said: messagesOf(sent.said, sent.worth), heard: heardBy(sent.heard), hears: sent.hears,
      badges: sent.badges,
      floor: bytes(sent.floor), payoffs: sent.payoffs, teams: sent.teams,
      points: Int32Array.from(sent.points),
    };
    if (state.round <= this.last && this.states.has(state.round)) return;
    if (state.round > this.last) {
      while (this.scores.length < state.round - this.first) this.scores.push(this.scores.at(-1));
      this.scores[state.round - this.first] = state.score;
      this.last = state.round;
    }
    this.states.set(state.round, state);
    this.rounds = [...this.states.keys()].sort((one, other) => one - other);
    for (const [round, name, agent] of sent.events) this.events.push({ round, name, agent });
    for (const { agent, round, ...call } of sent.calls) this.calls.set(`${agent} ${round}`, call);
    if (sent.status && sent.status !== this.status.at(-1)?.[1]) this.status.push([state.round, sent.status]);
    this.#forget(state);
  }

  // Keep every other frame once there are too many; the last ones always.
  #forget(state) {
    const most = Math.max(60, MOST_KEPT / (state.cells.length + 16 * this.agents + 2000));
    if (this.rounds.length <= most) return;
    const old = this.rounds.slice(1, -30);
    old.forEach((round, i) => { if (i % 2) this.states.delete(round); });
    this.rounds = [...this.states.keys()];
  }

  #nearest(round) {
    let low = 0, high = this.rounds.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.rounds[middle] <= round) low = middle;
      else high = middle - 1;
    }
    return this.rounds[low];
  }
}

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

// Ask for the next frame when the last one is drawn: a slow or hidden page skips frames, and nobody waits for it.
function watch(playback, app, failures = 0) {
  const address = new URL("live", location.href);
  address.protocol = address.protocol.endsWith("s:") ? "wss:" : "ws:";
  address.hash = address.search = "";
  const socket = new WebSocket(address);
  let tries = failures;
  socket.onopen = () => { tries = 0; socket.send(String(playback.last)); app.setLive("live"); };
  socket.onmessage = (event) => {
    const { frames, over } = JSON.parse(event.data), followed = app.player.goal >= playback.last;
    for (const frame of frames) playback.add(frame);
    playback.over = over;
    app.grow(followed);
    if (over) app.setLive("over");
    else requestAnimationFrame(() => socket.readyState === WebSocket.OPEN && socket.send(String(playback.last)));
  };
  socket.onclose = () => {
    if (playback.over) return;
    app.setLive("connection lost");
    setTimeout(() => watch(playback, app, tries + 1), PATIENCE[Math.min(tries, PATIENCE.length - 1)]);
  };
}
