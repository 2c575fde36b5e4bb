"""Drawing: pure functions from a frame to an off-screen surface. No display is needed and none is opened.

    camera.Camera.fit(frame, area)       which part of the map is looked at; area = (x, y, width, height)
    layers.Layers(selected=3, heat=True) what is drawn over it
    map.draw_map(surface, frame, camera, theme, layers, before, progress, traces)
    strip.draw_strip(surface, area, frame, theme)   scenario, round, score, cost; `strip.HEIGHT` pixels high
    picture.picture(frame, size, theme, layers, …)  all of it as an array (H, W, 3) uint8
    looks.palette(setting, theme)        the plain colour of each code, seen at `camera.probe(row, column)`
    text.write(surface, (x, y), words, size, colour), text.size_of(words, size), text.wrapped(…)

`before` is the frame of the round before: bodies stand between both frames by `progress` (0 to 1), and those
that were pushed are told from those that walked. What is drawn depends on the arguments alone: caches hold
nothing but what would be made again.
"""

import os

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")  # pygame greets on standard output otherwise
