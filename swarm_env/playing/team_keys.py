"""Which keys may go to the servers of a team that the user wrote, on a command line or in code."""

from collections.abc import Iterable

from swarm_env.chat import Keys, where
from swarm_env.chat.nested_options import nested
from swarm_env.chat.transport.endpoint import INSIDE
from swarm_env.chat.transport.keys import OPENAI_KEY
from swarm_env.playing.team_syntax import TeamEntry, split_model


def keys_of(entries: Iterable[TeamEntry]) -> Keys:
    """Bind the variables of each entry (`key_env` and `header_env`) to the entry's own server.

    `OPENAI_API_KEY` is bound to none: it goes to servers that `--base-url` or the environment names.

    Args:
        entries: Entries whose every part the user wrote. If all are Python objects, every server may have the
            key that they name.

    Raises:
        ConfigError: An address or the name of a variable cannot be used.
    """
    entries = list(entries)
    keys = Keys(is_open=bool(entries) and all(entry.make is not None for entry in entries))
    for entry in entries:
        options = dict(entry.options)
        named = (options.get("key_env", OPENAI_KEY), *nested("header_env", options).values())
        url = split_model(entry.agent.partition(":")[2])[1] or options.get("base_url", "")
        for variable in named if url not in INSIDE else ():
            if variable != OPENAI_KEY:
                keys = keys.allow(str(variable), url or where(None))
    return keys
