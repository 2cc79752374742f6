"""Who types at the command line acts in nobody's name without that person's password."""

import sys

import click

from companion.care.people import Person, password_is_right
from companion.errors import BadInput


def read_password(label: str) -> str:
    """Typed unseen at a terminal; the first line of standard input in a script."""
    if sys.stdin.isatty():
        typed = click.prompt(label, hide_input=True)
        assert isinstance(typed, str)
        return typed
    return sys.stdin.readline().rstrip("\r\n")


def confirm_password(person: Person) -> None:
    """Raises BadInput unless this person's password is typed."""
    if not password_is_right(person, read_password(f"Password of {person.name}")):
        raise BadInput("is not right", where="password", advice="nothing was changed; try again")
