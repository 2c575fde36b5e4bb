"""Files that pictures are written to, one after the other: each is flushed as it grows."""
