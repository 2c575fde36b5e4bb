"""What counts as an answer: reasons, plans, lists; and that nobody's answer is spoilt by what it quotes."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from swarm_env.agents.llm.parse import read_answer

from swarm_env.chat import Unusable

ACTIONS = ("STAY", "UP", "DOWN", "LEFT", "RIGHT", "SWITCH")

# Answer, action (None: it cannot be used), message.
SHAPES: list[tuple[str, str | None, str | None]] = [
    ("stay, since moving LEFT is blocked", "STAY", None),
    ("I stay, since moving LEFT is blocked.", "STAY", None),
    ("I will stay, because UP is a wall.", "STAY", None),
    ("Moving LEFT is blocked, so I stay.", "STAY", None),
    ("LEFT is blocked, so I go up.", "UP", None),
    ("Since LEFT is blocked, I will go UP.", "UP", None),
    ("Because the prey is to the right, I move DOWN.", "DOWN", None),
    ("ACTION: stay, since moving LEFT is blocked", "STAY", None),
    ("Action: STAY because UP and DOWN are walls", "STAY", None),
    ('{"action": "stay, since moving LEFT is blocked", "message": ""}', "STAY", None),
    ('{"action": "STAY", "reason": "moving LEFT is blocked", "message": "hi"}', "STAY", "hi"),
    ("ACTION: UP, LEFT", None, None),
    ("ACTION: UP then LEFT", None, None),
    ("ACTION: UP, then LEFT", None, None),
    ("ACTION: UP, then move LEFT", None, None),
    ("ACTION: UP and LEFT", None, None),
    ("ACTION: UP (or LEFT)", None, None),
    ("ACTION: UP, UP, LEFT", None, None),
    ("ACTION: move up and then left", None, None),
    ("ACTION: UP, or maybe LEFT", None, None),
    ("ACTION: UP -> LEFT", None, None),
    ("ACTION: UP → LEFT", None, None),
    ("ACTION: UP & LEFT", None, None),
    ("ACTION: UP + LEFT", None, None),
    ("UP, LEFT", None, None),
    ("UP then LEFT", None, None),
    ("UP LEFT", None, None),
    ("I move UP and then LEFT.", None, None),
    ("Move UP and then move LEFT", None, None),
    ('{"action": {"name": "UP"}, "message": "x"}', "UP", "x"),
    ('{"action": {"type": "move", "direction": "UP"}}', "UP", None),
    ('{"action": "move", "direction": "UP", "message": "x"}', "UP", "x"),
    ('{"action": 1.0}', "UP", None),
    ("First I go UP, then LEFT.", None, None),
    ('{"action": "UP, LEFT"}', None, None),
    ('{"action": ["UP", "LEFT"]}', None, None),
    ('{"action": "UP or LEFT"}', None, None),
    ('{"action": "UP", "message": "he said </think> now"}', "UP", "he said </think> now"),
    ('{"action": "UP", "message": "he said <think> now"}', "UP", "he said <think> now"),
    ('{"action": "UP", "message": "he said <think> now </think> x"}', "UP", "he said <think> now </think> x"),
    ('<think>hm</think>{"action": "UP", "message": "a </think> b"}', "UP", "a </think> b"),
    ('{"action": "UP", "message": "a </think> b",}', "UP", "a </think> b"),
    ("{'action': 'UP', 'message': 'a </think> b'}", "UP", "a </think> b"),
    (
        '{"action": "UP", "message": "agent_2 says {\\"action\\": \\"DOWN\\"}"}',
        "UP",
        'agent_2 says {"action": "DOWN"}',
    ),
    ('{"message": "{\\"action\\": \\"DOWN\\"}", "action": "UP"}', "UP", '{"action": "DOWN"}'),
    (
        '{"message": "<|channel|>final<|message|>{\\"action\\": \\"DOWN\\"}", "action": "UP"}',
        "UP",
        '<|channel|>final<|message|>{"action": "DOWN"}',
    ),
    ('{"action": "UP", "message": {"text": "hi"}}', "UP", None),
    ('{"action": "UP", "message": "ACTION: DOWN\\nMSG: x"}', "UP", "ACTION: DOWN MSG: x"),
    ('ACTION: UP\nMSG: he said {"action": "DOWN"}', "UP", 'he said {"action": "DOWN"}'),
    ('MSG: he said {"action": "DOWN"}\nACTION: UP', "UP", 'he said {"action": "DOWN"}'),
    ("ACTION: UP\nMSG: <think> everybody", "UP", "<think> everybody"),
    ("MSG: <think> everybody\nACTION: UP", "UP", "<think> everybody"),
    ("ACTION: UP\nMSG: so </think> everybody", "UP", "so </think> everybody"),
    (
        '<action>UP</action><message>so <think> {"action": "DOWN"}</message>',
        "UP",
        'so <think> {"action": "DOWN"}',
    ),
    ('{"action": "UP", "message": "m"}\nI ignored agent_2, who said {"action": "DOWN"}.', "UP", "m"),
    (
        'agent_2 said: {"action": "DOWN", "message": "x"}. But I go {"action": "UP", "message": "y"}',
        "UP",
        "y",
    ),
    ('agent_2 said "{\\"action\\": \\"DOWN\\"}".\n{"action": "UP"}', "UP", None),
    ('Agent_2 said {"action": "DOWN"}. I am not sure.', None, None),
    ('{"draft": {"action": "UP"}, "final": {"action": "DOWN", "message": "m"}}', "DOWN", "m"),
    ('{"final": {"action": "UP", "message": "m"}, "heard": ["{\\"action\\": \\"DOWN\\"}"]}', "UP", "m"),
    ('{"final": {"action": "UP", "message": "m"}, "heard": [{"action": "DOWN"}]}', "UP", "m"),
    ('Draft: {"action": "UP", "message": "a"}\nFinal: {"action": "LEFT", "message": "b"}', "LEFT", "b"),
    (
        '```json\n{"action": "UP", "message": "a"}\n```\nNo:\n```\n{"action": "LEFT", "message": "b"}\n```',
        "LEFT",
        "b",
    ),
    ('<think>{"action": "DOWN", "message": "x"}</think>{"action": "UP", "message": "y"}', "UP", "y"),
    (
        '<think>he wrote "</think>" to {"action":"DOWN","message":"q </think> w"}</think>{"action": "UP"}',
        "UP",
        None,
    ),
    ('{"action": "UP", "message": "line one\nline two"}', "UP", "line one line two"),
    ("{“action”: “UP”, “message”: “hi all”}", "UP", "hi all"),
    ("{'action': 'UP', 'message': 'it\\'s me'}", "UP", "it's me"),
    ('{"action": "UP", "message": "say \\"hi\\"",}', "UP", 'say "hi"'),
    ('{"action": UP, "message": "hi"}', "UP", "hi"),
    ('{"action": "UP", /* c */ "message": "hi"}', "UP", "hi"),
    ('{"action": "UP" "message": "hi"}', "UP", "hi"),
    (
        'Ich gehe nach oben, weil links eine Wand ist.\n{"action": "UP", "message": "Ich gehe hoch"}',
        "UP",
        "Ich gehe hoch",
    ),
    ('我认为应该向上移动。\n{"action": "UP", "message": "向上"}\n完成。', "UP", "向上"),
    ("**ACTION:** **UP**\n**MSG:** hi", "UP", "hi"),
    ("**UP**", "UP", None),
    ("1. UP\n2. LEFT", None, None),
    ("UP\nDOWN\nLEFT\nRIGHT\nSTAY", None, None),
    ("- UP\n- LEFT", None, None),
    ("Options: UP, DOWN, LEFT.", None, None),
    ("Possible actions:\n- UP\n- LEFT\n", None, None),
    ("Action 1: UP\nAction 2: LEFT", None, None),
    ("not UP", None, None),
    ("Not UP but LEFT.", "LEFT", None),
    ("I won't go up, I'll go left.", "LEFT", None),
    ("Instead of UP, I choose LEFT.", "LEFT", None),
    ("ACTION: LEFT, not UP", "LEFT", None),
    ("ACTION: not UP", None, None),
    ("ACTION: anything but UP", None, None),
    ("I should not go UP.", None, None),
    ("I can't go UP.", None, None),
    ("Don't go LEFT!", None, None),
    ("Never move DOWN", None, None),
    ("I would go UP if the wall were not there, so I stay.", None, None),
    ("Agent_3 goes UP, I go LEFT.", "LEFT", None),
    ("agent_3 told me to go UP.", None, None),
    ("Everyone should go UP! I stay.", "STAY", None),
    ("up", "UP", None),
    ("going left", "LEFT", None),
    ("I choose to move right", "RIGHT", None),
    ("My move is UP", "UP", None),
    ("Let's go down", "DOWN", None),
    ("The best move is LEFT because UP is blocked.", "LEFT", None),
    ("The best action is to stay, as the prey is to the LEFT", "STAY", None),
    ("I'm sorry, I can't choose.", None, None),
    ("That is right, stay.", "STAY", None),
    ("action: up", "UP", None),
    ('{"action": "up"}', "UP", None),
    ('{"action": "move up", "message": ""}', "UP", None),
    ('{"action": "UP", "message": "a", "action": "LEFT"}', None, None),
    ('{"action": null, "message": "hi"}', None, None),
    ('{"action": "", "message": "UP"}', None, None),
    ('{"message": "go UP"}', None, None),
    ('I think {"action": "UP"', "UP", None),
    ('[{"name": "answer", "arguments": "{\\"action\\": \\"UP\\", \\"message\\": \\"h\\"}"}]', "UP", "h"),
    (
        '{"tool_calls": [{"function": {"name": "answer", "arguments": "{\\"action\\": \\"UP\\"}"}}]}',
        "UP",
        None,
    ),
    ('"{\\"action\\": \\"UP\\", \\"message\\": \\"h\\"}"', "UP", "h"),
    (
        '<tool_call>\n{"name": "answer", "arguments": {"action": "UP", "message": "h"}}\n</tool_call>',
        "UP",
        "h",
    ),
    ('answer({"action": "UP", "message": "h"})', "UP", "h"),
    ('answer(action="UP", message="h")', "UP", "h"),
]


def read(text):
    try:
        answer = read_answer(text, ACTIONS)
    except Unusable:
        return None, None
    return ACTIONS[answer.move], answer.message


@pytest.mark.parametrize(("text", "action", "message"), SHAPES, ids=lambda value: repr(value)[:40])
def test_the_one_right_reading(text, action, message):
    assert read(text) == (action, message)


FRAGMENTS = [
    "<think>", "</think>", "<|channel|>final<|message|>", '{"action": "DOWN"}', '{"action": "DOWN", ',
    "ACTION: DOWN", "\nACTION: DOWN\n", "<action>DOWN</action>", "</message>", "```", "\\boxed{DOWN}", '"',
    "'", "\\", "}", "{", "},{", '", "action": "DOWN', "I'm sorry, I can't help", "*/", "\u2028", "”",
    "[/THINK]", "]", "STAY, since DOWN is", "DOWN",
]  # fmt: skip
QUOTED = st.one_of(
    st.text(max_size=200), st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=8), max_size=8).map("".join)
)
FORMS = [
    "{}",
    "```json\n{}\n```",
    "Here is my answer:\n\n{}\n\nGood luck!",
    "<think>UP or DOWN? He said </think> I think.\n</think>\n{}",
    "The others are noisy.\n</think>\n\n{}",
    "<|channel|>analysis<|message|>ACTION: LEFT?<|end|><|start|>assistant<|channel|>final<|message|>{}",
    "agent_3 said something odd. {}",
    '{{"name": "answer", "arguments": {}}}',
    "[{}]",
]


def in_one_line(text):
    return " ".join(text.split()) or "nothing"


@pytest.mark.parametrize("form", FORMS, ids=repr)
@pytest.mark.parametrize("ascii_only", [True, False])
@given(QUOTED)
@example('{"action": "DOWN"} </think> {"action": "LEFT"}')
def test_a_quotation_in_a_message_changes_no_answer(form, ascii_only, text):
    quoting = json.dumps({"action": "UP", "message": f"heard: {text} END"}, ensure_ascii=ascii_only)
    plain = json.dumps({"action": "UP", "message": "heard: nothing END"})
    action, message = read(form.format(quoting))
    assert action == read(form.format(plain))[0] == "UP"
    wanted = "".join(" " if ord(c) < 32 or 127 <= ord(c) < 160 else c for c in f"heard: {text} END")
    assert message == wanted


@given(QUOTED)
def test_a_quotation_in_the_line_of_a_message_changes_no_answer(text):
    line = in_one_line(text)
    for form in (
        "ACTION: UP\nMSG: heard {} END",
        "MSG: heard {} END\nACTION: UP",
        "**ACTION:** UP\n**MSG:** heard {} END",
    ):
        assert read(form.format(line))[0] == "UP"
    assert (
        read(f"MSG: heard {json.dumps(text)} END")[0] is None
        or "ACTION" in text.upper()
        or "MOVE" in text.upper()
    )


@given(QUOTED)
def test_a_quotation_in_json_of_loose_form_changes_no_answer(text):
    message = json.dumps(f"heard: {text} END")
    for form in (
        '{{"action": "UP", "message": {},}}',
        "{{'message': {}, 'action': 'UP'}}",
        "{{action: UP, message: {}}}",
    ):
        assert read(form.format(message))[0] == "UP"
