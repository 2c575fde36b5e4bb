"""Other multi-agent worlds that pip installs, each beside ours in a case of like size, in the same run.

No two systems do the same work: the cases agree in the number of agents, the map and the view where the other
system lets them. All play random moves drawn in advance on one thread; resets count. Systems that are not
installed are left out, with the line that installs them. They are no part of the project and best live in a
virtual environment of their own: `python -m venv peers && peers/bin/pip install -e . pettingzoo[sisl] …`.
"""

import importlib
import importlib.metadata
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.tables import Row, flags, say, show
from benchmarks.timing import Rival, take_turns
from swarm_env.perf import ACTION_SETS, vector_player

TURNS, SLICE = 15, 0.05
JAX_ROUNDS = 25  # in one compiled call


@dataclass(frozen=True, slots=True)
class Peer:
    """A system and a case of it, and the like case of ours.

    Attributes:
        package: What pip calls it.
        case: The case in words.
        make: Makes the rival; raises ImportError if the package is not there.
        ours: Our scenario.
        api: "parallel" or "vector".
        settings: Our settings.
    """

    package: str
    case: str
    make: Callable[[bool], Rival]
    ours: str
    api: str = "parallel"
    settings: dict[str, Any] = field(default_factory=dict)


def bring(module: str) -> Any:
    """A module that may not be installed (its types are of no interest)."""
    return importlib.import_module(module)


def dictionaries(env: Any) -> Rival:
    """Random moves in any PettingZoo parallel environment; finished episodes are followed by the next."""
    env.reset(seed=0)
    names, count = list(env.agents), int(env.action_space(env.agents[0]).n)
    drawn = np.random.default_rng(1).integers(0, count, (ACTION_SETS, len(names))).tolist()
    moves = [dict(zip(names, row, strict=True)) for row in drawn]

    def play(number: int) -> None:
        chosen, living = moves[number % ACTION_SETS], env.agents
        env.step(chosen if len(living) == len(names) else {agent: chosen[agent] for agent in living})
        if not env.agents:
            env.reset()

    return Rival(play, len(names))


def lists(env: Any, agents: int) -> Rival:
    """Random moves in a Gymnasium environment that takes a move per agent."""
    env.reset(seed=0)
    counts = [int(space.n) for space in env.action_space]
    moves = np.random.default_rng(1).integers(0, counts, (ACTION_SETS, agents)).tolist()

    def play(number: int) -> None:
        _, _, terminated, truncated, _ = env.step(moves[number % ACTION_SETS])
        if np.all(terminated) or np.all(truncated):
            env.reset()

    return Rival(play, agents)


def sisl(agents: int, side: int, view: int) -> Callable[[bool], Rival]:
    """SISL pursuit; as many evaders as pursuers."""

    def make(quick: bool) -> Rival:
        try:
            pursuit = bring("pettingzoo.sisl.pursuit_v5")
        except ImportError:
            pursuit = bring("pettingzoo.sisl.pursuit_v4")
        sizes = {"x_size": side, "y_size": side, "n_pursuers": agents, "n_evaders": agents, "obs_range": view}
        return dictionaries(pursuit.parallel_env(**sizes, max_cycles=100))

    return make


def spread(quick: bool) -> Rival:
    """Ten particles cover ten landmarks."""
    return dictionaries(bring("mpe2.simple_spread_v3").parallel_env(N=10, max_cycles=100))


def warehouse(quick: bool) -> Rival:
    """Ten robots in the smallest warehouse, 11 x 10."""
    import gymnasium

    bring("rware")
    return lists(gymnasium.make("rware-tiny-10ag-v2", max_episode_steps=100).unwrapped, 10)


def level_foraging(quick: bool) -> Rival:
    """Ten foragers with a sight of 2."""
    env = bring("lbforaging.foraging").ForagingEnv(
        players=10, min_player_level=1, max_player_level=2, min_food_level=1, max_food_level=None,
        field_size=(12, 12), max_num_food=5, sight=2, max_episode_steps=100, force_coop=False,
    )  # fmt: skip
    return lists(env, 10)


def battle(side: int) -> Callable[[bool], Rival]:
    """Two armies, as many agents as MAgent2 puts on a map."""

    def make(quick: bool) -> Rival:
        size = 20 if quick else side
        return dictionaries(
            bring("magent2.environments.battle_v4").parallel_env(map_size=size, max_cycles=100)
        )

    return make


def particles(scenario: str, worlds: int) -> Callable[[bool], Rival]:
    """VMAS on the processor, ten agents, one thread."""

    def make(quick: bool) -> Rival:
        torch, vmas = bring("torch"), bring("vmas")
        torch.set_num_threads(1)
        count = 2 if quick else worlds
        env = vmas.make_env(
            scenario, num_envs=count, device="cpu", continuous_actions=False, n_agents=10, seed=0
        )
        env.reset()
        moves = torch.randint(0, 5, (64, 10, count, 1), generator=torch.Generator().manual_seed(1))

        def play(number: int) -> None:
            env.step(list(moves[number % 64]))
            if number % 100 == 99:
                env.reset()

        return Rival(play, 10 * count)

    return make


def jax_batch(name: str, worlds: int, agents: int, **settings: Any) -> Callable[[bool], Rival]:
    """JaxMARL on the processor: many worlds, many rounds in one compiled call."""

    def make(quick: bool) -> Rival:
        jax, jaxmarl = bring("jax"), bring("jaxmarl")
        env, count, rounds = (
            jaxmarl.make(name, **settings),
            2 if quick else worlds,
            2 if quick else JAX_ROUNDS,
        )
        split = jax.random.split

        def one(carry: Any, key: Any) -> Any:
            keys = split(key, count + len(env.agents))
            moves = {
                agent: jax.random.randint(keys[count + i], (count,), 0, env.action_space(agent).n)
                for i, agent in enumerate(env.agents)
            }
            observations, state, rewards, *_ = jax.vmap(env.step)(keys[:count], carry, moves)
            return state, (observations, rewards)

        @jax.jit  # type: ignore[untyped-decorator]
        def play_all(state: Any, key: Any) -> Any:
            state, (observations, rewards) = jax.lax.scan(one, state, split(key, rounds))
            last = jax.tree_util.tree_map(lambda part: part[-1], (observations, rewards))
            return state, last

        _, state = jax.vmap(env.reset)(split(jax.random.PRNGKey(0), count))
        now = {"state": state}

        def play(number: int) -> None:
            now["state"], last = play_all(now["state"], jax.random.PRNGKey(number))
            jax.block_until_ready(last)

        return Rival(play, agents * count * rounds)

    return make


def snakes(worlds: int) -> Callable[[bool], Rival]:
    """PufferLib's snakes, in C: ten on 12 x 12 cells, view 5."""

    def make(quick: bool) -> Rival:
        snake, count = bring("pufferlib.ocean.snake.snake"), 2 if quick else worlds
        env = snake.Snake(
            num_envs=count, width=12, height=12, num_snakes=10, num_food=4, vision=2,
            leave_corpse_on_death=False,
        )  # fmt: skip
        env.reset(0)
        moves = np.random.default_rng(1).integers(0, 4, (ACTION_SETS, 10 * count)).astype(np.int32)
        return Rival(lambda number: env.step(moves[number % ACTION_SETS]), 10 * count)

    return make


PEERS = (
    Peer("pettingzoo[sisl]", "pursuit, 10 agents, 12 x 12, view 5", sisl(10, 12, 5), "pursuit"),
    Peer(
        "pettingzoo[sisl]",
        "pursuit, 100 agents, 40 x 40, view 7",
        sisl(100, 40, 7),
        "pursuit",
        settings={"num_agents": 100, "height": 40, "width": 40, "view_size": 7},
    ),
    Peer("mpe2", "simple_spread, 10 agents", spread, "flocking"),
    Peer("rware", "tiny warehouse, 10 agents, view 3", warehouse, "foraging", settings={"view_size": 3}),
    Peer("lbforaging", "12 x 12, 10 agents, view 5", level_foraging, "foraging"),
    *(
        Peer(
            "magent2",
            f"battle on {side} x {side}, view 13",
            battle(side),
            "battle",
            settings={"num_agents": 2, "height": side, "width": side, "view_size": 13, "max_rounds": 100},
        )
        for side in (45, 100)
    ),
    Peer("vmas", "transport, 10 agents, one world", particles("transport", 1), "transport", "vector"),
    Peer(
        "vmas",
        "transport, 10 agents, 1 024 worlds",
        particles("transport", 1024),
        "transport",
        "vector",
        {"worlds": 1024},
    ),
    Peer(
        "vmas",
        "flocking, 10 agents, 1 024 worlds",
        particles("flocking", 1024),
        "flocking",
        "vector",
        {"worlds": 1024},
    ),
    Peer(
        "jaxmarl",
        "simple_spread, 10 agents, 64 worlds",
        jax_batch("MPE_simple_spread_v3", 64, 10, num_agents=10, num_landmarks=10),
        "flocking",
        "vector",
        {"worlds": 64},
    ),
    Peer(
        "jaxmarl",
        "switch_riddle, 10 agents, 1 024 worlds",
        jax_batch("switch_riddle", 1024, 10, num_agents=10),
        "switch",
        "vector",
        {"worlds": 1024, "num_agents": 10, "height": 8},
    ),
    Peer(
        "pufferlib",
        "snake, 10 agents, 12 x 12, view 5, 1 024 worlds",
        snakes(1024),
        "foraging",
        "vector",
        {"worlds": 1024, "obs": "codes"},
    ),
)


def own(peer: Peer, agents: int, quick: bool) -> tuple[Rival, str]:
    """Our like case, with observations as planes (float32), and what to call it."""
    settings = dict(peer.settings)
    if peer.api == "vector":
        worlds = 2 if quick else settings.pop("worlds", 1)
        settings.pop("worlds", None)
        play, steps = vector_player(peer.ours, worlds, **{"obs": "planes", **settings})
        return Rival(play, steps), f"{peer.ours}, vector_env"
    from swarm_env.envs.parallel import parallel_env

    if "num_agents" in settings:
        settings["num_agents"] = agents  # as many as the other really has
    return dictionaries(parallel_env(peer.ours, **settings)), f"{peer.ours}, parallel_env"


def compare(peer: Peer, quick: bool) -> Row | None:
    """A row of the table, or None if the peer is not installed."""
    name = peer.package.split("[")[0]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = peer.make(quick)
    except ImportError as error:
        say(f"left out: {peer.package}, {peer.case} ({error}). Install it with: pip install '{peer.package}'")
        return None
    agents = theirs.steps
    ours, title = own(peer, agents, quick)
    say(f"{peer.package}: {peer.case}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        times = take_turns({"theirs": theirs, "ours": ours}, *((1, 0.001) if quick else (TURNS, SLICE)))
    many = f", {agents} agents" if peer.package == "magent2" else ""
    return {
        "system": f"{name} {importlib.metadata.version(name)}",
        "case": peer.case + many,
        "agent-steps/s": times.rate("theirs"),
        "ours in the like case": title,
        "ours, agent-steps/s": times.rate("ours"),
        "times as fast": times.ratio("theirs", "ours"),
    }


def measure(quick: bool = False) -> list[Row]:
    """Rows of all peers that are installed.

    Args:
        quick: A slice of a round each; the figures mean nothing.

    Returns:
        The rows.
    """
    rows = (compare(peer, quick) for peer in PEERS)
    return [row for row in rows if row is not None]


def main() -> None:
    """Print the table."""
    chosen = flags(__doc__).parse_args()
    show({"Peers, one thread, random moves": measure(chosen.quick)}, chosen.json)


if __name__ == "__main__":
    main()
