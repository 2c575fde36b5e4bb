"""The preset `swarmbench` tells agents what they know in the released system, field by field.

The prompts are not in the recorded logs. What an agent knew follows from the logs and from what is known of
the released prompt: the last five views with the rows and columns at their edges, Y for oneself, the latest
first; the round from 0; the own actions and messages of the last five rounds, counted from 1; the messages of
the round before of all in view, oneself included; the score in pursuit, the own mark in synchronization and
foraging; nothing else about oneself.
"""

import json
import re

import pytest
from swarm_env.agents.llm.prompt import Moment, Style, Writer
from swarm_env.agents.llm.swarmbench.preset_prompt import PresetWriter, outline
from swarm_env.agents.llm.swarmbench.preset_reader import is_preset_prompt, read_preset_prompt
from swarm_env.agents.mock_server.scripted_model import answer

from swarm_env.runs.recording import open_recording, replay
from tests.llm.histories import SCENARIOS, histories
from tests.reference.recordings import DATA, GAMES, game, read

ROUNDS = (0, 1, 2, 4, 5, 6, 17, 40, 98)
MARKS = {"synchronization": "light_on", "foraging": "carrying_food"}


def said_in(name):
    """What each agent said in each round, from the raw log."""
    entries = read(next((DATA / "swarmbench" / name).glob("agent_log_*")))
    return {(entry["round"], int(entry["agent_id"][6:])): entry["message"] for entry in entries}


def known_of(name, said, number, a):
    """What agent `a` knew in a round, from the raw log."""
    log, now = game(name), game(name).rounds[number]
    half = log.view_size // 2
    frames = []
    for back in range(min(5, number + 1)):
        state = log.rounds[number - back]
        row, col = state.positions[a]
        view = [list(line) for line in state.views[a]]
        view[half][half] = "Y"
        rows = [str(i) for i in range(row - half, row + half + 1)]
        columns = [str(j) for j in range(col - half, col + half + 1)]
        frames.append((columns, [[label, *line] for label, line in zip(rows, view, strict=True)]))
    row, col = now.positions[a]
    inside = 0 <= row < log.height and 0 <= col < log.width
    own = {}
    if log.task in MARKS and inside:
        own = {MARKS[log.task]: str(now.grid[row][col] == "A")}
    elif log.task == "pursuit":
        own = {"score": f"{now.score:g}"}
    heard = [
        said[number - 1, b]
        for b, place in enumerate(now.positions)
        if number
        and said[number - 1, b]
        and max(abs(place[0] - row), abs(place[1] - col)) <= half
        and all(0 <= x < most for x, most in zip(place, (log.height, log.width), strict=True))
    ]
    history = [(r + 1, log.rounds[r].actions[a], said[r, a]) for r in range(max(0, number - 5), number)]
    return {
        "name": f"agent_{a}",
        "round": number,
        "frames": frames,
        "own": own,
        "heard": sorted(heard),
        "history": history,
    }


def told_by(text):
    """What a prompt of the preset tells, by a reader that shares nothing with the library."""
    blocks = text.split("\n\n")
    first = next(i for i, block in enumerate(blocks) if block.startswith("Current step:"))
    frames = []
    for block in blocks[first:]:
        heading, *table = block.split("\n")
        if not re.fullmatch(r"Current step:|\d+ steps before:", heading):
            break
        frames.append((table[0].split(), [line.split() for line in table[1:]]))
    below = {block.partition("\n")[0]: block.partition("\n")[2].split("\n") for block in blocks}
    own = [line.split(": ", 1) for line in below["What you observe now:"] if line]
    acted = [
        re.fullmatch(r'Round (\d+): Action: (\w+), Message: (".*")', line)
        for line in below["Your actions so far:"]
        if line
    ]
    return {
        "name": re.findall(r"You are agent (\S+) in", text)[0],
        "round": int(re.findall(r"^Round: (\d+)$", text, re.MULTILINE)[0]),
        "frames": frames,
        "own": dict(own),
        "heard": sorted(
            json.loads(line.removeprefix("Message: "))
            for line in below["Messages that you received:"]
            if line
        ),
        "history": [(int(found[1]), found[2], json.loads(found[3])) for found in acted if found],
    }


@pytest.mark.quick_cases(3)
@pytest.mark.parametrize("name", GAMES)
def test_each_agent_knows_in_each_round_what_it_knew_in_the_released_system(name):
    past: dict[str, list[Moment]] = {}
    said, compared = said_in(name), 0
    writer = None
    for simulation in replay(open_recording(DATA / "swarmbench" / name)):
        now = simulation.round
        for agent, decision in simulation.decisions.items():
            past[agent][-1] = Moment(past[agent][-1].perception, decision)
        if simulation.done or now == len(game(name).rounds) - 1:
            break
        writer = writer or PresetWriter(simulation.brief, Style(preset="swarmbench"))
        for seen in simulation.perceptions():
            past.setdefault(seen.name, []).append(Moment(seen))
            number = int(seen.name[6:])
            if now in ROUNDS or (number == now % 7 and now % 3 == 0):
                _, (_, text) = writer.write(past[seen.name])
                assert told_by(text) == known_of(name, said, now, number)
                compared += 1
    assert compared > 60


# Per task: what the released description says, and what it does not say though the scenario's words do.
FACTS = {
    "transport": (("(W)", "gap", "(B)", "five", "same moment", "outside (*)"), ("point", "score", "mass")),
    "flocking": (("form this shape", "A A A\nA . A\nA A A", "A stands for an agent"), ("point", "score")),
    "pursuit": (
        ("(P)", "four sides", "(A)", "(W)", "2 steps", "a point", "new prey", ".,A/W,.\nA/W,P,A/W\n.,A/W,."),
        ("fewer", "away from", "above"),
    ),
    "synchronization": (
        ("all on, or all off", "out of your sight", "a point", "opposite", "SWITCH", "($)"),
        ("instead of moving", "score"),
    ),
    "foraging": (("(W)", "(F)", "(N)", "one piece", "always more", "a point", "beside", "($)"), ("maze of",)),
}
EVERYWHERE = (
    "Y: you", "W: wall", "B: obstacle", "at least 5 agents", ".: free cell", "*: place outside the map",
    "1. UP", "2. DOWN", "3. LEFT", "4. RIGHT", "5. STAY", "6. MSG", "weigh 1", "force of up to 2",
    "at least its weight", "W (walls), cannot be pushed. Only B can", "from behind", "not pulled",
    "at its left side", "All agents in your view", "Nobody learns who sent", "nothing ambiguous",
    "at most 120 characters", '"..."', "(i, j)", "downwards", "to the right", "is removed", "analysis",
    "reasons", "ACTION: [YOUR_ACTION]", "MSG: [your message",
)  # fmt: skip


@pytest.mark.parametrize("scenario", FACTS)
def test_rules_and_task_say_what_the_released_prompt_says(scenario):
    brief, past = histories(scenario, rounds=3, message="text")
    messages = PresetWriter(brief, Style(preset="swarmbench")).write(past["agent_0"])
    text = messages[1][1]
    task = text.partition("Task:\n")[2].partition("\n\nRound:")[0]
    wanted, unwanted = FACTS[scenario]
    assert not [fact for fact in wanted if fact not in task]
    assert not [word for word in unwanted if word in task]
    assert not [fact for fact in EVERYWHERE if fact not in text]
    assert str(brief.max_rounds) not in text.replace("120", "") and "SWITCH" not in text.replace(task, "")
    assert [role for role, _ in messages] == ["system", "user"]


def test_the_shape_is_an_outline():
    assert outline(1) == "A" and outline(2) == "A A\nA A"
    assert outline(4) == "A A A A\nA . . A\nA . . A\nA A A A"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_scripted_model_reads_it_like_the_default_prompt(scenario):
    brief, past = histories(scenario, rounds=7, message="text")
    style = Style(preset="swarmbench")
    history = past["agent_1"]
    messages = PresetWriter(brief, style).write(history)
    assert is_preset_prompt(messages) and not is_preset_prompt(Writer(brief).write(history))
    read = read_preset_prompt(messages)
    seen = history[-1].perception
    now = read.perceptions[-1]
    assert (now.name, now.round, now.position) == (seen.name, seen.round, seen.position)
    assert [one.position for one in read.perceptions] == [m.perception.position for m in history[-5:]]
    assert [action.move for action in read.actions] == [m.decision.move for m in history[-6:-1]]
    if scenario in FACTS:
        assert (now.view, now.mark) == (seen.view, seen.mark)
        assert (read.brief.scenario, read.brief.actions) == (scenario, brief.actions)
        assert dict(read.brief.facts) == dict(brief.facts)
    said = answer([{"role": role, "content": text} for role, text in messages])
    assert re.search(r"^ACTION: [A-Z_]+$", said, re.MULTILINE)


@pytest.mark.parametrize("memory", [1, 2, 8])
@pytest.mark.parametrize("preset", ["", "swarmbench"])
def test_memory_bounds_what_is_shown(memory, preset):
    brief, past = histories("pursuit", rounds=12, message="text")
    make = PresetWriter if preset else Writer
    _, (_, text) = make(brief, Style(memory=memory, preset=preset)).write(past["agent_0"])
    views = re.findall(r"^(?:Current step|\d+ steps before|Round \d+(?: \(now\))?, you at .*):$", text, re.M)
    actions = re.findall(r"^Round \d+: (?:Action: )?(?:UP|DOWN|LEFT|RIGHT|STAY),", text, re.M)
    assert (len(views), len(actions)) == (memory, memory)
