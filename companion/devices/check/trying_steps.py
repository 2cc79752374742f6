"""The steps that need a person's hands: walking away, a wrong number, a lost bond, a radio that is pulled out."""

from companion.devices.check.reading_steps import LISTEN_S, fetched, figures, records
from companion.devices.check.visit import DoesNotApply, NotAsItShould, Seen, Visit
from companion.devices.radio.kinds import SERVICES
from companion.devices.radio.link import DeviceError, PairingRefused


async def walk_away(visit: Visit) -> Seen:
    session = await fetched(visit)
    visit.keep(visit.found, session)
    missing = records(visit.session) - records(session)
    if missing or not session.complete:
        raise NotAsItShould(f"{len(missing)} records did not come. {session.sentence}")
    if session.links == 1:
        raise DoesNotApply("The connection held until the end: go farther, or try it with more records.")
    return Seen("The connection was lost and the reading went on where it was.", figures(session))


async def lost_bond(visit: Visit) -> Seen:
    """Systems tell it in different ways; which one is worth knowing."""
    refused = await _connect_in_vain(visit, "The device let a computer in that it should not know any more.")
    return Seen("A bond that the device has lost is told in words.", {"told_as": type(refused).__name__})


async def wrong_number(visit: Visit) -> Seen:
    if not visit.pin_was_asked:
        raise DoesNotApply("The device asks for no number.")
    await visit.radio.forget(visit.found.address)
    refused = await _connect_in_vain(visit, "The device paired although the number was wrong.")
    if not isinstance(refused, PairingRefused):
        raise refused
    return Seen("A wrong number is refused.", {})


async def _connect_in_vain(visit: Visit, otherwise: str) -> DeviceError:
    try:
        async with visit.radio.connect(visit.found.address):
            pass
    except DeviceError as error:
        return error
    raise NotAsItShould(otherwise)


async def pair_again(visit: Visit) -> Seen:
    await visit.radio.forget(visit.found.address)
    async with visit.radio.connect(visit.found.address):
        pass
    return Seen("The device paired anew.", {})


async def unplug(visit: Visit) -> Seen:
    try:
        await visit.radio.scan(SERVICES, LISTEN_S)
    except DeviceError as error:
        return Seen(f"A missing radio is told in words: {error.what}.", {})
    raise NotAsItShould("The radio still listens.")


async def plug_in(visit: Visit) -> Seen:
    await visit.radio.scan(SERVICES, LISTEN_S)
    return Seen("The radio listens again.", {})
