"""Checked settings of a world, and presets of published benchmarks."""

from swarm_env.config.message_settings import TOPOLOGIES as TOPOLOGIES
from swarm_env.config.presets import PRESETS as PRESETS
from swarm_env.config.presets import Preset as Preset
from swarm_env.config.setting_types import integer as integer
from swarm_env.config.world_config import WorldConfig as WorldConfig
from swarm_env.config.world_config import explain as explain
