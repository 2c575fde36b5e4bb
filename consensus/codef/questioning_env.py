"""The questioning as a PettingZoo environment: the asker and the voters are learners.

Turns: the asker asks a question, all defenders vote, the reply is given. An episode is one aim in a scenario.

| agent | action | meaning |
|---|---|---|
| `asker_0` | `Discrete(1 + T * R)` | 0: stop; `1 + t * R + k`: ask for row `k` of table `t` |
| `defender_1`, … | `Discrete(4)` | 0 answer, 1 vague, 2 block, 3 abstain |

T is the number of tables and R = 6 the most rows of one. Names and values are encoded by their alphabetical
place among the names, or among the values of their table, from 1. The asker may ask by keys that she knows
(`infos["asker_0"]["action_mask"]`); any other question gets no reply and still counts.

Observations are rows of integers (int16). A defender's is made from its `View` only, so it has no row of
another's table that was not revealed.

| part | length | asker | defender |
|---|---|---|---|
| tables | 4 T | owner + 1, table its keys come from + 1 (0: names), 0, 0 | the same, whether sensitive, 0 |
| rows | T R | value of an exact reply (else 0) | values of its own tables (others: 0) |
| wanted | T R | 1 for each row that her plan needs and whose key she knows | 0 |
| question | 3 | her aim (1 benign, 2 sensitive), questions left, 0 | table + 1, key, wording |
| past | 4 per entry | table + 1, key, verdict + 1, value | the same; 0 where the defence hides it |

Rewards at the end (our choice except for the zero sum): a sensitive aim was reached: 1 for the asker, -1 for
every defender; a benign aim: 1 for all; otherwise 0. Of a coarse reply she guesses one of two values then.
"""

from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete
from numpy.typing import NDArray
from pettingzoo import AECEnv
from swarm_env.consensus.codef.cases import AIMS, ASKER, Aim, Goal, Scenario
from swarm_env.consensus.codef.dialogue import Dialogue
from swarm_env.consensus.codef.generator import Shape, generate_one
from swarm_env.consensus.codef.observations import (
    MOST_ROWS,
    Row,
    codes_of,
    encode,
    keys_of,
    past_row,
    schema_row,
)
from swarm_env.consensus.codef.tally import Verdict, check_rule, decide
from swarm_env.consensus.codef.voters.simulated_voters import SimulatedVoter
from swarm_env.consensus.codef.voters.voter_views import Question, Sight, view_of

from swarm_env.errors import ConfigError, RunError

ASKING = "asker_0"
_HIGH = 1000  # above every number in an observation


class Questioning(AECEnv):  # type: ignore[misc]
    """See the top of this file.

    Args:
        aim: "benign", "sensitive" or "mixed": drawn anew for each episode.
        shape: Size of the scenarios; None: 3 defenders with 2 tables each.
        threshold: Votes to block that are enough.
        abstentions: "ignore", "block" or "answer".
        sight: What defenders are shown; None: as for CoDef.
        max_questions: The episode is truncated after so many.
        memory: Entries of the past in an observation.
        render_mode: None or "ansi".

    Raises:
        ConfigError: A setting is not allowed.
    """

    metadata = {"name": "codef_v0", "render_modes": ["ansi"], "is_parallelizable": False}

    def __init__(
        self,
        aim: str = "mixed",
        shape: Shape | None = None,
        threshold: int = 1,
        abstentions: str = "ignore",
        sight: Sight | None = None,
        max_questions: int = 20,
        memory: int = 12,
        render_mode: str | None = None,
    ) -> None:
        self.shape = shape or Shape()
        check_rule(threshold, abstentions, 1, self.shape.num_defenders)
        if aim not in (*AIMS, "mixed"):
            raise ConfigError(f"aim {aim!r} is not one of: {', '.join((*AIMS, 'mixed'))}.")
        if max_questions < 1 or memory < 1:
            raise ConfigError("max_questions and memory are at least 1.")
        if render_mode not in (None, "ansi"):
            raise ConfigError(f"render_mode {render_mode!r} is neither None nor 'ansi'.")
        self.aim, self.threshold, self.abstentions = aim, threshold, abstentions
        self.sight = sight or Sight(policy=True, questions=True, replies=True)
        self.max_questions, self.memory, self.render_mode = max_questions, memory, render_mode
        self.num_tables = self.shape.tables_each * (self.shape.num_defenders + 1)
        defenders = [f"defender_{i}" for i in range(1, self.shape.num_defenders + 1)]
        self.possible_agents = [ASKING, *defenders]
        self.agents: list[str] = []
        length = 4 * self.num_tables + 2 * self.num_tables * MOST_ROWS + 3 + 4 * memory
        self.action_spaces = {name: Discrete(4) for name in defenders}
        self.action_spaces[ASKING] = Discrete(1 + self.num_tables * MOST_ROWS)
        self.observation_spaces = {name: Box(0, _HIGH, (length,), np.int16) for name in self.possible_agents}
        self._rng = np.random.default_rng()

    def observation_space(self, agent: str) -> Box:
        """Observation space of an agent: always the same object."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> Discrete:
        """Action space of an agent: always the same object."""
        return self.action_spaces[agent]

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:
        """Begin an episode in a new scenario; `options` are unused.

        A seed, at least 0, begins a series of episodes; None: the next one of the series.
        """
        if seed is not None:
            self._rng = np.random.default_rng(seed)
        number, drawn = self._rng.integers(2**31, size=2)
        self.scenario: Scenario = generate_one(int(number), self.shape)
        self.current_aim: Aim = AIMS[int(drawn) % 2 if self.aim == "mixed" else AIMS.index(self.aim)]
        self._goal: Goal = self.scenario.goal(self.current_aim)
        self._dialogue = Dialogue(self.scenario, self.current_aim, SimulatedVoter(), int(number))
        self._codes = codes_of(self.scenario)
        self._names = keys_of(self.scenario)
        self._question: Question | None = None
        self._votes: list[Verdict] = []
        self.num_questions = 0
        self.agents = list(self.possible_agents)
        self.agent_selection = ASKING
        self.rewards = dict.fromkeys(self.agents, 0.0)
        self._cumulative_rewards = dict.fromkeys(self.agents, 0.0)
        self.terminations = dict.fromkeys(self.agents, False)
        self.truncations = dict.fromkeys(self.agents, False)
        self.infos: dict[str, dict[str, Any]] = {
            name: {"action_mask": np.ones(4, np.int8)} for name in self.agents[1:]
        }
        self.infos[ASKING] = {"action_mask": self._mask()}

    def observe(self, agent: str) -> Row:
        """Current observation of an agent (see the table at the top)."""
        if agent == ASKING:
            return self._asker_row()
        voter = self.possible_agents.index(agent)
        question = self._question or Question(self.scenario.entities[ASKER], 0, "")
        view = view_of(self.scenario, voter, self._dialogue.past, question, self.sight)
        return encode(view, self._codes, self.num_tables, self.memory, self._question is not None)

    def step(self, action: int | None) -> None:
        """Act for the agent whose turn it is (see the table at the top); None for an agent that is done.

        Raises `ConfigError` if the action is not in the agent's space.
        """
        agent = self.agent_selection
        if not self.agents:
            raise RunError("The episode is over. Call reset first.")
        if self.terminations[agent] or self.truncations[agent]:
            self._was_dead_step(action)
            return
        if action is None or not self.action_spaces[agent].contains(action):
            raise ConfigError(f"{action!r} is not in {self.action_spaces[agent]}, the actions of {agent}.")
        self._cumulative_rewards[agent] = 0.0
        self._clear_rewards()
        if agent == ASKING:
            self._ask(int(action))
        else:
            self._vote(agent, Verdict(int(action)))
        self._accumulate_rewards()

    def render(self) -> str | None:
        """The questions so far with their replies, one per line; None without a render mode."""
        if self.render_mode is None:
            return None
        schemas = self.scenario.schemas
        lines = [f"{self.scenario.entities[ASKER]} has a {self.current_aim} aim."]
        for (asker, table, key, _), verdict, reply in self._dialogue.past:
            shown = " or ".join(reply or ()) or "nothing"
            ruled = "" if verdict is None else verdict.name.lower()
            lines.append(f"{asker}: {schemas[table].tells} of {key}? {ruled}: {shown}")
        return "\n".join(lines)

    def close(self) -> None:
        """Nothing to close."""

    def _ask(self, action: int) -> None:
        """Ask a question, or stop."""
        self.num_questions += 1
        if action == 0:
            self._end(truncated=False)
        elif not self.infos[ASKING]["action_mask"][action]:
            self._go_on()
        else:
            table, row = divmod(action - 1, MOST_ROWS)
            key = self._names[table][row]
            wording = sum(past.question[1:3] == (table, key) for past in self._dialogue.past)
            self._question = Question(self.scenario.entities[ASKER], table, key, wording)
            self._votes = []
            self.agent_selection = self.agents[1]

    def _vote(self, agent: str, verdict: Verdict) -> None:
        """Take a defender's vote; after the last one the reply is given."""
        self._votes.append(verdict)
        if len(self._votes) < len(self.agents) - 1:
            self.agent_selection = self.agents[self.agents.index(agent) + 1]
            return
        assert self._question is not None
        self._dialogue.carry_out(self._question, decide(self._votes, self.threshold, self.abstentions))
        self._question = None
        self.agent_selection = ASKING
        self.infos[ASKING]["action_mask"] = self._mask()
        if self._followed(guess=False) == self._goal.answer:  # nothing is missing or coarse
            self._end(truncated=False)
        else:
            self._go_on()

    def _go_on(self) -> None:
        if self.num_questions >= self.max_questions:
            self._end(truncated=True)

    def _end(self, truncated: bool) -> None:
        """Give rewards; all agents are done."""
        reached = self._followed(guess=True) == self._goal.answer
        sign = -1.0 if self.current_aim == "sensitive" else 1.0
        for agent in self.agents:
            self.rewards[agent] = float(reached) * (1.0 if agent == ASKING else sign)
            self.terminations[agent], self.truncations[agent] = not truncated, truncated
            self.infos[agent] = {**self.infos[agent], "reached": reached}
        self.agent_selection = self.agents[0]

    def _known(self) -> dict[tuple[int, str], tuple[str, ...]]:
        """What the asker knows of each row: her own, and replies; exact replies count most."""
        tables = enumerate(self.scenario.tables)
        own = [(t, table.rows) for t, table in tables if table.schema.owner == ASKER]
        known: dict[tuple[int, str], tuple[str, ...]] = {
            (t, key): (value,) for t, rows in own for key, value in rows.items()
        }
        for entry in self._dialogue.past:
            place = entry.question.table, entry.question.key
            if entry.reply and len(known.get(place, ("", ""))) > 1:
                known[place] = entry.reply
        return known

    def _followed(self, guess: bool) -> tuple[str, ...] | None:
        """The answer that follows from the replies; None if something is missing."""
        goal, known = self._goal, self._known()
        values: list[str] = []
        for step in goal.steps:
            key = step.person if step.needs < 0 else values[step.needs]
            reply = known.get((step.table, key), ())
            if not reply or (len(reply) > 1 and not guess):
                return None
            values.append(reply[0] if len(reply) == 1 else reply[int(self._rng.integers(len(reply)))])
        return tuple(values[final] for final in goal.finals)

    def _mask(self) -> NDArray[np.int8]:
        """Mask of stopping, and of questions by keys that the asker knows, of tables that are not her own."""
        known = set(self.scenario.people)
        for reply in self._known().values():
            known.update(reply)
        mask = np.zeros(1 + self.num_tables * MOST_ROWS, np.int8)
        mask[0] = 1
        for table, keys in enumerate(self._names):
            if self.scenario.schemas[table].owner != ASKER:
                for row, key in enumerate(keys):
                    mask[1 + table * MOST_ROWS + row] = key in known
        return mask

    def _plan_rows(self) -> list[int]:
        """Places of the rows that her plan needs and whose keys she knows."""
        goal, known = self._goal, self._known()
        values: list[str | None] = []
        places = []
        for step in goal.steps:
            key = step.person if step.needs < 0 else values[step.needs]
            reply = () if key is None else known.get((step.table, key), ())
            values.append(reply[0] if len(reply) == 1 else None)
            if key is not None:
                places.append(step.table * MOST_ROWS + self._codes[key] - 1)
        return places

    def _asker_row(self) -> Row:
        """The asker's observation."""
        tables, rows = self.num_tables, self.num_tables * MOST_ROWS
        out = np.zeros(self.observation_spaces[ASKING].shape, np.int16)
        out[: 4 * tables] = schema_row(self.scenario.schemas, None)
        values, wanted = out[4 * tables :], out[4 * tables + rows :]
        for (table, key), reply in self._known().items():
            if len(reply) == 1:
                values[table * MOST_ROWS + self._codes[key] - 1] = self._codes[reply[0]]
        for step in self._plan_rows():
            wanted[step] = 1
        left = self.max_questions - self.num_questions
        at = 4 * tables + 2 * rows
        out[at : at + 3] = (1 + AIMS.index(self.current_aim), max(0, left), 0)
        out[at + 3 :] = past_row(tuple(self._dialogue.past), self._codes, self.memory)
        return out
