"""A batch of worlds: allocates the arrays, resets, steps, saves and restores."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine import compiler
from swarm_env.engine import step as rounds
from swarm_env.engine.compiled import second_process
from swarm_env.engine.compiled.bounds import Kernels, Trial, trial_of
from swarm_env.engine.messages.deliver import count_worlds, exchange_worlds
from swarm_env.engine.messages.message_sizes import heard_numbers, links_of, message_shapes, message_sizes
from swarm_env.engine.messages.send import PAIRS, send_worlds
from swarm_env.engine.messages.window_sums import presence_worlds
from swarm_env.engine.observe import OWN
from swarm_env.engine.physics.flow import network_needed, scratch_needed
from swarm_env.engine.physics.lines import FEW
from swarm_env.engine.physics.push import HEAVY, push_larger, push_part, swapped, swaps_of
from swarm_env.engine.rule_calls import rule_kernels
from swarm_env.engine.saved_state import SNAPSHOT, STATE, Snapshot, same_worlds
from swarm_env.engine.settings.layout import Layout
from swarm_env.engine.settings.map_arrays import MAPS, map_arrays, with_room, write_map
from swarm_env.engine.settings.rewards import apply_plain, is_compiled, reward_kernel, reward_of
from swarm_env.engine.settings.start_maps import StartMaps
from swarm_env.engine.space.field import field_numbers
from swarm_env.engine.state import (
    ARRAYS,
    CHANNELS,
    DOWN,
    EPISODE,
    FIELDS,
    FIRST_CELL,
    LEFT,
    NUM_CELLS,
    OUTSIDE,
    PRESENT,
    RIGHT,
    SPACES,
    UP,
    Sizes,
    WorldArrays,
    handle_of,
)  # fmt: skip
from swarm_env.engine.thread_pool import Threads
from swarm_env.errors import ConfigError
from swarm_env.frame import drawn

if TYPE_CHECKING:
    from swarm_env.scenario import Scenario

PAYOFFS = ("payoff", "last_payoff", "final_payoff")
HUGE = 20_000  # with at least so many agents, one world's round is split between threads
# Arrays without the worlds as first axis, or of another length; the rest is kept when there must be room for
# more objects.
SHARED = frozenset(
    {"options", "rules", "agents", "floor_most", "sense_most", "speakers", "links", "link_start", "scratch",
     "network", "layout", "places", *MAPS}
)  # fmt: skip
STATE_OF_WORLDS = tuple(name for name in ARRAYS if name not in SHARED)


class World:
    """A batch of worlds of one scenario.

    Attributes:
        config: Their settings.
        scenario: Their scenario.
        num_worlds: B.
        legal_moves: The numbers of all moves of the scenario.
        arrays: Their state, see `swarm_env.engine.state.WorldArrays`.
        as_bytes: Whether its features are whole numbers, in `feature_bytes`.
        parts: Lengths of the parts of an agent's feature vector: (planes, own numbers, heard numbers).
    """

    def __init__(
        self,
        scenario: "Scenario",
        num_worlds: int = 1,
        num_threads: int = 1,
        codes: bool = True,
        features: bool = False,
        autoreset: int = rounds.NO_AUTORESET,
        rewards: bool = True,
        as_bytes: bool = False,
        hears: int = 0,
    ) -> None:
        """Allocate the worlds; `reset` must follow.

        Args:
            scenario: The scenario, with its settings.
            num_worlds: B, at least 1.
            num_threads: Threads that share a round, at least 1.
            codes: Whether to write `views` every round.
            features: Whether to write `features` every round, from the codes.
            autoreset: NO_AUTORESET, SAME_STEP or NEXT_STEP of `swarm_env.engine.step`: when worlds that ended
                begin their next episode.
            rewards: Whether a reward function of the user's is called; it changes no state.
            as_bytes: Whether features are written to `feature_bytes` instead.
            hears: How who hears whom is written: NO_HEARS, MATRIX or EDGES of `messages.message_sizes`.
        """
        self.scenario = scenario
        self.config = scenario.config
        self.num_worlds = num_worlds
        self.legal_moves = frozenset(range(len(scenario.actions)))
        self.num_threads = num_threads
        self._flags = (codes or (features and not scenario.is_continuous), features, autoreset)
        self._hears = hears
        self.as_bytes = features and as_bytes
        self._threads = Threads(num_threads)
        self._reward = reward_of(self.config.reward) if rewards else None
        self._reward_kernel = reward_kernel(self._reward) if is_compiled(self._reward) else None
        self._calls_python = self._reward is not None and self._reward_kernel is None
        self._maps = StartMaps(scenario)
        self._draws = self._maps.draws
        self._own = (scenario.margin(), scenario.num_objects(), scenario.num_object_cells())
        self._allocate(*self._maps.room(*self._own))

    # Allocation.

    def _allocate(self, margin: int, num_objects: int, num_cells: int) -> None:
        config, scenario = self.config, self.scenario
        codes, features, autoreset = self._flags
        b, n, k = self.num_worlds, config.num_agents, config.view_size
        keeps = autoreset == rounds.SAME_STEP  # the last observations, beside the first of the next episode
        floats, whole = n * (features and not self.as_bytes), n * self.as_bytes
        margin = max(margin, k // 2)
        num_cells = max(num_cells, num_objects)
        self._shape = (margin, num_objects, num_cells)
        area = (config.height + 2 * margin) * (config.width + 2 * margin)
        planes, layers = len(scenario.kinds) - 1, len(scenario.floor)
        shown = 0 if scenario.is_continuous else planes
        fields = field_numbers(config) if scenario.is_continuous else 0
        hears = heard_numbers(config)
        senses = len(scenario.senses)
        width = (shown + layers) * k * k + OWN + senses + fields + hears
        self.num_features = width
        self.parts = (shown + layers, OWN + senses + fields, hears)
        sizes = self._sizes(margin, num_objects, num_cells, planes, width)
        links, starts = links_of(config)
        maps = map_arrays(self._maps.fixed, n, config.height * config.width, layers)
        _, _, layout = scenario.State.arrange(config, area)
        shapes: dict[str, tuple[int, ...]] = {
            "options": (len(config.options),),
            "rules": (len(scenario.rankings()) + len(scenario.votes()),),
            "agents": (n if scenario.are_unlike else 0, 3),
            "floor": (b, layers, area), "floor_before": (b, area * (layers > 0)), "floor_most": (layers,),
            "floor_views": (b, n * (codes and layers > 0), layers * k * k),
            "final_floor_views": (b, n * (codes and keeps and layers > 0), layers * k * k),
            "cells": (b, area), "who": (b, area), "position": (b, n, 2),
            **dict.fromkeys(("place", "heading"), (b, n if scenario.is_continuous else 0, 2)),
            "drive": (b, n if config.action == "box" else 0, len(scenario.drives)),
            "field": (b, n, fields),
            "final_field": (b, n if fields and keeps else 0, fields),
            "mark": (b, n), "active": (b, n),
            "sense": (b, n, senses), "sense_most": (senses,),
            "action": (b, n), "allowed": (b, n, len(scenario.actions)), "masked": (b,),
            "objects": (b, num_objects, 5), "object_cells": (b, num_cells, 2),
            "score": (b,), "last_score": (b,), **dict.fromkeys(PAYOFFS, (b, n if scenario.private else 0)),
            "clock": (b, 2), "seed": (b,), "over": (b,), "memory": (b, scenario.memory_size()),
            "table": (b, scenario.table_size(area)), "layout": layout.shape, "places": (b, 0, 2),
            "potential": (b, n), "last_potential": (b, n), "reward": (b, n),
            "terminated": (b, n), "truncated": (b, n),
            "ended": (b,), "final_score": (b,),
            "views": (b, n * k * k if codes else 0),
            "features": (b, floats, width), "feature_bytes": (b, whole, width),
            "final_views": (b, n * k * k if codes and keeps else 0),
            "final_features": (b, floats if keeps else 0, width),
            "final_feature_bytes": (b, whole if keeps else 0, width),
            "final_position": (b, n if keeps else 0, 2), "final_mark": (b, n if keeps else 0),
            "final_sense": (b, n if keeps else 0, senses),
            "final_allowed": (b, n if keeps else 0, len(scenario.actions)),
            **{name: array.shape for name, array in maps.items()}, "map_next": (b,),
            **message_shapes(config, sizes._asdict(), b, keeps),
            "links": links.shape, "link_start": starts.shape,
            "scratch": (self.num_threads, scratch_needed(n, num_objects, 0 if sizes.indexed else area)),
            "network": (self.num_threads, network_needed(n, num_objects, num_cells)),
        }  # fmt: skip
        arrays = {name: np.zeros(shapes[name], dtype) for name, (dtype, _) in ARRAYS.items()}
        options = config.options.values()  # -1 stands for the name of a rule that is not one of the numbers
        arrays["options"][:] = [-1.0 if isinstance(value, str) else float(value) for value in options]
        arrays["layout"][:] = layout
        arrays["agents"][:] = scenario.agent_table()
        arrays["floor_most"][:] = [layer.most for layer in scenario.floor]
        arrays["sense_most"][:] = [sense.most for sense in scenario.senses]
        arrays["who"].fill(-1)
        arrays["cells"].fill(OUTSIDE)
        arrays["allowed"].fill(1)
        arrays["clock"][:, EPISODE] = -1
        if sizes.limits_speech:
            arrays["speakers"][range(n) if config.may_speak is None else list(config.may_speak)] = 1
        arrays |= maps | {"links": links, "link_start": starts}
        arrays["map_next"].fill(-1)
        if not compiler.COMPILED:
            arrays["rules"] = arrays["rules"].astype(object)
        self._adopt(WorldArrays(sizes, **arrays))
        self._load_kernels()

    def _adopt(self, arrays: WorldArrays) -> None:
        """Use these arrays as the state."""
        self.arrays = arrays
        self._table, self.handle = handle_of(arrays)

    def _sizes(self, margin: int, num_objects: int, num_cells: int, planes: int, width: int) -> Sizes:
        config, scenario = self.config, self.scenario
        codes, features, autoreset = self._flags
        waits = self._calls_python and autoreset == rounds.SAME_STEP  # for the rewards of the last round
        # Few agents exchange messages pair by pair; many find their hearers on the map.
        few = FEW if config.message == "none" else min(FEW, (2 * config.hearing + 1) ** 2)
        values: dict[str, Any] = {
            "height": config.height, "width": config.width, "num_agents": config.num_agents,
            "num_objects": num_objects, "num_object_cells": num_cells, "view_size": config.view_size,
            "margin": margin, "stride": config.width + 2 * margin, "max_rounds": config.max_rounds,
            "num_actions": len(scenario.actions), "first_movable": scenario.first_movable,
            "first_agent": scenario.first_agent, "masks": scenario.masks, "num_planes": planes,
            "channel": CHANNELS.index(config.message), "vocabulary": config.vocabulary,
            "message_length": config.message_length, "message_dim": config.message_dim,
            "shaped": config.reward == "shaped",
            "rewarded": 2 if self._reward_kernel is not None else self._calls_python,
            "num_maps": len(self._maps.fixed), "codes": codes,
            "features": width if features else 0,
            "autoreset": rounds.NO_AUTORESET if waits else autoreset,
            "indexed": (config.num_agents > few or scenario.indexed) and not scenario.is_continuous,
            "private": scenario.private, "looks": scenario.looks,
            "agent_kinds": len(scenario.agents), "layers": len(scenario.floor),
            "returns": scenario.returns,
            "unlike": scenario.are_unlike, "space": SPACES.index(scenario.space),
            "draws_order": config.push_order == "drawn",
            "field": FIELDS.index(config.field), "rings": config.field_rings, "sectors": config.field_sectors,
            **message_sizes(
                config, scenario.limits_speech, self._hears, self._is_huge(), SPACES.index(scenario.space)
            ),
        }  # fmt: skip
        return Sizes(**values)

    def _load_kernels(self) -> None:
        """Find the addresses of the kernels that these worlds use; 0 for kernels that they do not need."""
        kind, config = type(self.scenario), self.config
        codes, features, _ = self._flags
        _, num_objects, num_cells = self._shape
        sizes = self.arrays.sizes
        wanted = (
            (kind.reset, True),
            (kind.begin, True),
            (kind.update, True),
            (kind.potential, config.reward == "shaped"),
            (self._delivers(), sizes.delivery),
            (rounds.view_worlds, codes),
            (rounds.feature_bytes_worlds if self.as_bytes else rounds.feature_worlds, features),
            (push_larger, num_cells > num_objects),
        )
        theirs = (rounds.RESET, rounds.BEGIN, rounds.UPDATE, rounds.POTENTIAL, rounds.REWARD)
        code = (*(function if needed else None for function, needed in wanted), self._reward_kernel)
        restart = rounds.renew if self._flags[2] == rounds.SAME_STEP else None
        code = (*code, presence_worlds if sizes.presence else None, rounds.start, restart)
        rules = tuple(rule_kernels(self.scenario.rankings(), self.scenario.votes()))
        kernels = Kernels(code, rules, theirs)
        self._trial: Trial | None = trial_of(self.scenario, kernels, self.arrays)
        # Two processes compile about half each; the larger bodies take as long as all observations.
        heavy, views = code[HEAVY] is not None, (code[rounds.VIEWS], code[rounds.FEATURES])
        beside = (code[rounds.DELIVER], *((code[HEAVY],) if heavy else views), rounds.start, restart)
        own = (rounds.play, rounds.reset, rounds.renew_worlds if self._calls_python else None, *views * heavy)
        with second_process.compiling([*filter(None, beside)], compiler.CACHE_FOLDER):
            for function in filter(None, own):
                compiler.ready(function)
            found, found_rules = kernels.addresses(self._trial is not None)
        self._code: Any = np.array(found, np.int64) if compiler.COMPILED else found
        self.arrays.rules[:] = found_rules

    def _delivers(self) -> Any:
        """The kernel that delivers messages."""
        if self.config.message == "text":
            return send_worlds
        return count_worlds if self.arrays.sizes.delivery == PAIRS else exchange_worlds

    def _is_huge(self) -> bool:
        """Whether threads share the rounds of the only world."""
        return self.num_worlds == 1 and self.num_threads > 1 and self.config.num_agents >= HUGE

    # Rounds.

    def reset(
        self,
        seeds: Sequence[int] | NDArray[Any] | None = None,
        layouts: Sequence[Layout | None] = (),
        chosen: NDArray[np.bool_] | None = None,
    ) -> None:
        """Begin a new episode in all worlds, or in those chosen.

        Args:
            seeds: (B,) a seed for each world, which restarts its count of episodes; None: the next episode.
            layouts: (B,) for each world a map to start this episode from, or None: as the settings say;
                empty: None for all.
            chosen: (B,) which worlds begin; the others stay as they are.

        Raises:
            ConfigError: If a map needs more room than worlds that go on have, or a function of the user's
                draws a map that does not fit; nothing has changed then.
        """
        where: Any = slice(None) if chosen is None else chosen
        starts, episodes = self.arrays.seed.copy(), self.arrays.clock[:, EPISODE] + 1
        if seeds is not None:
            starts[where] = np.array([int(seed) % 2**64 for seed in seeds], np.uint64)[where]
            episodes[where] = 0
        ahead: dict[int, Layout] = {}
        if layouts or self._draws:
            worlds = np.arange(self.num_worlds)[where].tolist()
            given = {w: layouts[w] for w in worlds} if layouts else {}
            draws = [w for w in worlds if given.get(w) is None]
            now = self._drawn(draws, starts, episodes)
            ahead = self._drawn(worlds, starts, episodes + 1) if self._flags[2] else {}
            self._set_next(
                now | {w: one for w, one in given.items() if one is not None},
                chosen is None or bool(chosen.all()),
            )
        self.arrays.seed[where] = starts[where]
        self.arrays.clock[where, EPISODE] = episodes[where] - 1
        for name in ("terminated", "truncated", "ended", "reward"):
            getattr(self.arrays, name)[where] = 0
        self._share(rounds.reset, chosen)
        self._set_next(ahead)

    def _drawn(
        self, worlds: Iterable[int], seeds: NDArray[np.uint64], episodes: NDArray[np.int64]
    ) -> dict[int, Layout]:
        """The maps that a function draws for some worlds; empty if the setting `layout` is none."""
        if not self._draws:
            return {}
        return {w: self._maps.draw(int(seeds[w]), int(episodes[w])) for w in worlds}

    def _set_next(self, maps: Mapping[int, Layout], all_begin: bool = False) -> None:
        """Let some worlds start their next episodes from these maps."""
        if not maps:
            return
        self._make_room(self._maps.room(*self._shape, maps.values()), all_begin)
        first, arrays = len(self._maps.fixed), self.arrays
        before = {name: getattr(arrays, name) for name in MAPS}
        rooms: dict[str, Any] = dict(with_room(before, first + self.num_worlds, maps.values()))
        most = max(arrays.places.shape[1], rooms["map_places"].shape[1])
        places = np.full((self.num_worlds, most, 2), -1, np.int32)
        places[:, : arrays.places.shape[1]] = arrays.places
        self._adopt(arrays._replace(places=places, **rooms))
        for w, layout in maps.items():
            write_map(rooms, first + w, layout)
            self.arrays.map_next[w] = first + w

    def _make_room(self, needed: tuple[int, int, int], all_begin: bool) -> None:
        """Reallocate unless there is room for objects of that reach, as many, with as many cells.

        The state is kept, unless the margin grows. Raises `ConfigError` then if not all worlds begin.
        """
        if needed == self._shape:
            return
        before, grows = self.arrays, needed[0] != self._shape[0]
        if grows and not all_begin:
            raise ConfigError(
                "layout: worlds that go on have no room for objects of that size. Reset all worlds, without "
                "a reset_mask."
            )
        self._allocate(*needed)
        for name in ("seed", "clock") if grows else STATE_OF_WORLDS:
            old, new = getattr(before, name), getattr(self.arrays, name)
            new[tuple(map(slice, old.shape))] = old
        kept = {name: getattr(before, name) for name in ("places", *MAPS)}
        self._adopt(self.arrays._replace(**kept))

    def step(self) -> None:
        """Play one round with the moves in `arrays.action` and the messages in `arrays.said`."""
        resets = self._flags[2] == rounds.NEXT_STEP and self.arrays.ended[0]
        if self._is_huge() and not resets and self._trial is None:
            self._step_huge()
        else:
            self._share(rounds.play)
        if self._calls_python and self._reward is not None:
            apply_plain(self._reward, self.arrays)
            if self.config.message_cost:
                self.arrays.reward[:] -= np.float32(self.config.message_cost) * self.arrays.speaks
            if self._flags[2] == rounds.SAME_STEP:
                self._share(rounds.renew_worlds)
        if self._draws:
            self._draw_ahead(np.flatnonzero(self.arrays.map_next < 0).tolist())

    def _draw_ahead(self, worlds: Sequence[int]) -> None:
        """Have the maps ready of the next episodes of some worlds, if a function draws them."""
        if self._flags[2]:
            self._set_next(self._drawn(worlds, self.arrays.seed, self.arrays.clock[:, EPISODE] + 1))

    def _share(self, function: Any, chosen: NDArray[np.bool_] | None = None) -> None:
        """Run a kernel over all worlds, or over some; with bounds checks if its kernels have not passed."""
        if self._trial is not None and self._trial.passed:
            self._load_kernels()
        if self._trial is None:
            self._run(function, chosen)
        else:
            self._trial.run(partial(self._run, function), function, self.arrays, chosen)

    def _run(self, function: Any, chosen: NDArray[np.bool_] | None) -> None:
        """Run a kernel over all worlds, which threads share in pieces of at most a block; or over some."""
        if chosen is not None:
            edges = np.flatnonzero(np.diff(np.pad(chosen.view(np.int8), 1)))
            for first, last in edges.reshape(-1, 2).tolist():
                function(self.handle, first, last, 0, self._code)
            return
        threads, worlds = self.num_threads, self.num_worlds
        if threads == 1:
            function(self.handle, 0, worlds, 0, self._code)
            return
        size = max(1, min(rounds.BLOCK, worlds // (4 * threads)))
        self._threads.share(function, self.handle, worlds, size, self._code)

    def _step_huge(self) -> None:
        """Play one round of the only world; threads split the pushes by lines and the views by agents."""
        share, handle, code, threads = self._threads.share, self.handle, self._code, self.num_threads
        height, width, n = self.config.height, self.config.width, self.config.num_agents
        compiler.ready(push_part)
        compiler.ready(rounds.play_alone)
        rounds.play_alone(handle, rounds.PREPARE, code)
        swaps = swaps_of(self.arrays, 0)
        for turn in () if self.scenario.is_continuous else (UP, DOWN, LEFT, RIGHT):
            direction, lines = swapped(turn, swaps), width if turn <= DOWN else height
            push_part(handle, -2 if turn == UP else -1, -1, direction, code)
            share(push_part, handle, lines, -(-lines // threads), code, direction)
        rounds.play_alone(handle, rounds.CONCLUDE, code)
        share(rounds.observe_part, handle, n, -(-n // threads), code)
        if self.arrays.sizes.autoreset == rounds.SAME_STEP:
            rounds.play_alone(handle, rounds.RENEW, code)

    # Views of the state.

    def acting(self) -> NDArray[np.bool_]:
        """(B, N) agents whose next action counts: in play, in a world whose episode goes on."""
        there: NDArray[np.bool_] = self.arrays.active == PRESENT
        return there if self._flags[2] == rounds.SAME_STEP else there & (self.arrays.ended == 0)[:, None]

    def map_codes(self, w: int = 0) -> NDArray[np.uint8]:
        """(height, width) codes of the cells of one world; a view, not a copy."""
        codes: NDArray[np.uint8] = self.all_codes()[w]
        return codes

    def all_codes(self) -> NDArray[np.uint8]:
        """(B, height, width) codes of the cells of all worlds; a view, not a copy."""
        padded: NDArray[np.uint8] = self.arrays.cells.reshape(
            self.num_worlds, -1, self.config.width + 2 * self._shape[0]
        )
        codes: NDArray[np.uint8] = padded[:, *self._inner()]
        return codes

    def all_floors(self) -> NDArray[np.float32]:
        """(B, L, height, width) how much of each layer lies on each cell; a view, not a copy."""
        margin = self._shape[0]
        height, width = self.config.height + 2 * margin, self.config.width + 2 * margin
        shape = (self.num_worlds, len(self.scenario.floor), height, width)
        floors: NDArray[np.float32] = self.arrays.floor.reshape(shape)[:, :, *self._inner()]
        return floors

    @property
    def margin(self) -> int:
        """Cells around the map in which a part of an object may lie."""
        return self._shape[0]

    def _inner(self) -> tuple[slice, slice]:
        margin = self._shape[0]
        return slice(margin, margin + self.config.height), slice(margin, margin + self.config.width)

    def grid(self, w: int = 0) -> list[str]:
        """The map of one world in the scenario's symbols, a string per row."""
        scenario, floor = self.scenario, self.all_floors()[w]
        return drawn(self.map_codes(w), scenario.kinds, floor, scenario.floor)

    def who(self, w: int = 0) -> NDArray[np.int32]:
        """(height, width) index of the agent in each cell of one world, -1 for none."""
        who = np.full((self.config.height, self.config.width), -1, np.int32)
        present = np.flatnonzero(self.arrays.active[w] == PRESENT)
        places = self.arrays.position[w, present]
        who[places[:, 0], places[:, 1]] = present
        return who

    def digest(self, w: int = 0) -> str:
        """128-bit BLAKE2b of the complete state of one world, as 32 hexadecimal digits."""
        digest = hashlib.blake2b(digest_size=16)
        counts = self._counted(w)
        for name in STATE:
            array = self.map_codes(w) if name == "cells" else getattr(self.arrays, name)[w]
            array = array[: counts[name]] if name in counts else array
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def _counted(self, w: int) -> dict[str, int]:
        """How many objects, cells of objects and given places a digest takes: room for more is no state."""
        arrays, counts = self.arrays, {}
        if self.config.message != "vector" or self.config.observation_version == 1:
            counts["speaks"] = 0  # follows from what is said, or from the texts
        _, objects, cells = self._own
        if arrays.places.shape[1]:
            counts["places"] = _end(arrays.places[w, :, 0] + 1)
        if self._shape[1:] != (objects, max(cells, objects)):
            sizes = arrays.objects[w, :, NUM_CELLS]
            counts["objects"] = objects = max(objects, _end(sizes))
            used = np.max((arrays.objects[w, :, FIRST_CELL] + sizes)[sizes > 0], initial=0)
            counts["object_cells"] = max(cells, objects, int(used))
        return counts

    # Saving.

    def snapshot(self, extra: Any = None) -> Snapshot:
        """Copy everything that later rounds depend on."""
        arrays = {name: getattr(self.arrays, name).copy() for name in SNAPSHOT}
        return Snapshot(self.config, self._shape, arrays, extra)

    def restore(self, snapshot: Snapshot, seeds: Sequence[int] | None = None) -> None:
        """Restore a snapshot of worlds with the same settings.

        Args:
            snapshot: The snapshot.
            seeds: (B,) other seeds, from which all that is drawn from now on follows; None: those it had.

        Raises:
            ConfigError: If it is no snapshot, or of other settings or another number of worlds.
        """
        if not isinstance(snapshot, Snapshot):
            raise ConfigError(f"snapshot={snapshot!r:.80}: must come from env.snapshot().")
        if not same_worlds(snapshot.config, self.config) or len(snapshot.arrays["seed"]) != self.num_worlds:
            raise ConfigError(
                f"The snapshot is of {len(snapshot.arrays['seed'])} worlds with {snapshot.config!r}; it "
                f"cannot be restored into {self.num_worlds} worlds with {self.config!r}. Make an environment "
                "with the snapshot's settings."
            )
        if snapshot.shape != self._shape:
            self._allocate(*snapshot.shape)
        self._adopt(self.arrays._replace(places=snapshot.arrays["places"].copy()))
        for name, array in snapshot.arrays.items():
            target = getattr(self.arrays, name)
            if target.shape == array.shape:  # the environments may write different observations
                target[...] = array
        if seeds is not None:
            self.arrays.seed[:] = np.array(seeds, np.uint64)
        self._draw_ahead(range(self.num_worlds))

    def __getstate__(self) -> dict[str, Any]:
        """Pickle everything except threads and addresses."""
        state = self.__dict__.copy()
        state["_code"] = state["_table"] = state["handle"] = state["_trial"] = None
        state["arrays"] = self.arrays._replace(rules=np.zeros_like(self.arrays.rules))
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore a pickled batch, possibly in another process."""
        self.__dict__.update(state)
        self._adopt(self.arrays)
        self._load_kernels()

    def close(self) -> None:
        """Stop the threads."""
        self._threads.close()


def _end(numbers: NDArray[Any]) -> int:
    """One more than the index of the last number that is not 0."""
    return int(np.flatnonzero(numbers).max(initial=-1)) + 1
