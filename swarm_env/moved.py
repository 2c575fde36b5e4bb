"""Import paths of version 0.1.0 that are gone: an import of one fails with an error that names the new one.

`import swarm_env.grid` says "`swarm_env.grid` is now `swarm_env.engine.state`", `import consensus.codef` says
"`consensus.codef` is now `swarm_env.consensus.codef`". Packages of other distributions with such names are
left alone.
"""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

# Folder of today to its modules: "new", or "old=new" where the name changed.
_FOLDERS = {
    "chat": "chat.minds=live_calls chat.outcome=request chat.relay=session",
    "chat.ledger": "chat.budget=budget chat.cache=cache chat.database=database chat.prices=budget "
    "chat.summary=summary",
    "chat.transport": "chat.bounds=client chat.client=client chat.endpoint=endpoint chat.forms=client "
    "chat.limiter=limiter chat.question=question chat.reply=reply chat.scrub=endpoint chat.verdict=reply",
    "engine.settings": "layout",
    "engine": "deciding=rule_calls grid=state handles=numba_types kernels=compiler messages physics "
    "randomness round=step threads=thread_pool views=observe world",
    "envs": "actions=decision_codec decisions=decision_codec dictionaries=parallel_dicts parallel perception "
    "setup=make showing=frames spaces=observation vector",
    "playback": "events=timeline_events film=playback live_film=live_playback minds=recorded_calls "
    "recorded_prompts seeking=seek turns=round_index",
    "playing": "cast=agent_pool course=live_run rehearsal=dry_run runner seat=human_input "
    "services=run_services team team_text=team_syntax",
    "runs": "importing=import_swarmbench replay=recording run_files=files run_writer=writer swarmbench_files "
    "swarmbench_logs verify",
    "runtime": "file_lock interrupts loop_thread=event_loop",
    "training": "prompts=prompt_env recall=memory_features single",
}
# Module of 0.1.0 to module of today, both without "swarm_env.".
MOVED = {"facade": "api", "evaluation": "bench` and `swarm_env.leaderboard"} | {
    pair.split("=")[0]: f"{folder}.{pair.split('=')[-1]}"
    for folder, pairs in _FOLDERS.items()
    for pair in pairs.split()
}
INSTALLED_BESIDE = ("agents", "consensus", "scenarios", "viz")  # top-level packages of 0.1.0
_RULES = ("best_single", "borda", "copeland", "elo", "majority")
# Their modules that also changed their place or name.
_MOVED_BELOW = {f"consensus.{name}": f"consensus.rules.{name}" for name in _RULES} | {
    "agents._server": "agents.mock_server",
    "consensus.codef_2": "consensus.codef",
    "consensus.codef_majority": "consensus.codef",
}


class _OldNames:
    """The last import hook: it is asked only for modules that were not found, and never finds one."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Raise for an old name that an import statement asks for; find nothing."""
        # `importlib.util.find_spec("agents")` must return None, so raise for import statements only.
        caller = sys._getframe(1).f_back
        by_statement = caller is not None and caller.f_code.co_name == "_find_and_load_unlocked"
        if by_statement and new_name(name) is not None:
            raise moved_error(name)
        return None


def moved_error(name: str) -> ModuleNotFoundError:
    """The error for an old name, with the whole path of the import statement that is running."""
    asked, frame = name, sys._getframe(1)
    while frame.f_back is not None:  # importing a.b.c begins with a
        frame = frame.f_back
        found = frame.f_locals.get("name") if frame.f_code.co_name == "_find_and_load_unlocked" else None
        if isinstance(found, str) and found.startswith(f"{asked}."):
            asked = found
    return ModuleNotFoundError(f"`{asked}` is now `{new_name(asked) or new_name(name)}`.", name=name)


def new_name(name: str) -> str | None:
    """The new import path of a module of 0.1.0 ("swarm_env.grid", "consensus.codef"), or None."""
    if name.split(".")[0] in INSTALLED_BESIDE:
        return f"swarm_env.{_MOVED_BELOW.get(name, name)}"
    old = name.removeprefix("swarm_env.")
    return f"swarm_env.{MOVED[old]}" if old in MOVED and old != name else None


def explain_old_names() -> None:
    """Add the import hook, once."""
    if not any(isinstance(finder, _OldNames) for finder in sys.meta_path):
        sys.meta_path.append(_OldNames())
