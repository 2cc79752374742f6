"""What a device sent, stored as its patient's: shared by the commands that read devices."""

from companion.arrivals import Download
from companion.care.people import Person, Role, get_person
from companion.db import reading
from companion.devices.ingest import DeviceIdentity
from companion.devices.radio.kinds import kind_of
from companion.devices.radio.link import Found
from companion.devices.radio.naming import known_as
from companion.devices.radio.session import Session
from companion.flows import TakenIn, take_in
from companion.services import Services


def patient_of(services: Services, public_id: str) -> Person:
    with reading(services.engine) as session:
        return get_person(session, public_id, Role.PATIENT)


def take_in_session(services: Services, patient: Person, found: Found, session: Session) -> TakenIn:
    """Each record once, however often it came before."""
    payloads = list(session.payloads)
    arrival = Download(patient.id, _identity(found, session), payloads, session.clock, is_complete=session.complete)
    return take_in(services.stores, arrival, services.clock())


def _identity(found: Found, session: Session) -> DeviceIdentity:
    told = session.identity
    name = found.name or told.model
    identity = known_as(told, found.address)
    return DeviceIdentity(identity, kind_of(found), name, found.address, told.manufacturer, told.model)
