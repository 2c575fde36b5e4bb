"""How a world is shown: one file per renderer.

A renderer reads what a scenario declares and knows no scenario by name.
"""
