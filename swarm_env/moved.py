"""Import paths of version 0.1.0 that are gone: an import of one fails with an error that names the new one.

`import swarm_env.grid` says "`swarm_env.grid` is now `swarm_env.engine.state`", `import consensus.codef` says
"`consensus` is now `swarm_env.consensus`". A package of another distribution with such a name is left alone.
"""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

# Module of 0.1.0 to module of today, both without "swarm_env.".
MOVED = {
    "actions": "envs.actions",
    "cast": "playing.agent_pool",
    "chat.bounds": "chat.transport.client",
    "chat.budget": "chat.ledger.budget",
    "chat.cache": "chat.ledger.cache",
    "chat.client": "chat.transport.client",
    "chat.database": "chat.ledger.database",
    "chat.endpoint": "chat.transport.endpoint",
    "chat.forms": "chat.transport.client",
    "chat.limiter": "chat.transport.limiter",
    "chat.minds": "chat.live_calls",
    "chat.outcome": "chat.request",
    "chat.prices": "chat.ledger.budget",
    "chat.question": "chat.transport.question",
    "chat.relay": "chat.session",
    "chat.reply": "chat.transport.reply",
    "chat.scrub": "chat.transport.endpoint",
    "chat.summary": "chat.ledger.summary",
    "chat.verdict": "chat.transport.reply",
    "course": "playing.live_run",
    "deciding": "engine.rule_calls",
    "decisions": "envs.decision_codec",
    "dictionaries": "envs.parallel_dicts",
    "events": "playback.timeline_events",
    "facade": "api",
    "file_lock": "runtime.file_lock",
    "film": "playback.playback",
    "grid": "engine.state",
    "handles": "engine.numba_types",
    "importing": "runs.import_swarmbench",
    "interrupts": "runtime.interrupts",
    "kernels": "engine.compiler",
    "layout": "engine.layout",
    "live_film": "playback.live_playback",
    "loop_thread": "runtime.event_loop",
    "messages": "engine.messages",
    "minds": "playback.recorded_calls",
    "parallel": "envs.parallel",
    "perception": "envs.perception",
    "prompts": "training.prompt_env",
    "randomness": "engine.randomness",
    "recall": "training.memory_features",
    "recorded_prompts": "playback.recorded_prompts",
    "rehearsal": "playing.dry_run",
    "replay": "runs.recording",
    "round": "engine.step",
    "run_files": "runs.files",
    "run_writer": "runs.writer",
    "runner": "playing.runner",
    "seat": "playing.human_input",
    "seeking": "playback.seek",
    "services": "playing.run_services",
    "setup": "envs.make",
    "showing": "envs.frames",
    "single": "envs.single",
    "spaces": "envs.spaces",
    "swarmbench_files": "runs.swarmbench_files",
    "swarmbench_logs": "runs.swarmbench_logs",
    "team": "playing.team",
    "team_text": "playing.team_syntax",
    "threads": "engine.thread_pool",
    "turns": "playback.round_index",
    "vector": "envs.vector",
    "verify": "runs.verify",
    "views": "engine.observe",
    "world": "engine.world",
    "evaluation": "bench` and `swarm_env.leaderboard",
    "physics": "engine.physics",
}
INSTALLED_BESIDE = ("agents", "consensus", "scenarios", "viz")  # top-level packages of 0.1.0


class _OldNames:
    """An import hook behind all others: it is asked only for what nobody else finds, and never finds it."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Raise for an old name that an import statement asks for; find nothing."""
        new = new_name(name)
        # `importlib.util.find_spec("agents")` asks whether there is such a module: the answer is no.
        by_statement = sys._getframe(1).f_back
        if new is None or by_statement is None or by_statement.f_code.co_name != "_find_and_load_unlocked":
            return None
        raise ModuleNotFoundError(f"`{name}` is now `{new}`.", name=name)


def new_name(name: str) -> str | None:
    """Where a module of version 0.1.0 is now.

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
