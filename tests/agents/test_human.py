"""A person at the keyboard, played by a pseudo-terminal that has typed ahead."""

import io
import json
import os
import subprocess
import termios

import pytest
from swarm_env.agents.human import Human

import swarm_env
from swarm_env.playing.team import Team, TeamEntry
from tests.agents.games import decide_again, play
from tests.cli.programs import SWARM

pytestmark = pytest.mark.skipif(os.name != "posix", reason="terminals as on Linux and macOS")


class Keyboard:
    """A terminal whose keys the test presses."""

    def __init__(self):
        self.master, self.slave = os.openpty()
        self.keys = os.fdopen(self.slave, "r", buffering=1, closefd=False)
        self.screen = io.StringIO()

    def press(self, text):
        os.write(self.master, text.encode())

    def human(self):
        return Human(self.keys, self.screen)

    def settings(self):
        """The terminal's, but for PENDIN: the kernel sets it while it looks through what was typed ahead."""
        given = termios.tcgetattr(self.slave)
        given[3] &= ~termios.PENDIN
        return given

    def close(self):
        self.keys.close()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def keyboard():
    opened = Keyboard()
    yield opened
    opened.close()


def moves_of(game):
    return [[decision.move for decision in decisions] for _, decisions in game.rounds]


def test_every_key(keyboard):
    keys = [
        "w",
        "s",
        "a",
        "d",
        "k",
        "j",
        "h",
        "l",
        "W",
        "\x1b[A",
        "\x1b[B",
        "\x1b[D",
        "\x1bOC",
        " ",
        ".",
        "x",
        "\n",
        "5",
        "3",
    ]
    keyboard.press("".join(keys))
    game = play(keyboard.human, "synchronization", num_agents=1, max_rounds=len(keys))
    expected = [1, 2, 3, 4, 1, 2, 3, 4, 1, 1, 2, 3, 4, 5, 0, 0, 0, 5, 3]
    assert moves_of(game) == [[move] for move in expected]


def test_space_stays_where_a_scenario_has_no_move_of_its_own(keyboard):
    keyboard.press(" ")
    assert moves_of(play(keyboard.human, "pursuit", num_agents=1, max_rounds=1)) == [[0]]


def test_keys_without_meaning_are_asked_again(keyboard):
    keyboard.press("zé7\x1b[Ztw")
    assert moves_of(play(keyboard.human, "pursuit", num_agents=1, max_rounds=1)) == [[1]]
    assert "no meaning" in keyboard.screen.getvalue()


def test_a_move_that_is_not_allowed_is_asked_again(keyboard):
    game = play("random", "pursuit", num_agents=1, max_rounds=1)
    perception = game.rounds[0][0][0]
    barred = swarm_env.Perception(
        "agent_0", 0, (1, 1), 0, perception.view, (), (True, False, True, True, True)
    )
    human = keyboard.human()
    human.reset(game.brief, ["agent_0"], 0)
    keyboard.press("ws")
    assert human.decide([barred]) == [swarm_env.Decision(2)]
    assert "UP is not allowed" in keyboard.screen.getvalue()


def test_several_bodies_in_turn(keyboard):
    keyboard.press("wasd" * 2)
    game = play(keyboard.human, "flocking", num_agents=4, max_rounds=2)
    assert moves_of(game) == [[1, 3, 2, 4]] * 2
    assert "agent_2 (3 of 4)" in keyboard.screen.getvalue()


def test_the_same_keys_decide_the_same(keyboard):
    keyboard.press("wasd")
    game = play(keyboard.human, "flocking", num_agents=4, max_rounds=1)
    keyboard.press("wasd")
    assert decide_again(game, keyboard.human, [game.names]) == [decisions for _, decisions in game.rounds]


def test_what_is_on_the_screen(keyboard):
    keyboard.press("d")
    rows = ["WWWWW", "W.a.W", "W.A.W", "W...W", "WWWWW"]
    env = swarm_env.parallel_env(
        "synchronization", height=5, width=5, num_agents=2, max_rounds=1, view_size=3
    )
    env.reset(seed=0, options={"layout": rows})
    human = keyboard.human()
    human.reset(env.brief(), ["agent_1"], 0)
    human.decide(env.perceptions()[1:])
    lines = keyboard.screen.getvalue().splitlines()
    assert "synchronization, round 1 of 1: agent_1" in lines[0]
    assert lines[1] == "row 2, column 2, agent with its light on"
    assert lines[3:6] == ["   . $0  .", "   . \x1b[7m 1\x1b[0m  .", "   .  .  ."]
    assert "space SWITCH" in " ".join(lines[7:12])


def test_the_task_is_shown_before_the_first_move_and_on_request(keyboard):
    keyboard.press("dd?d")
    play(keyboard.human, "nest_site", num_agents=1, max_rounds=3)
    shown = [screen for screen in keyboard.screen.getvalue().split("\x1b[H\x1b[2J") if screen]
    assert ["Your task" in screen for screen in shown] == [True, False, False, True]
    brief = swarm_env.parallel_env("nest_site", num_agents=1, max_rounds=3).brief()
    first = " ".join(shown[0].split())
    assert all(
        " ".join(text.split()) in first for text in (*brief.symbols.values(), *brief.words.splitlines())
    )
    assert all(meaning in first for meaning in brief.senses.values())


@pytest.mark.parametrize(
    ("team", "agents", "meant"),
    [
        ("human, scripted", 10, "human*1, scripted*9"),
        ("human", 10, "human*1, scripted*9"),
        ("human", 1, "human*1"),
        ("human?view=own", 3, "human?view=own*1, scripted*2"),
        ("human, random*2", 5, "human*1, random*2, scripted*2"),
        ("human, human, random*2", 4, "human*1, human*1, random*2"),
        ("human*4", 4, "human*4"),
    ],
)
def test_a_person_plays_one_agent_unless_a_number_says_otherwise(team, agents, meant):
    assert str(Team.parse(team).for_size(agents)) == meant


@pytest.mark.parametrize(("team", "agents"), [("human*4", 5), ("human, random*5", 5), ("human, scripted", 1)])
def test_numbers_that_do_not_fit_are_refused(team, agents):
    with pytest.raises(swarm_env.ConfigError, match="add up"):
        Team.parse(team).for_size(agents)


@pytest.mark.parametrize(
    ("message", "typed", "said"),
    [
        ("text", "héllo there\n", "héllo there"),
        ("text", "no\b\bé\byes\n", "yes"),
        ("text", "nothing\x1b", None),
        ("text", "\n", None),
        ("tokens", "3 0\n", (3, 0)),
        ("vector", "0.5 -1 0 0.25\n", (0.5, -1, 0, 0.25)),
    ],
)
def test_something_is_said(keyboard, message, typed, said):
    keyboard.press(f"t{typed}w")
    settings = {"message": message, "message_length": 2, "num_agents": 1, "max_rounds": 1}
    game = play(keyboard.human, "pursuit", **settings)
    assert game.rounds[0][1] == [swarm_env.Decision(1, said)]


@pytest.mark.parametrize(
    ("message", "typed"), [("tokens", "three 0"), ("tokens", "99 0"), ("vector", "1 2 3 4")]
)
def test_what_cannot_be_said_is_not_said(keyboard, message, typed):
    keyboard.press(f"t{typed}\nw")
    settings = {"message": message, "message_length": 2, "num_agents": 1, "max_rounds": 1}
    assert play(keyboard.human, "pursuit", **settings).rounds[0][1] == [swarm_env.Decision(1)]
    assert "Not sent" in keyboard.screen.getvalue()


def test_what_is_heard_is_shown(keyboard):
    game = play("random", "pursuit", num_agents=1, max_rounds=1, message="text")
    seen = game.rounds[0][0][0]
    heard = swarm_env.Perception("agent_0", 3, (1, 1), 0, seen.view, ("here", "there"), seen.allowed)
    human = keyboard.human()
    human.reset(game.brief, ["agent_0"], 0)
    keyboard.press("w")
    human.decide([heard])
    assert "heard: here | there" in keyboard.screen.getvalue()


def test_q_stops_the_run_and_it_can_be_resumed(keyboard, tmp_path):
    team = Team((TeamEntry("human", 1, keyboard.human), TeamEntry("scripted", None)))
    keyboard.press("wwq")
    with pytest.raises(KeyboardInterrupt):
        swarm_env.play("foraging", team, seed=1, out=tmp_path / "run", num_agents=3, max_rounds=4)
    from swarm_env.playing.runner import resume

    keyboard.press("dd")
    assert resume(tmp_path / "run", team).rounds == 4


def test_the_terminal_is_left_as_it_was(keyboard):
    before = keyboard.settings()
    keyboard.press("w")
    play(keyboard.human, "pursuit", num_agents=1, max_rounds=1)
    assert keyboard.settings() == before
    keyboard.press("q")
    with pytest.raises(KeyboardInterrupt):
        play(keyboard.human, "pursuit", num_agents=1, max_rounds=1)
    assert keyboard.settings() == before


def test_no_terminal_is_a_clear_error():
    with pytest.raises(swarm_env.ConfigError, match="needs? a terminal|from a terminal"):
        play(lambda: Human(io.StringIO("w"), io.StringIO()), "pursuit", num_agents=1)


def test_a_terminal_that_goes_away_ends_the_run():
    keyboard = Keyboard()
    human = keyboard.human()
    game = play("random", "pursuit", num_agents=1, max_rounds=1)
    human.reset(game.brief, ["agent_0"], 0)
    os.close(keyboard.master)
    with pytest.raises((swarm_env.RunError, termios.error)):
        human.decide(game.rounds[0][0])
    keyboard.keys.close()
    os.close(keyboard.slave)


def test_on_the_command_line(tmp_path):
    keyboard = Keyboard()
    keyboard.press(" " * 3)
    arguments = [
        "run",
        "synchronization",
        "--agents",
        "human, scripted",
        "--num-agents",
        "3",
        "--rounds",
        "3",
    ]
    done = subprocess.run(
        [SWARM, *arguments, "--seed", "1", "--json", "--out", "run"],
        cwd=tmp_path,
        stdin=keyboard.slave,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1])["rounds"] == 3
    keyboard.close()


@pytest.mark.slow
def test_on_the_command_line_without_a_terminal(tmp_path):
    done = subprocess.run(
        [SWARM, "run", "pursuit", "--agents", "human*1,scripted", "--out", "run"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert "from a terminal" in done.stderr
    assert not (tmp_path / "run").exists()
