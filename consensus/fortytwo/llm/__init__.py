"""The Fortytwo protocol with language models as nodes."""
