"""How many refills of a medicine will be asked for in the coming weeks, and whether that is worth more than a guess.
Pure."""
