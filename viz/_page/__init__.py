"""The page for browsers: what is in it (`packing`), and how it is put together (`template`)."""
