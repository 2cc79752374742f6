"""`companion jobs` in a process that is killed."""

import os

from companion.cli.jobs import command


def run_jobs(environment: dict[str, str]) -> None:
    """Beats until it is killed. What it logs is nobody's."""
    os.environ.update(environment)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    command([])
