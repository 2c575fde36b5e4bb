"""How questions of `secrets` are put, decided and answered."""

import numpy as np
from swarm_env.scenarios.secrets.state import (
    ABSTAIN,
    ANSWER,
    ASK,
    BLOCK,
    BLOCKS,
    BY_AGENT,
    BY_ASKED,
    BY_LEDGER,
    BY_NOBODY,
    CASE,
    HEARING,
    MARKED,
    MOST_TABLES,
    POOLED,
    QUESTION,
    REFUSE,
    REPLY,
    RULE,
    STANDING,
    STRANGERS,
    TABLES,
    TARGET,
    TELL,
    TOLD,
    VERDICT,
    apart,
    value_of,
)  # fmt: skip

from swarm_env.engine.compiler import kernel
from swarm_env.engine.rule_calls import vote_by
from swarm_env.engine.state import PRESENT, WorldArrays


@kernel()
def put_questions(world: WorldArrays, w: int) -> None:
    """Take what strangers ask; whoever is near enough listens, each keeper to one of them."""
    n, memory = world.sizes.num_agents, world.memory[w]
    strangers, tables = int(world.options[STRANGERS]), int(world.options[TABLES])
    question, target = memory[BY_AGENT + QUESTION * n :], memory[BY_AGENT + TARGET * n :]
    asked = 0
    for s in range(strangers):
        table = int(world.action[w, s]) - ASK
        if table < 0 or world.active[w, s] != PRESENT:
            continue
        for a in range(strangers + table, n, tables):  # those who hold it
            if question[a] == 0 and world.active[w, a] == PRESENT and apart(world, w, s, a) <= 1:
                question[a], question[s], target[s] = s + 1, table + 1, a
                asked += 1
                break
    if asked == 0:
        return
    for a in range(strangers, n):
        if question[a] > 0 or world.active[w, a] != PRESENT:
            continue
        nearest = int(world.options[HEARING]) + 1
        for s in range(strangers):
            if question[s] > 0:
                far = apart(world, w, s, a)
                if far < nearest:
                    nearest, question[a] = far, s + 1


@kernel()
def settle(world: WorldArrays, w: int) -> None:
    """Decide the questions that were put a round ago, by the votes of now, and tell all who listened."""
    n, memory = world.sizes.num_agents, world.memory[w]
    strangers = int(world.options[STRANGERS])
    told, question = memory[BY_AGENT + TOLD * n :], memory[BY_AGENT + QUESTION * n :]
    verdicts, reply = memory[BY_AGENT + VERDICT * n :], memory[BY_AGENT + REPLY * n :]
    memory[BY_AGENT + VERDICT * n : BY_AGENT + (REPLY + 1) * n] = 0
    for s in range(strangers):
        if question[s] == 0:
            continue
        table = question[s] - 1
        verdict, new = REFUSE, np.int64(0)
        if world.active[w, s] == PRESENT:
            verdict = ruling(world, w, s)
            verdicts[s] = verdict + 1
        if verdict != REFUSE:
            new |= 1 << (table if verdict == TELL else MOST_TABLES + table)
            exact = value_of(world, w, table)
            reply[s] = exact if verdict == TELL else exact - (exact - 1) % 2
        told[s] |= new
        question[s] = 0
        for a in range(strangers, n):
            if question[a] == s + 1:
                verdicts[a], question[a] = verdict + 1, 0
                memory[BY_AGENT + BLOCKS * n + a * strangers + s] |= new


@kernel()
def ruling(world: WorldArrays, w: int, s: int) -> int:
    """The verdict on the question of stranger `s`."""
    n, memory, table = world.sizes.num_agents, world.memory[w], world.table[w]
    rule, strangers = int(world.options[RULE]), int(world.options[STRANGERS])
    question, target = memory[BY_AGENT + QUESTION * n :], memory[BY_AGENT + TARGET * n :]
    if world.active[w, target[s]] != PRESENT:
        return REFUSE  # there is nobody to reply
    if rule == BY_NOBODY:
        return TELL
    if rule == BY_LEDGER:
        secret = (1 << int(world.options[MARKED])) - 1
        bit = 1 << (question[s] - 1)
        had = any_of(told_to(world, w, s)) | bit
        return REFUSE if secret & bit and had & secret == secret else TELL
    choice = table[:n]
    standing = memory[BY_AGENT + STANDING * n : BY_AGENT + (STANDING + 1) * n].view(np.float64)
    for a in range(n):
        choice[a] = -1
        if a >= strangers and question[a] == s + 1 and world.active[w, a] == PRESENT:
            act = int(world.action[w, a])
            if (rule != BY_ASKED or a == target[s]) and act != ABSTAIN:
                choice[a] = act - ANSWER if ANSWER <= act <= BLOCK else REFUSE  # silence blocks
    return vote_by(world.rules[0], choice, memory[CASE], standing)


@kernel(inline=True)
def any_of(told: int) -> int:
    """Tables told exactly or vaguely."""
    return (told | (told >> MOST_TABLES)) & ((1 << MOST_TABLES) - 1)


@kernel()
def told_to(world: WorldArrays, w: int, s: int) -> int:
    """What the book says stranger `s` was told: with `pooled` what any stranger was told."""
    told, found = world.memory[w, BY_AGENT + TOLD * world.sizes.num_agents :], np.int64(0)
    for t in range(int(world.options[STRANGERS])):
        if t == s or world.options[POOLED] > 0.0:
            found |= told[t]
    return int(found)


def table_needed(num_agents: int) -> int:
    """Numbers that `ruling` works in: the choices."""
    return num_agents
