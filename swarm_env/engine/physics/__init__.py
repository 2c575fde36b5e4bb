"""Push physics: who moves when everyone pushes at once."""

from swarm_env.engine.physics.plain import resolve_push

__all__ = ["resolve_push"]
