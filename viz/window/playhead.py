"""The playhead: which round is shown, and how far agents have moved towards it."""

from collections.abc import Sequence

from swarm_env.viz.window.feed import Feed

from swarm_env.playback.playback import AnyPlayback

SPEEDS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, float("inf"))  # rounds per second
FASTEST = 1000.0  # rounds per second of a recording shown as fast as possible
LONGEST_MOVE = 0.4  # duration of an agent's move from cell to cell, at most [s]
SMOOTH = 30.0  # rounds per second above which moves are not interpolated


class Playhead:
    """Position in one or more playbacks shown in step, recorded or live."""

    def __init__(
        self,
        playbacks: Sequence[AnyPlayback],
        speed: float,
        feed: Feed | None = None,
        until: int | None = None,
    ) -> None:
        """Start at the first round, at a speed in rounds per second.

        Without the feed of a live game the playbacks are recordings; they pause by themselves at round
        `until` (None: their last).
        """
        self._until = until
        self.playbacks: list[AnyPlayback] = list(playbacks)  # empty before a live game has begun
        self.round = self.first if playbacks else 0  # that is shown
        self.speed = speed  # rounds per second; 0: as fast as possible
        self.paused = False  # whether the game or the playback is paused
        self.held = False  # whether the shown round is kept while a live game continues
        self.following = True  # whether the newest round of a live game is shown
        self._feed, self._hidden = feed, False
        self._moved, self._smooth = -1.0, False  # when the round changed, and whether agents move to it
        self._elapsed = 0.0  # since the shown round [rounds]
        self._last_tick: float | None = None

    @property
    def live(self) -> bool:
        """Whether a live game is shown."""
        return self._feed is not None

    @property
    def first(self) -> int:
        """First round that can be shown."""
        return min((playback.first for playback in self.playbacks), default=0)

    @property
    def last(self) -> int:
        """Last round that can be shown."""
        return max((playback.last for playback in self.playbacks), default=0)

    def tick(self, now: float) -> None:
        """Advance to the time `now` of any monotonic clock [s]."""
        passed = 0.0 if self._last_tick is None else now - self._last_tick
        self._last_tick = now
        if self._feed is not None:
            self._tick_live(now)
        elif not self.paused:
            self._elapsed += passed * (self.speed or FASTEST)
            rounds, self._elapsed = int(self._elapsed), self._elapsed % 1
            until = self._until
            stop = self.last if until is None or self.round >= until else min(until, self.last)
            if rounds and self.round < stop:
                self._advance(min(self.round + rounds, stop), now)
            self.paused = self.round >= stop

    def progress(self, now: float) -> float:
        """How far agents have moved from the previous round to the shown one, 0 to 1."""
        if not self._smooth:
            return 1.0
        duration = min(1 / self.speed, LONGEST_MOVE) if self.speed > 0 else LONGEST_MOVE
        return min(max((now - self._moved) / duration, 0.0), 1.0)

    def moving(self, now: float) -> bool:
        """Whether agents are moving between two rounds."""
        return self.progress(now) < 1.0

    def toggle_pause(self) -> None:
        """Pause or resume; a playback at its end starts again."""
        self.paused = not self.paused
        if self._feed is not None:
            self._feed.set_paused(self.paused)
        elif not self.paused and self.round >= self.last:
            self._jump(self.first)
        self._elapsed = 0.0

    def step(self, rounds: int, now: float) -> None:
        """Move by some rounds, and pause."""
        if not self.paused:
            self.toggle_pause()
        target = self.round + rounds
        if self._feed is not None and self.following and rounds > 0:
            self._feed.step()
        elif self.first <= target <= self.last:
            self.following = self.live and target == self.last
            self._advance(target, now) if rounds == 1 else self._jump(target)

    def seek(self, target: int) -> None:
        """Show a round, or the nearest that can be shown."""
        target = min(max(target, self.first), self.last)
        self.following = self.live and target >= self.last
        if self.following:
            self.hold(False)
        self._jump(target)

    def seek_mark(self, forward: bool) -> None:
        """Show the next or the previous round with a mark."""
        rounds = {mark.round for playback in self.playbacks for mark in playback.marks()}
        known = range(self.first, self.last + 1)
        ahead = [r for r in rounds if r in known and (r > self.round if forward else r < self.round)]
        if ahead:
            self.seek(min(ahead) if forward else max(ahead))

    def hold(self, held: bool) -> None:
        """Keep the shown round while a live game continues at full speed, or follow the game again."""
        if self._feed is not None:
            self.held, self.following = held, not held
            self._feed.set_hidden(held or self._hidden)

    def set_hidden(self, hidden: bool) -> None:
        """Set whether the window is invisible."""
        self._hidden = hidden
        if self._feed is not None:
            self._feed.set_hidden(self.held or hidden)

    def finish(self, now: float) -> None:
        """The live game has ended: show it like a recording from now on."""
        self._tick_live(now)
        self._feed, self.paused = None, True
        self.held = self.following = False

    def change_speed(self, faster: bool) -> None:
        """Choose the next higher or lower of `SPEEDS`."""
        speed = self.speed or float("inf")
        others = [other for other in SPEEDS if (other > speed if faster else other < speed)]
        if others:
            chosen = min(others) if faster else max(others)
            self.speed = 0.0 if chosen == float("inf") else chosen
            if self._feed is not None:
                self._feed.set_speed(self.speed)

    def _tick_live(self, now: float) -> None:
        if not self.playbacks and self._feed is not None and self._feed.playback is not None:
            self.playbacks.append(self._feed.playback)
            self.round = self._feed.playback.first
        if self.following and self.playbacks and self.last != self.round:
            self._advance(self.last, now)
        self.round = max(self.round, self.first)

    def _advance(self, target: int, now: float) -> None:
        """Show a later round; agents move there if it is the next one and the speed allows it."""
        self._smooth = target == self.round + 1 and (0 < self.speed <= SMOOTH or self.paused)
        self.round, self._moved = target, now

    def _jump(self, target: int) -> None:
        self.round, self._smooth, self._elapsed = target, False, 0.0
