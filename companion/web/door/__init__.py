"""Coming in: passwords, links, sessions, and a hub's code."""
