"""Generative models small enough to keep here, trained with torch and run with numpy."""
