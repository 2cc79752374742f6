"""`python -m companion.cli`: the same command, for processes that start each other."""

from companion.cli import main

main()
