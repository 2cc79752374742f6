"""Patients as chaos needs them: basal insulin on a signed plan, and another medicine that falls due every few hours."""

from datetime import datetime
from typing import NamedTuple

from companion.care.consent import Scope
from companion.care.people import Person, Role
from companion.db import writing
from companion.reminders.doses.dose_state import DoseState
from companion.web.door.hub_door import make_code
from tests.world import World

PHONES = 491_720_000_000
EVERY_HOURS = 2


class Patient(NamedTuple):
    """`meter`: the address of the meter that a program reads, not the hub at home."""

    number: int
    person: Person
    meter: str
    pairing_code: str


def enrol(world: World, number: int) -> Patient:
    """Everything an increase needs but the fasting values; doses due every two hours, at a minute of their own."""
    with writing(world.engine) as session:
        person = world.add(session, Role.PATIENT, f"Patient {number}", f"+{PHONES + number}")
        world.link(session, person, world.doctor, Scope.CARE)
        world.link(session, person, world.ben, Scope.MISSED_DOSES)
    world.anna = person  # whom the world's acts are about
    basal = world.prescribe(public_id=f"rg_basal_{number}")
    world.note_facts()
    world.log_doses(basal, *[DoseState.TAKEN] * 14)
    world.sign_plan(basal)
    minute = 7 * number % 60
    times = tuple(f"{hour:02}:{minute:02}" for hour in range(number % EVERY_HOURS, 24, EVERY_HOURS))
    world.prescribe(
        public_id=f"rg_other_{number}", drug="Metformin", drug_class="metformin", unit="mg", amount="500", times=times
    )
    return Patient(number, person, f"AA:BB:CC:DD:EE:{number:02X}", code_for(world, person, world.now))


def code_for(world: World, person: Person, now: datetime) -> str:
    """What the patient's page shows, to be typed at a hub within ten minutes."""
    with writing(world.engine) as session:
        return make_code(session, person, now)
