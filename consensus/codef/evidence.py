"""What a voter can infer from its view: which sensitive tables the asker has read about the same person.

Rows of different tables belong together when the value of one is the key of the other. A voter can follow
such a path through its own tables and through replies that it is shown. If it cannot infer whom a question
was about, it assumes the same person, and counts coarse replies as exact: that errs on the side of blocking.
"""

from swarm_env.consensus.codef.cases import ASKER, PERSON
from swarm_env.consensus.codef.tally import Verdict
from swarm_env.consensus.codef.voters.voter_views import View

People = frozenset[str] | None  # None: any person


def seen(view: View, memory: int) -> dict[int, bool]:
    """Which sensitive tables the asker seems to have read, besides the one she asks for.

    Table to whether she has read it, as seen by a voter that knows the policy and uses the latest `memory`
    entries (at least 1) of the past; her own tables are always True.
    """
    assert view.policy is not None
    past = view.history[-memory:]
    origins = _origins(view)
    schemas = view.schemas
    asked = view.question
    about = _people(asked.key, schemas[asked.table].asks == PERSON, origins)
    held = {table: schemas[table].owner == ASKER for table in view.policy if table != asked.table}
    for entry in past:
        table = entry.question.table
        if held.get(table, True) or entry.verdict is Verdict.BLOCK:
            continue
        who = _people(entry.question.key, schemas[table].asks == PERSON, origins)
        if about is None or who is None or about & who:
            held[table] = True
    return held


def _origins(view: View) -> dict[str, list[tuple[str, bool]]]:
    """Value to the keys that it is known to come from, each with whether that key is a person's name."""
    found: dict[str, list[tuple[str, bool]]] = {}
    for _, table in view.own:
        for key, value in table.rows.items():
            found.setdefault(value, []).append((key, table.schema.asks == PERSON))
    for entry in view.history:
        if entry.reply is not None and entry.verdict == Verdict.ANSWER and len(entry.reply) == 1:
            key, table_number = entry.question.key, entry.question.table
            found.setdefault(entry.reply[0], []).append((key, view.schemas[table_number].asks == PERSON))
    return found


def _people(key: str, is_name: bool, origins: dict[str, list[tuple[str, bool]]]) -> People:
    """The people a key may stand for."""
    if is_name:
        return frozenset((key,))
    if key not in origins:
        return None
    who: set[str] = set()
    for origin, named in origins[key]:
        people = _people(origin, named, origins)
        if people is None:
            return None
        who |= people
    return frozenset(who)
