"""Tasks in which talking pays, each with a known value without messages and a known best."""
