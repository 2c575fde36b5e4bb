"""Drawing: pure functions from a frame to an off-screen surface. They need no display and open none.

    camera.Camera.fit(frame, area)            the visible part of the map; area = (x, y, width, height)
    layers.Layers(selected=3, heat=True)      optional layers
    map.draw_map(surface, frame, camera, …)   the map
    status_strip.draw_strip(surface, area, frame, theme)   scenario, round, score, cost
    frame_image.draw_image(frame, size, …)    map and strip as an array (H, W, 3) uint8
    style.kind_styles.palette(setting, theme) plain colour of each code, found at `camera.probe`

`before` is the frame of the previous round: agents stand between both frames by `progress` (0 to 1), and
pushed agents differ from those that walked. The result depends on the arguments alone: caches only keep what
would be drawn again identically.
"""
