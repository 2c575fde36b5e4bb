"""The renderer live: a running game in the browser, served by a process of its own so that it never waits."""

from swarm_env.viz.live.renderer import LivePage

RENDERER = LivePage
