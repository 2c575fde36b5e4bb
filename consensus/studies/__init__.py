"""Studies: each measures a method over many settings, with tables and plots."""
