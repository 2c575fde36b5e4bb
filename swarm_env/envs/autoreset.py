"""When worlds of the vector API that ended begin their next episode."""

from typing import Any

from gymnasium.vector import AutoresetMode

from swarm_env.engine.step import NEXT_STEP, NO_AUTORESET, SAME_STEP
from swarm_env.errors import ConfigError

AUTORESETS = {
    AutoresetMode.DISABLED: NO_AUTORESET,
    AutoresetMode.SAME_STEP: SAME_STEP,
    AutoresetMode.NEXT_STEP: NEXT_STEP,
}


def read_autoreset_mode(given: Any) -> AutoresetMode:
    """Check an autoreset mode, given as such, by value ("NextStep") or by name in any case ("next_step").

    Raises:
        ConfigError: If it is none.
    """
    words = str(given.value if isinstance(given, AutoresetMode) else given).replace("_", "").lower()
    for mode in AutoresetMode:
        if words == mode.value.lower():
            return mode
    names = ", ".join(mode.name for mode in AutoresetMode)
    raise ConfigError(f"autoreset_mode={given!r:.80}: must be one of {names}.")
