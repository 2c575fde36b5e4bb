"""Renderers, one module or folder each: interactive window, plain window, image, video, page, terminal.

A renderer draws what the scenario declares in its frames and depends on no particular scenario.
"""

import os

if __name__ == "viz":  # imported from the repository's folder instead of below `swarm_env`
    from swarm_env.moved import moved_error

    raise moved_error(__name__)

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")  # else importing pygame prints a greeting
