"""The floor by itself: the least that any such simulator must do, on this machine, in this minute.

The kernel is `swarm_env.perf.floor_round`, which `swarm perf` uses as well.
"""

from benchmarks.tables import Row, flags, show
from benchmarks.timing import Rival, take_turns
from swarm_env.perf import N_AGENTS, Floor, dict_floor_player

WORLDS = (1, 64, 4096)


def measure(quick: bool = False) -> list[Row]:
    """Rates of the floor in each form.

    Args:
        quick: A few short slices only.

    Returns:
        Rows of the table.
    """
    rivals = {
        f"{worlds} world{'s' * (worlds > 1)}": Rival(Floor(worlds).step, worlds * N_AGENTS)
        for worlds in WORLDS
    }
    rivals["1 world, dictionaries"] = Rival(*dict_floor_player())
    times = take_turns(rivals, *((2, 0.002) if quick else ()))
    return [
        {"floor": name, "agent-steps/s": times.rate(name), "us a round": times.round_time(name) * 1e6}
        for name in rivals
    ]


def main() -> None:
    """Print the table."""
    chosen = flags(__doc__).parse_args()
    show({"The floor, ten agents on 12 x 12 cells, view 5": measure(chosen.quick)}, chosen.json)


if __name__ == "__main__":
    main()
