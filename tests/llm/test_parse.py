"""Answers of many shapes, and what is read from them."""

import contextlib
import gc
import json
import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from swarm_env.agents.llm.parse import MAX_TEXT, read_answer

from swarm_env.chat import Unusable

ACTIONS = ("STAY", "UP", "DOWN", "LEFT", "RIGHT", "SWITCH")

# Answer, action, message.
SHAPES = [
    # as asked for
    ("ACTION: UP\nMSG: prey at 3 4", "UP", "prey at 3 4"),
    ("ACTION: UP", "UP", None),
    ('{"action": "UP", "message": "prey at 3 4"}', "UP", "prey at 3 4"),
    ('{"action": "DOWN"}', "DOWN", None),
    # letters, blanks, line ends
    ("action: up\nmsg: Hi", "UP", "Hi"),
    ("Action : Up\nMessage : Hi", "UP", "Hi"),
    ("  ACTION:UP  \r\n  MSG:Hi  \r\n", "UP", "Hi"),
    ("ACTION: UP\rMSG: Hi", "UP", "Hi"),
    ("MSG: Hi\nACTION: UP", "UP", "Hi"),
    ("ACTION: UP\n\n\nMSG: Hi\n\nGood luck to all!", "UP", "Hi"),
    ("ACTION = LEFT\nMSG = Hi", "LEFT", "Hi"),
    ("ACTION -> LEFT", "LEFT", None),
    ("ACTION - LEFT", "LEFT", None),
    ("ACTION LEFT", "LEFT", None),
    ("ACTION: UP MSG: Hi", "UP", "Hi"),
    ("ACTION: UP, MSG: Hi", "UP", "Hi"),
    ("ACTION: UP | MSG: Hi there", "UP", "Hi there"),
    ("MSG: go up all ACTION: UP", "UP", "go up all"),
    # markdown
    ("**ACTION:** UP\n**MSG:** Hi", "UP", "Hi"),
    ("**ACTION**: UP\n**MSG**: Hi", "UP", "Hi"),
    ("**ACTION: UP**\n**MSG: Hi**", "UP", "Hi"),
    ("*Action*: `UP`\n*Msg*: `Hi`", "UP", "Hi"),
    ("__ACTION__: UP", "UP", None),
    ("- ACTION: UP\n- MSG: Hi", "UP", "Hi"),
    ("* **Action:** RIGHT\n* **Message:** *Hi*", "RIGHT", "Hi"),
    ("1. ACTION: UP\n2. MSG: Hi", "UP", "Hi"),
    ("1) **ACTION**: UP\n2) **MSG**: Hi", "UP", "Hi"),
    ("> ACTION: UP\n> MSG: Hi", "UP", "Hi"),
    ("### ACTION: UP\n### MSG: Hi", "UP", "Hi"),
    ("## Action\nUP\n\n## Message\nHi", "UP", "Hi"),
    ("**Action**\n\nUP\n\n**Message**\n\nHi", "UP", "Hi"),
    ("ACTION:\nUP\nMSG:\nHi", "UP", "Hi"),
    ("```\nACTION: UP\nMSG: Hi\n```", "UP", "Hi"),
    ("ACTION:\n```\nUP\n```", "UP", None),
    ("| ACTION | UP |\n| MSG | Hi |", "UP", "Hi |"),
    ("`ACTION: UP`", "UP", None),
    # quotes
    ('ACTION: "UP"\nMSG: "Hi, it is \'P\'"', "UP", "Hi, it is 'P'"),
    ("ACTION: 'UP'\nMSG: 'I'm here'", "UP", "I'm here"),
    ("ACTION: “UP”\nMSG: “Hi”", "UP", "Hi"),
    ("ACTION: «UP»\nMSG: «Hi»", "UP", "Hi"),
    ("ACTION: [UP]\nMSG: Hi", "UP", "Hi"),
    ("ACTION: <UP>", "UP", None),
    # other languages' punctuation
    ("ACTION：UP\nMSG：Hi", "UP", "Hi"),
    ("ACTION： 「UP」。\nMSG： 「Hi」", "UP", "Hi"),
    ("ＡＣＴＩＯＮ: UP".replace("ＡＣＴＩＯＮ", "ACTION") + "、食べ物", "UP", None),
    ("ACTION: ＵＰ", "UP", None),
    # other languages' labels
    ("ACTION: UP\n消息：你好", "UP", "你好"),
    ("ACTION: UP\nNACHRICHT: Hallo", "UP", "Hallo"),
    ("ACTION: UP\n**Mensaje:** hola", "UP", "hola"),
    ('ACTION: UP\n消息：{"action": "LEFT"}', "UP", '{"action": "LEFT"}'),
    ("ACTION: UP\nNachricht: ACTION: LEFT", "UP", "ACTION: LEFT"),
    # prose around
    ("The prey is above me, so I should go there.\n\nACTION: UP\nMSG: Hi", "UP", "Hi"),
    ("ACTION: UP\nMSG: Hi\n\nThis brings me nearer to the prey. Left is a wall.", "UP", "Hi"),
    ("ACTION: UP because LEFT is blocked", "UP", None),
    ("ACTION: UP (the prey is to the LEFT)", "UP", None),
    ("ACTION: UP, LEFT is blocked", "UP", None),
    ("ACTION: UP. Then DOWN.", "UP", None),
    ("My final action is RIGHT.", "RIGHT", None),
    ("Final Action: RIGHT\nFinal Message: Hi", "RIGHT", "Hi"),
    ("Chosen action: RIGHT!", "RIGHT", None),
    ("So my action: RIGHT", "RIGHT", None),
    ("After thinking about it my action is: DOWN", "DOWN", None),
    ("Decision: DOWN", "DOWN", None),
    # several candidates
    ("ACTION: UP\nMSG: a\n\nWait, no.\n\nACTION: DOWN\nMSG: b", "DOWN", "b"),
    ("ACTION: UP\nNo, better:\nACTION: LEFT\nMSG: b", "LEFT", "b"),
    ("ACTION: UP\nMSG: a\nACTION: LEFT", "LEFT", "a"),
    ('{"action": "UP"} or rather {"action": "LEFT", "message": "b"}', "LEFT", "b"),
    ("ACTION: UP or DOWN\nACTION: DOWN", "DOWN", None),
    ("ACTION: <UP/DOWN/LEFT/RIGHT/STAY>\nMSG: <your message>\n\nACTION: STAY\nMSG: Hi", "STAY", "Hi"),
    # other words for actions
    ("ACTION: move up", "UP", None),
    ("ACTION: Move one cell to the left", "LEFT", None),
    ("ACTION: go north", "UP", None),
    ("ACTION: ⬆️", "UP", None),
    ("ACTION: →", "RIGHT", None),
    ("ACTION: wait", "STAY", None),
    ("ACTION: do nothing", "STAY", None),
    ("ACTION: 4", "RIGHT", None),
    ("ACTION: 4 RIGHT", "RIGHT", None),
    ("ACTION: 4. RIGHT", "RIGHT", None),
    ("ACTION: switch the light", "SWITCH", None),
    ("3", "LEFT", None),
    ("Up", "UP", None),
    ("Let me see what the others do.\nup!", "UP", None),
    ("move up", "UP", None),
    ("⬇", "DOWN", None),
    ("I will go left.", "LEFT", None),
    ("Considering everything, RIGHT seems best", "RIGHT", None),
    ("The answer is $\\boxed{UP}$", "UP", None),
    ("\\boxed{\\text{LEFT}}", "LEFT", None),
    # thoughts
    ("<think>ACTION: UP would be wrong</think>\nACTION: DOWN", "DOWN", None),
    ("<thinking>\nLEFT?\n</thinking>{\"action\": \"RIGHT\"}", "RIGHT", None),
    ("ACTION: UP is a thought\n</think>\nACTION: DOWN\nMSG: Hi", "DOWN", "Hi"),
    ("[THINK]ACTION: UP[/THINK]ACTION: LEFT", "LEFT", None),
    (
        "<|channel|>analysis<|message|>ACTION: UP?<|end|><|start|>assistant<|channel|>final<|message|>"
        "ACTION: DOWN<|return|>",
        "DOWN",
        None,
    ),
    # JSON in text, and nearly JSON
    ('Here you are:\n```json\n{"action": "UP", "message": "Hi"}\n```\nGood luck!', "UP", "Hi"),
    ('{"ACTION": "up", "MSG": "Hi"}', "UP", "Hi"),
    ('{"thoughts": "DOWN or {LEFT}", "action": "UP", "message": null}', "UP", None),
    ('{"action": 1, "message": "Hi"}', "UP", "Hi"),
    ('{"action": ["UP"], "message": ""}', "UP", None),
    ('{"name": "answer", "arguments": {"action": "UP", "message": "Hi"}}', "UP", "Hi"),
    ('{"name": "answer", "arguments": "{\\"action\\": \\"UP\\", \\"message\\": \\"Hi\\"}"}', "UP", "Hi"),
    ('[{"action": "UP"}, {"action": "LEFT"}]', "LEFT", None),
    ("{'action': 'UP', 'message': 'Hi'}", "UP", "Hi"),
    ('{"action": "UP", "message": "Hi",}', "UP", "Hi"),
    ('{action: "UP", message: "Hi"}', "UP", "Hi"),
    ('{"action": "UP", "message": "cut off in the mid', "UP", '"cut off in the mid'),
    ('{"action": "UP", "message": "do not take ACTION: DOWN {now}"}', "UP", "do not take ACTION: DOWN {now}"),
    ('"action": "UP", "message": "Hi"', "UP", "Hi"),
    ("<action>UP</action><msg>Hi</msg>", "UP", "Hi"),
    ("<ACTION>UP</ACTION>\n<MESSAGE>Hi there</MESSAGE>", "UP", "Hi there"),
    ("action: UP\nmessage: Hi\nreason: the prey", "UP", "Hi"),  # YAML
    # silence
    ("ACTION: UP\nMSG: none", "UP", None),
    ("ACTION: UP\nMSG: (none)", "UP", None),
    ("ACTION: UP\nMSG: N/A", "UP", None),
    ("ACTION: UP\nMSG:", "UP", None),
    ('ACTION: UP\nMSG: ""', "UP", None),
    ("ACTION: UP\nMSG: -", "UP", None),
    ("ACTION: UP\nMSG: <your message, or nothing>", "UP", None),
    # messages that talk of actions
    ("ACTION: UP\nMSG: my action: DOWN next", "UP", "my action: DOWN next"),
    ("MSG: all move LEFT\nACTION: UP", "UP", "all move LEFT"),
    # an excuse does not matter where an action is given
    ("I'm sorry for the delay.\nACTION: UP", "UP", None),
]  # fmt: skip

UNUSABLE = [
    ("", "unparsable"),
    (" \n\t ", "unparsable"),
    ("ACTION:", "unparsable"),
    ("ACTION: FLY", "unparsable"),
    ("ACTION: 9", "unparsable"),
    ("ACTION: UP or DOWN", "unparsable"),
    ("ACTION: UP/DOWN/LEFT/RIGHT/STAY", "unparsable"),
    ("ACTION: UP, DOWN, LEFT or RIGHT", "unparsable"),
    ("ACTION: not UP", "unparsable"),
    ("ACTION: <one of STAY, UP, DOWN>", "unparsable"),
    ("I could go UP, or LEFT, or wait.", "unparsable"),
    ("That's right, what a nice day.", "unparsable"),
    ("I cannot go left.", "unparsable"),
    ("<think>ACTION: UP</think>", "unparsable"),
    ("<think>I had better take ACTION: UP", "unparsable"),
    ('{"action": "JUMP", "message": "Hi"}', "unparsable"),
    ('{"action": true}', "unparsable"),
    ('{"plan": "none"}', "unparsable"),
    ("MSG: hello all", "unparsable"),
    ("lorem ipsum dolor sit amet", "unparsable"),
    ("I'm sorry, but I can't help with that.", "refused"),
    ("I cannot assist with this request.", "refused"),
    ("As an AI, I do not take part in hunts.", "refused"),
    ("I'm unable to continue.", "refused"),
]


@pytest.mark.parametrize(("text", "action", "message"), SHAPES, ids=lambda value: repr(value)[:40])
def test_shapes_of_answers(text, action, message):
    answer = read_answer(text, ACTIONS)
    assert (ACTIONS[answer.move], answer.message) == (action, message)


@pytest.mark.parametrize(("text", "reason"), UNUSABLE, ids=lambda value: repr(value)[:40])
def test_what_cannot_be_used(text, reason):
    with pytest.raises(Unusable) as error:
        read_answer(text, ACTIONS)
    assert error.value.reason == reason


def test_enough_shapes():
    assert len(SHAPES) + len(UNUSABLE) > 60


def test_a_scenarios_own_words_come_first():
    actions = ("STAY", "UP", "DOWN", "LEFT", "RIGHT", "WAIT", "PICK_UP", "go north")
    for text, name in [("wait", "WAIT"), ("pick up", "PICK_UP"), ("PICK-UP!", "PICK_UP"), ("up", "UP")]:
        assert actions[read_answer(f"ACTION: {text}", actions).move] == name
    assert actions[read_answer("ACTION: Go North", actions).move] == "go north"


@given(st.text(max_size=300))
def test_any_text_is_read_or_unusable(text):
    for given_text in (
        text,
        f"ACTION: {text}",
        f"{{{text}}}",
        f'{{"action": "UP", "message": {json.dumps(text)}}}',
    ):
        try:
            answer = read_answer(given_text, ACTIONS)
        except Unusable as error:
            assert error.reason in ("refused", "unparsable")
        else:
            assert 0 <= answer.move < len(ACTIONS)


PARTS = [
    "ACTION", "action", ":", "：", "UP", "DOWN", "MSG", "message", "\n", " ", "{", "}", '"', "'", "*", "`",
    "<think>", "</think>", "or", "not", "[", "]", "1", ".", "\\boxed{", "|", "I", "move", "is", ",",
]  # fmt: skip


@given(st.lists(st.sampled_from(PARTS), max_size=60))
def test_any_pieces_are_read_or_unusable(parts):
    for joint in ("", " "):
        try:
            read_answer(joint.join(parts), ACTIONS)
        except Unusable:
            pass


@given(
    st.sampled_from(ACTIONS), st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=120)
)
def test_json_is_read_back_exactly(action, message):
    text = json.dumps({"action": action, "message": message})
    assert ACTIONS[read_answer(text, ACTIONS).move] == action


HOSTILE = [
    "{", '{"a":', "[", '{"a":[', '{"action": ', "<think>", "</think>", "*", " ", "\n", "ACTION: ",
    "ACTION:\n", "MSG: hi action: up ", "action is ", "MSG: ", "\\boxed{", "move ", "my ", "<action>", "<",
    '"', "UP ", "_", "ACTION: UP\n", "MSG:\n", "1. ", "I will go up. ", "not ", "`", '{"action": "UP"}', "｡",
    "９", "\u0301", "\x00", '{"x": {"action": "UP"}}', "ACTION: UP MSG: ", "\u2028",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE, ids=repr)
def test_a_megabyte_of_anything_takes_no_longer_than_its_length_asks_for(piece):
    eighth, full, cut = (
        least_time(piece * (size // len(piece))) for size in (MAX_TEXT // 8, MAX_TEXT, 1_000_000)
    )
    assert full < max(24 * eighth, 1.0)  # 8 times as long a text; a square law would take 64 times
    assert cut < max(3 * full, 3.0)


def least_time(text):
    """The least processor time of this thread for one reading, without the garbage collector."""
    least = math.inf
    gc.disable()
    try:
        for _ in range(3):
            began = time.thread_time()
            with contextlib.suppress(Unusable):
                read_answer(text, ACTIONS)
            least = min(least, time.thread_time() - began)
            if least < 0.3:
                break
    finally:
        gc.enable()
    return least
