// The playhead of the page: which round is shown, whether it advances, and how fast.

const SPEEDS = [0.5, 1, 2, 4, 8, 16, 32, 64]; // rounds per second
const STEP_SPEED = 5; // least speed at which a single step is shown

class Player {
  constructor(playback) {
    this.playback = playback;
    this.position = this.goal = playback.first; // the round that is shown; a fraction is between two rounds
    this.playing = false;
    this.speed = playback.last - playback.first > 400 ? 16 : 4;
    this.selected = null;
    this.onchange = () => {};
    this.reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
  }

  // The round whose frame is shown, and how far agents have moved to it, 0 to 1.
  get round() { return Math.ceil(this.position - 1e-9); }

  get progress() { return this.position === this.round ? 1 : this.position - this.round + 1; }

  get moving() { return this.playing || this.position !== this.goal; }

  // Advance by some seconds.
  pass(seconds) {
    if (this.playing) {
      this.position = Math.min(this.playback.last, this.position + seconds * this.speed);
      this.goal = this.position;
      if (this.position >= this.playback.last) this.pause();
      return;
    }
    const left = this.goal - this.position;
    const way = seconds * Math.max(STEP_SPEED, this.speed);
    if (this.reducedMotion.matches || Math.abs(left) > 1.001 || Math.abs(left) <= way) this.position = this.goal;
    else this.position += Math.sign(left) * way;
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    if (this.position >= this.playback.last) this.position = this.playback.first;
    this.playing = true;
    this.refresh();
  }

  pause() {
    this.playing = false;
    this.goal = Math.ceil(this.position - 1e-9); // finish the current step
    this.refresh();
  }

  // Show a round: at once, or with motion if it is the next.
  seek(round, atOnce = false) {
    this.playing = false;
    this.goal = Math.min(this.playback.last, Math.max(this.playback.first, round));
    if (atOnce || this.goal < this.position) this.position = this.goal;
    this.refresh();
  }

  step(rounds) { this.seek((rounds < 0 ? this.round : Math.floor(this.goal)) + rounds); }

  faster(steps) {
    const at = SPEEDS.findIndex((speed) => speed >= this.speed);
    this.speed = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, at + steps))];
    this.refresh();
  }

  select(agent) {
    this.selected = agent;
    this.refresh();
  }

  refresh() { this.onchange(); }
}
