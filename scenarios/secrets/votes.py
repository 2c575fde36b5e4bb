"""How questions of `secrets` are put, decided and answered."""

import numpy as np
from swarm_env.scenarios.secrets.state import (
    ABSTAIN,
    ANSWER,
    ASK,
    BLOCK,
    BY_ASKED,
    BY_LEDGER,
    BY_NOBODY,
    HEARING,
    MARKED,
    MOST_TABLES,
    POOLED,
    REFUSE,
    RULE,
    STRANGERS,
    TABLES,
    TELL,
    State,
    apart,
    value_of,
)  # fmt: skip

from swarm_env.engine import PRESENT, WorldArrays, kernel, vote_by


@kernel()
def put_questions(world: WorldArrays, w: int) -> None:
    """Take what strangers ask; each keeper near enough hears one of them."""
    state, n = State(world, w), world.sizes.num_agents
    strangers, tables = int(world.options[STRANGERS]), int(world.options[TABLES])
    question, target, asked = state.question, state.target, 0
    for s in range(strangers):
        table = int(world.action[w, s]) - ASK
        if table < 0 or world.active[w, s] != PRESENT:
            continue
        for a in range(strangers + table, n, tables):  # the keepers that hold it
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
    """Decide the questions of the last round by the votes of this one, and reply to all that heard them."""
    state, strangers = State(world, w), int(world.options[STRANGERS])
    question = state.question
    state.verdict[:] = 0
    state.reply[:] = 0
    for s in range(strangers):
        if question[s] == 0:
            continue
        table = question[s] - 1
        verdict, new = REFUSE, np.int64(0)
        if world.active[w, s] == PRESENT:
            verdict = ruling(world, w, s)
            state.verdict[s] = verdict + 1
        if verdict != REFUSE:
            new |= 1 << (table if verdict == TELL else MOST_TABLES + table)
            exact = value_of(world, w, table)
            state.reply[s] = exact if verdict == TELL else exact - (exact - 1) % 2
        state.replies[s] |= new
        question[s] = 0
        for a in range(strangers, world.sizes.num_agents):
            if question[a] == s + 1:
                state.verdict[a], question[a] = verdict + 1, 0
                state.heard[a, s] |= new


@kernel()
def ruling(world: WorldArrays, w: int, s: int) -> int:
    """The verdict on the question of stranger `s`."""
    state, rule = State(world, w), int(world.options[RULE])
    if world.active[w, state.target[s]] != PRESENT:
        return REFUSE  # the keeper asked has left
    if rule == BY_NOBODY:
        return TELL
    if rule == BY_LEDGER:
        secret = (1 << int(world.options[MARKED])) - 1
        bit = 1 << (state.question[s] - 1)
        known = tables_in(replies_to(world, w, s)) | bit
        return REFUSE if secret & bit and known & secret == secret else TELL
    for a in range(world.sizes.num_agents):
        state.choice[a] = vote_of(world, w, a, s)
    return vote_by(world.rules[0], state.choice, state.case, state.standing)


@kernel()
def vote_of(world: WorldArrays, w: int, a: int, s: int) -> int:
    """The verdict that agent `a` votes for on the question of stranger `s`, -1 for none."""
    state, act = State(world, w), int(world.action[w, a])
    if a < int(world.options[STRANGERS]) or state.question[a] != s + 1 or world.active[w, a] != PRESENT:
        return -1
    if act == ABSTAIN or (int(world.options[RULE]) == BY_ASKED and a != state.target[s]):
        return -1
    return act - ANSWER if ANSWER <= act <= BLOCK else REFUSE  # silence blocks


@kernel(inline=True)
def tables_in(replies: int) -> int:
    """Set of the tables that a set of replies gives exactly or vaguely."""
    return (replies | (replies >> MOST_TABLES)) & ((1 << MOST_TABLES) - 1)


@kernel()
def replies_to(world: WorldArrays, w: int, s: int) -> int:
    """Set of replies to stranger `s` in the ledger; with `pooled` those to any stranger."""
    state, replies = State(world, w), np.int64(0)
    for t in range(int(world.options[STRANGERS])):
        if t == s or world.options[POOLED] > 0.0:
            replies |= state.replies[t]
    return int(replies)
