"""Which round is looked at, and how the picture moves from one to the next."""

from collections.abc import Sequence

from swarm_env.viz.window.feed import Feed

from swarm_env.playback.playback import AnyPlayback

SPEEDS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 0.0)  # rounds per second; 0: as fast as it goes
FASTEST = 1000.0  # rounds per second of a film that is shown as fast as it goes
LONGEST_MOVE = 0.4  # a body is on its way from cell to cell for so long at most [s]
SMOOTH = 30.0  # rounds per second above which bodies jump


class Playhead:
    """The clock of what is shown: one film or several in step, recorded or of a game that is being played.

    Attributes:
        films: What is shown; empty while a game has not begun.
        at: Rounds played in the moment that is shown.
        speed: Rounds per second; 0: as fast as it goes.
        paused: Whether the game or the film is paused.
        held: Whether the picture is kept while the game runs on.
        following: Of a game that is played: whether the newest round is shown.
    """

    def __init__(
        self, films: Sequence[AnyPlayback], speed: float, feed: Feed | None = None, until: int | None = None
    ) -> None:
        """Begin with the first round.

        Args:
            films: What is shown.
            speed: Rounds per second.
            feed: Of the game that is being played; None: the films are recordings.
            until: Round at which a film pauses by itself; None: its last.
        """
        self._until = until
        self.films: list[AnyPlayback] = list(films)
        self.at = self.first if films else 0
        self.speed, self.paused, self.held, self.following = speed, False, False, True
        self._feed, self._hidden = feed, False
        self._moved, self._smoothly = -1.0, False  # when the picture went on last; whether bodies walk there
        self._owed = 0.0  # part of a round that has passed since [rounds]
        self._last_tick: float | None = None

    @property
    def live(self) -> bool:
        """Whether a game is being shown as it is played."""
        return self._feed is not None

    @property
    def first(self) -> int:
        """First round that can be shown."""
        return min((film.first for film in self.films), default=0)

    @property
    def last(self) -> int:
        """Last round that can be shown."""
        return max((film.last for film in self.films), default=0)

    def tick(self, now: float) -> bool:
        """Go on with time.

        Args:
            now: Seconds, by any clock that only goes on.

        Returns:
            Whether another round is shown now.
        """
        before = self.at
        passed = 0.0 if self._last_tick is None else now - self._last_tick
        self._last_tick = now
        if self._feed is not None:
            self._tick_live(now)
        elif not self.paused:
            self._owed += passed * (self.speed or FASTEST)
            rounds, self._owed = int(self._owed), self._owed % 1
            stop = self.last if self._until is None or self.at >= self._until else min(self._until, self.last)
            if rounds and self.at < stop:
                self._show(min(self.at + rounds, stop), now)
            self.paused = self.at >= stop
        return self.at != before

    def progress(self, now: float) -> float:
        """How far bodies are on their way from the round before to the one shown, 0 to 1."""
        if not self._smoothly:
            return 1.0
        whole = min(1 / self.speed, LONGEST_MOVE) if self.speed > 0 else LONGEST_MOVE
        return min(max((now - self._moved) / whole, 0.0), 1.0)

    def moving(self, now: float) -> bool:
        """Whether bodies are on their way."""
        return self.progress(now) < 1.0

    def pause(self) -> None:
        """Pause, or go on; a film that has ended begins again."""
        self.paused = not self.paused
        if self._feed is not None:
            self._feed.pause(self.paused)
        elif not self.paused and self.at >= self.last:
            self._jump(self.first)
        self._owed = 0.0

    def step(self, rounds: int, now: float) -> None:
        """Go some rounds on or back, and pause."""
        if not self.paused:
            self.pause()
        target = self.at + rounds
        if self._feed is not None and self.following and rounds > 0:
            self._feed.step()
        elif self.first <= target <= self.last:
            self.following = self.live and target == self.last
            self._show(target, now) if rounds == 1 else self._jump(target)

    def go(self, target: int) -> None:
        """Show a round, as near to it as there is one."""
        target = min(max(target, self.first), self.last)
        self.following = self.live and target >= self.last
        if self.following:
            self.hold(False)
        self._jump(target)

    def hold(self, held: bool) -> None:
        """Keep the picture while the game runs on as fast as it can, or go with it again."""
        if self._feed is None:
            return
        self.held, self.following = held, not held
        self._feed.unseen(self.held or self._hidden)

    def hide(self, hidden: bool) -> None:
        """Say whether the window can be seen at all."""
        self._hidden = hidden
        if self._feed is not None:
            self._feed.unseen(self.held or hidden)

    def finish(self, now: float) -> None:
        """The game is over: what was shown of it is a film from now on."""
        self._tick_live(now)
        self._feed, self.paused = None, True
        self.held = self.following = False

    def hurry(self, faster: bool) -> None:
        """The next higher or lower speed."""
        rank = [speed or float("inf") for speed in SPEEDS]
        speed = self.speed or float("inf")
        others = [other for other in rank if (other > speed if faster else other < speed)]
        if others:
            chosen = min(others) if faster else max(others)
            self.speed = 0.0 if chosen == float("inf") else chosen
            if self._feed is not None:
                self._feed.pace(self.speed)

    def to_mark(self, forwards: bool) -> None:
        """Show the next round, or the one before, in which something has happened."""
        rounds = {mark.round for film in self.films for mark in film.marks()}
        there = [
            r for r in rounds if self.first <= r <= self.last and (r > self.at if forwards else r < self.at)
        ]
        if there:
            self.go(min(there) if forwards else max(there))

    def _tick_live(self, now: float) -> None:
        if not self.films and self._feed is not None and self._feed.film is not None:
            self.films.append(self._feed.film)
            self.at = self._feed.film.first
        if self.following and self.films and self.last != self.at:
            self._show(self.last, now)
        self.at = max(self.at, self.first)

    def _show(self, target: int, now: float) -> None:
        """Show a later round; bodies walk there if it is the next one, and if there is time."""
        steps = 0 < self.speed <= SMOOTH or self.paused
        self._smoothly = target == self.at + 1 and steps
        self.at, self._moved = target, now

    def _jump(self, target: int) -> None:
        self.at, self._smoothly, self._owed = target, False, 0.0
