"""Import paths of version 0.1.0 that are gone: an import of one fails with an error that names the new one.

`import swarm_env.grid` says "`swarm_env.grid` is now `swarm_env.engine.state`", `import consensus.codef` says
"`consensus` is now `swarm_env.consensus`". Packages of other distributions with such names are
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
    "engine": "deciding=rule_calls grid=state handles=numba_types kernels=compiler layout messages physics "
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


class _OldNames:
    """The last import hook: it is asked only for modules that were not found, and never finds one."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Raise for an old name that an import statement asks for; find nothing."""
        new = new_name(name)
        # `importlib.util.find_spec("agents")` must return None, so raise for import statements only.
        by_statement = sys._getframe(1).f_back
        if new is None or by_statement is None or by_statement.f_code.co_name != "_find_and_load_unlocked":
            return None
        raise ModuleNotFoundError(f"`{name}` is now `{new}`.", name=name)


def new_name(name: str) -> str | None:
    """The new import path of a module of version 0.1.0.

    Args:
        name: Import path, such as "swarm_env.grid" or "consensus".

    Returns:
        The new import path, or None if there was no such module.
    """
    if name in INSTALLED_BESIDE:
        return f"swarm_env.{name}"
    old = name.removeprefix("swarm_env.")
    return f"swarm_env.{MOVED[old]}" if old in MOVED and old != name else None


def explain_old_names() -> None:
    """Add the import hook, once."""
    if not any(isinstance(finder, _OldNames) for finder in sys.meta_path):
        sys.meta_path.append(_OldNames())
