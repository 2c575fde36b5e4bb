"""Parse answers to the preset's prompt by the rules of the parser released with the benchmark.

Only the labels "ACTION:", "Action:" and "action:" count, and "MSG:", "Msg:" and "msg:". Of each label the
first occurrence is read, to the end of its line; later labels of the list override earlier ones. The action
is the first of UP, DOWN, LEFT, RIGHT, STAY and the task's own that occurs there, in capital letters. An
answer without one is no move, and its message is sent all the same. Thoughts are read as any other text.
"""

from swarm_env.agents.llm.parse import Answer

from swarm_env.chat import Unusable
from swarm_env.envs.channel.text_delivery import cut_text

ACTION_LABELS = ("ACTION:", "Action:", "action:")
MESSAGE_LABELS = ("MSG:", "Msg:", "msg:")
ORDER = ("UP", "DOWN", "LEFT", "RIGHT", "STAY")


def read_preset_answer(text: str, actions: tuple[str, ...]) -> Answer:
    """Parse an answer, given the names of the actions.

    Raises:
        Unusable: It names no action; `rest` is an answer that stays, with the message.
    """
    valid = (*ORDER, *(name for name in actions if name not in ORDER))
    move = message = None
    for label in ACTION_LABELS:
        line = _line_after(label, text)
        named = next((name for name in valid if line is not None and name in line), None)
        move = move if named is None else actions.index(named)
    for label in MESSAGE_LABELS:
        line = _line_after(label, text)
        message = message if line is None else cut_text(line)
    if move is None:
        raise Unusable(
            'the answer has no line "ACTION: " with an action in capital letters',
            rest=Answer(actions.index("STAY"), message or None),
        )
    return Answer(move, message or None)


def _line_after(label: str, text: str) -> str | None:
    """The rest of the line after the first occurrence of a label."""
    _, found, rest = text.partition(label)
    return rest.split("\n", 1)[0].strip() if found else None
