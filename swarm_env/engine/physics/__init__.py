"""Push physics: which bodies move when all push at once."""

from swarm_env.engine.physics.plain import resolve_push

__all__ = ["resolve_push"]
