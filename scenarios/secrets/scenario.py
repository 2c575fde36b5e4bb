"""The scenario class and its kernels; the rules are at the top of `scenarios/secrets/__init__.py`."""

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
from pydantic import Field
from swarm_env.scenarios.common import (
    named_rule,
    option,
    require_room,
    require_size,
    reset_inside,
    rule_of,
)
from swarm_env.scenarios.secrets.state import (
    ANSWER,
    BY_ASKED,
    INTERVAL,
    MOST_STRANGERS,
    MOST_TABLES,
    NAMES,
    RULES,
    STRANGERS,
    TABLES,
    VALUES,
    State,
    apart,
    close_case,
    open_case,
    perceive,
    replies_known,
)  # fmt: skip
from swarm_env.scenarios.secrets.votes import put_questions, settle

from swarm_env.engine import PRESENT, RANGE, ROUND, WorldArrays, kernel, set_mark
from swarm_env.engine.rule_calls import vote_kernel
from swarm_env.errors import ConfigError
from swarm_env.scenario import Badge, Event, Kind, NoOptions, Scenario, Sense


@kernel(RANGE)
def begin(world: WorldArrays, first: int, last: int) -> None:
    """Mark the keepers, and open the first case."""
    for w in range(first, last):
        world.allowed[w, :, ANSWER:] = 0
        for a in range(world.sizes.num_agents):
            if world.active[w, a] == PRESENT:
                set_mark(world, w, a, 1 if a >= int(world.options[STRANGERS]) else 0)
        open_case(world, w, 0)
        perceive(world, w, 0)


@kernel(RANGE)
def update(world: WorldArrays, first: int, last: int) -> None:
    """Decide the questions of the last round, take those of this one, and judge the case when it is over."""
    for w in range(first, last):
        time = world.clock[w, ROUND] + 1
        settle(world, w)
        put_questions(world, w)
        if time - State(world, w).began >= int(world.options[INTERVAL]):
            close_case(world, w)
            open_case(world, w, time)
        perceive(world, w, time)


@kernel(RANGE)
def potential(world: WorldArrays, first: int, last: int) -> None:
    """A quarter for a stranger that knows all it wants, a quarter for being near a keeper it needs."""
    n, farthest = world.sizes.num_agents, max(world.sizes.height, world.sizes.width)
    strangers, tables = int(world.options[STRANGERS]), int(world.options[TABLES])
    for w in range(first, last):
        state = State(world, w)
        for s in range(strangers):
            if world.active[w, s] != PRESENT:
                continue
            has, wants, wanted, known = replies_known(world, w, s), state.wants[s], 0, 0.0
            for x in range(MOST_TABLES):
                if (wants >> x) & 1:
                    wanted += 1
                    known += 1.0 if (has >> x) & 1 else 0.5 * ((has >> (MOST_TABLES + x)) & 1)
            missing = wants & ~np.int64(has)
            nearest = farthest if missing else 0
            for a in range(strangers, n):
                if (missing >> ((a - strangers) % tables)) & 1 and world.active[w, a] == PRESENT:
                    nearest = min(nearest, apart(world, w, s, a))
            world.potential[w, s] = 0.25 * known / wanted + 0.25 * (1.0 - nearest / farthest)


HOW = {
    "codef": "Of the votes on a question one BLOCK is enough to block it; else one VAGUE makes it vague.",
    "codef?threshold=2": "Two votes to BLOCK block a question; else two to BLOCK or be VAGUE make it vague.",
    "codef?threshold=majority": (
        "More than half of the votes must say BLOCK to block a question; else more than half BLOCK or VAGUE "
        "to make it vague."
    ),
    "majority": "What most votes say is done, of equals the strictest.",
    "asked": "Only the vote of the keeper who was asked counts.",
    "none": "Votes do not count: everything is answered.",
    "ledger": "Votes do not count: a book of all replies blocks just what would complete the secret.",
}


class Secrets(Scenario):
    """Strangers ask, and keepers vote."""

    name = "secrets"
    agents = (Kind("a", "stranger", (213, 94, 0)), Kind("A", "keeper", (0, 114, 178)))
    events = (Event("case won", "score"),)
    badges = (
        Badge("move", "does", (
            (ANSWER, "a", "votes to answer"), (ANSWER + 1, "v", "votes to be vague"),
            (ANSWER + 2, "x", "votes to block"),
            *((ANSWER + 4 + x, f"{name}?", f"asks for table {name}") for x, name in enumerate(NAMES)),
        )),
        Badge("verdict", "verdict", ((1, "A", "was answered"), (2, "V", "was answered vaguely"),
                                     (3, "X", "was refused"))),
        Badge("aim", "aim", ((1, "ok", "an honest stranger"), (2, "!", "a spy")), secret=True),
    )  # fmt: skip
    extra_actions = ("ANSWER", "VAGUE", "BLOCK", "ABSTAIN", *(f"ASK_{name}" for name in NAMES))
    senses = (
        Sense("goal", "strangers: 1 if you are honest, 2 if you are after the secret; keepers: 0", 2),
        Sense("holds", "keepers: number of the table you hold (P is 1, Q is 2, and so on)", MOST_TABLES),
        Sense(
            "asked", "number of the table in your open question, or in that before you; 0 none", MOST_TABLES
        ),
        Sense("asker", "keepers: whose question is before you (agent_0 is 1); 0 none", MOST_STRANGERS),
        Sense("verdict", "just now on your question, or one you heard: 1 answered, 2 vague, 3 blocked", 3),
        Sense("value", "keepers: what your table says; strangers: what you were just told, else 0", VALUES),
        Sense("left", "rounds until the case ends", 255),
        *(
            Sense(name, f"table {name}: 1 you want it, 2 told vaguely, 3 told (keepers: to the asker)", 3)
            for name in NAMES
        ),
    )
    masks = True
    reset, begin, update, potential = reset_inside, begin, update, potential
    State = State

    class Options(NoOptions):
        """Settings of the guarding."""

        strangers: int = option(1, 1, MOST_STRANGERS, "how many of the agents, from the first, ask")
        malicious: float = option(0.5, 0.0, 1.0, "how often a stranger is after the secret")
        rule: Annotated[int | str, named_rule(RULES, vote_kernel)] = Field(
            default=0,
            description=f"who decides: {', '.join(RULES)}, or a rule of your own: path/file.py:Name",
        )
        hearing: int = option(4, 1, 10**9, "rows and columns that a question is heard [cells]")
        tables: int = option(6, 3, MOST_TABLES, "different tables")
        marked: int = option(3, 2, MOST_TABLES, "tables that are the secret, together")
        wanted: int = option(4, 1, MOST_TABLES - 1, "tables that an honest stranger wants")
        interval: int = option(25, 3, 255, "rounds of a case")
        pooled: int = option(0, 0, 1, "1: what was told counts for all strangers together")
        own_pay: int = option(
            0, 0, 1, "1: strangers are paid for what they want to know, keepers as the team scores"
        )
        unwritten = ("own_pay",)

    def check(self) -> None:
        """Check that the aims fit the tables, and the agents the map."""
        self.private = bool(self.config.options.get("own_pay", 0))
        config, options = self.config, self.config.options
        tables = int(options["tables"])
        for name, most in (("marked", tables), ("wanted", tables - 1)):
            if options[name] > most:
                raise ConfigError(
                    f"secrets: {name}={int(options[name])} does not fit tables={tables}. Set {name} to at "
                    f"most {most}, or tables to more."
                )
        if options["strangers"] > config.num_agents:
            raise ConfigError(
                f"secrets: strangers={int(options['strangers'])} are more than num_agents="
                f"{config.num_agents}. Set strangers to at most {config.num_agents}."
            )
        require_size(config, 3, 3, "for an inside")
        require_room(config)

    def votes(self) -> tuple[str, ...]:
        """The rule that decides; "asked" is CoDef with a single vote."""
        rule = rule_of(self.config.options["rule"], RULES)
        return (rule,) if rule not in RULES[BY_ASKED:] else ("codef",)

    def score_bounds(self, rounds: int) -> tuple[float, float]:
        """A case of `interval` rounds adds 1 at most for each honest stranger, and for all spies together."""
        options = self.config.options
        return 0.0, float(rounds // int(options["interval"]) * int(options["strangers"]))

    def facts(self) -> Mapping[str, Any]:
        """How many strangers and tables there are, and which are marked."""
        options = self.config.options
        return {name: int(options[name]) for name in ("strangers", "tables", "marked", "hearing")}

    def roles(self, state: Any) -> tuple[str, ...]:
        """Strangers and keepers; whether a stranger is a spy is drawn for each case."""
        strangers = int(self.config.options["strangers"])
        return tuple("stranger" if a < strangers else "keeper" for a in range(self.config.num_agents))

    def words(self) -> str:
        """The task in plain words."""
        given = self.config.options
        how = HOW.get(rule_of(given["rule"], RULES), "A rule of its own decides by the votes.")
        options = {name: int(value) for name, value in given.items() if name not in ("malicious", "rule")}
        strangers, last = options["strangers"], NAMES[options["tables"] - 1]
        marked = f"{', '.join(NAMES[: options['marked'] - 1])} and {NAMES[options['marked'] - 1]}"
        who = "agent_0 is a stranger" if strangers == 1 else f"agent_0 to agent_{strangers - 1} are strangers"
        pooled = " What was told counts for all strangers together." if options["pooled"] else ""
        return (
            f"{who}, all others are keepers. Each keeper holds one table of P to {last}, in order of "
            f"their numbers: agent_{strangers} holds P, the next one Q, and so on, after {last} from P "
            f"again. Every table tells one number about a person. {marked} about the same person together "
            "are a secret; fewer of them are harmless. A stranger wants some tables: an honest one never "
            "all of the secret, a spy just these. Only the stranger knows which it is. It walks up to a "
            "keeper (to one of the eight cells around it) and asks for its table: ASK_P, ASK_Q, and so "
            f"on. Keepers at most {options['hearing']} rows and columns away hear it and vote in the next "
            "round: ANSWER, VAGUE (a hint that leaves two numbers possible), BLOCK or ABSTAIN; who does "
            f"none of these blocks. {how}{pooled} A case lasts "
            f"{options['interval']} rounds; then all is about a new person, of whom nothing was told yet. "
            "At its end the team scores a point for each honest stranger who knows all it wants, and a "
            "point if there was a spy and it does not know the secret. Keepers: block what would "
            "complete the secret, and nothing else. Strangers: find out what you want."
            + (
                " A stranger, also a spy, is paid 1 if it knows all it wants when a case ends; keepers are "
                "paid as the team scores."
            )
            * self.private
        )
