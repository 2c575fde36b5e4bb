"""Teams that play: from the text of `--agents` to a run that is played, resumed or forked."""
