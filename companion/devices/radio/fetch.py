"""Reading a device to its end, over as many links as that takes.

A weak radio, a meter that falls silent, a patient who walks away: the next link goes on where the last one stopped.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from companion.devices.radio.download import download
from companion.devices.radio.link import DeviceError, DeviceUnreachable, Found, PairingRefused, Radio
from companion.devices.radio.oddities import oddities
from companion.devices.radio.session import Notes, Order, Session
from companion.devices.radio.troubles import Trouble

Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True)
class Patience:
    """How long to try, in seconds. Only links that bring nothing new are counted."""

    fruitless_links: int = 4
    first_pause_s: float = 1.0
    """Before the second link; doubled after each that brought nothing."""
    connect_s: float = 30.0
    look_again_s: float = 3.0
    """How long a cuff that hung up is looked for: one that is done does not answer any more."""
    settle_s: float = 0.6
    """Some meters drop whoever asks in the first moment of a link (0.6 to 1.5 s in public clients)."""


PATIENCE = Patience()


async def fetch(
    radio: Radio, found: Found, order: Order, patience: Patience = PATIENCE, sleep: Sleep = asyncio.sleep
) -> Session:
    """The whole of what is wanted, or as much as came before patience ended.

    Raises DeviceUnreachable when no link came about, and PairingRefused when a person has to pair it (again).
    """
    notes = Notes(found.address, found.name)
    fruitless = 0
    error: DeviceError | None = None
    while True:
        looks_again, before, known = notes.hung_up, len(notes.payloads), len(notes.anomalies)
        error = await _one_link(radio, order, patience, notes, sleep)
        brought = len(notes.payloads) - before
        if looks_again and not brought:
            notes.complete = True  # it had been done; what this look met is of no account
            del notes.anomalies[known:]
            break
        fruitless = 0 if brought else fruitless + 1
        if isinstance(error, PairingRefused) or _is_done(notes, brought) or fruitless == patience.fruitless_links:
            break
        await sleep(patience.first_pause_s * 2 ** max(0, fruitless - 1))
    if error and not notes.links:
        raise error
    return notes.session(oddities(notes.payloads))


async def _one_link(
    radio: Radio, order: Order, patience: Patience, notes: Notes, sleep: Sleep
) -> DeviceUnreachable | PairingRefused | None:
    """Whatever came is in the notes. The error, when no link came about."""
    seconds = patience.look_again_s if notes.hung_up else patience.connect_s
    try:
        async with radio.connect(notes.address, seconds=seconds) as link:
            await sleep(patience.settle_s)
            await download(link, order, notes)
    except DeviceUnreachable as error:
        notes.note(Trouble.NOT_FOUND, error)
        return error
    except PairingRefused as error:
        notes.note(Trouble.BOND_LOST, error)
        return error
    return None


def _is_done(notes: Notes, brought: int) -> bool:
    """A cuff that hung up may have lost its link instead: it is looked for again. What came short of the count, and
    brings nothing more when it is asked for once more, is not there."""
    is_not_there = notes.came_short and notes.links > 1 and not brought
    return notes.would_empty or is_not_there or (notes.complete and not notes.hung_up)
