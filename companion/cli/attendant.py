"""The person at the terminal, who reads numbers off a device while it is paired."""

import asyncio
import sys
from concurrent.futures import Future
from threading import Thread

import click


class Keyboard:
    """Lines that a person types, one for each question.

    Nobody can take back a read from a terminal: the line that a withdrawn question waited for answers the next one.
    The thread that waits is a daemon, so that it does not keep the process from ending.
    """

    def __init__(self) -> None:
        self._waiting: Future[str] | None = None

    async def ask(self, question: str) -> str | None:
        """What is typed, without spaces around it; None at the end of the input."""
        click.echo(question, err=True, nl=False)
        self._waiting = self._waiting or _next_line()
        line = await asyncio.shield(asyncio.wrap_future(self._waiting))
        self._waiting = None
        return line.strip() if line else None


def _next_line() -> Future[str]:
    line: Future[str] = Future()
    Thread(target=lambda: line.set_result(sys.stdin.readline()), daemon=True).start()
    return line


class AtTerminal:
    """See `pairing.Attendant`. Questions go to standard error, answers come from standard input."""

    def __init__(self, keyboard: Keyboard | None = None) -> None:
        self._keyboard = keyboard or Keyboard()

    async def passkey(self, address: str) -> str | None:
        return await self._keyboard.ask(f"{address} wants its PIN (on its display or its label): ")

    async def sees(self, address: str, number: str) -> bool:
        answer = await self._keyboard.ask(f"Does {address} show {number}? [y/N] ")
        return (answer or "").lower().startswith("y")

    async def show(self, address: str, number: str) -> None:
        click.echo(f"Type {number} on {address}.", err=True)
