"""The person at the terminal, who reads numbers off a device while it is paired."""

import asyncio
import sys
from threading import Thread

import click


class AtTerminal:
    """See `companion.devices.pairing.Attendant`. Questions go to standard error, answers come from standard input."""

    async def passkey(self, address: str) -> str | None:
        return await ask(f"{address} wants its PIN (on its display or its label): ")

    async def sees(self, address: str, number: str) -> bool:
        answer = await ask(f"Does {address} show {number}? [y/N] ")
        return (answer or "").lower().startswith("y")

    async def show(self, address: str, number: str) -> None:
        click.echo(f"Type {number} on {address}.", err=True)


async def ask(question: str) -> str | None:
    """One line that a person types; None at the end of the input.

    The thread that waits for it is left behind when the question is withdrawn: nobody can take back a read from a
    terminal, and a thread of the loop's own would keep the process from ending.
    """
    click.echo(question, err=True, nl=False)
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[str] = loop.create_future()

    def answer(line: str) -> None:
        if not answered.done():
            answered.set_result(line)

    def read() -> None:
        line = sys.stdin.readline()
        if not loop.is_closed():
            loop.call_soon_threadsafe(answer, line)

    Thread(target=read, daemon=True).start()
    line = await answered
    return line.strip() if line else None
