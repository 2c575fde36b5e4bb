"""Drawing: pure functions from a frame to an off-screen surface. No display is needed and none is opened.

`picture.picture` is the shortest way: a frame becomes an array. The window draws on its own surface:
`map.draw_map` within a `camera.Camera`, `strip.draw_strip` beside it. What is drawn depends on the arguments
alone: caches hold nothing but what would be made again.
"""
