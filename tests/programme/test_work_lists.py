"""Sheets are worked out from what is kept elsewhere, and lists are asked of the database."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, true

from companion.care.facts import FactKind, note_fact
from companion.care.people import Person, Role
from companion.db import reading, writing
from companion.programme.segments import keeping
from companion.programme.segments.definitions import Figure
from companion.programme.segments.placing import Sheet
from companion.programme.segments.sheet_models import PatientSheet, PatientTrait
from companion.programme.segments.shipped import definitions
from companion.programme.segments.trend import Measure
from companion.programme.traits import Needs
from companion.reminders.doses.dose_state import DoseState
from companion.sheets import A_BEAT, keep_sheets
from tests.world import World

SHIPPED = definitions()


def sheets(world: World) -> dict[int, Sheet]:
    """Everybody's, worked out now."""
    while keep_sheets(world.engine, world.stores.readings, SHIPPED, world.now):
        pass
    with reading(world.engine) as session:
        return {
            m.patient.id: m.sheet for m in keeping.members(session, EVERYBODY, lambda _id: true(), skip=0, limit=99)
        }


EVERYBODY = Needs((frozenset(f"risk:{name}" for name in SHIPPED.axis("risk").names),))


def test_a_sheet_holds_what_is_kept_elsewhere(world: World) -> None:
    regimen = world.prescribe()
    world.log_doses(regimen, *[DoseState.TAKEN] * 6, *[DoseState.MISSED] * 6)
    world.note_facts(diabetes_type="type2")
    with writing(world.engine) as session:
        note_fact(
            session,
            patient=world.anna,
            kind=FactKind.CONDITION,
            name="dialysis",
            value="present",
            measured_on=world.today,
            noted_by=world.doctor,
            now=world.now,
        )

    sheet = sheets(world)[world.anna.id]

    assert sheet.figures == {Figure.TAKEN: 50.0}
    assert sheet.said == {"diagnosis:diabetes_type2", "condition:dialysis", "class:basal_insulin"}


def test_glucose_that_rises_for_eight_weeks_is_a_worsening_trend(world: World) -> None:
    days = range(54, 0, -2)
    world.download([p for day in days for p in world.payloads(190 - day, world.now - timedelta(days=day))])

    [trend] = sheets(world)[world.anna.id].trends

    assert (trend.measure, trend.points, trend.is_worsening) == (Measure.GLUCOSE, 27, True)
    assert 50 < trend.change < 60
    assert "worsening:glucose" in {row.trait for row in world.all(PatientTrait)}


def test_a_sheet_is_worked_out_once_a_day_a_few_at_a_time_and_anew_by_other_definitions(world: World) -> None:
    with writing(world.engine) as session:
        for number in range(A_BEAT):
            world.add(session, Role.PATIENT, f"Patient {number}", None)

    first = keep_sheets(world.engine, world.stores.readings, SHIPPED, world.now)
    rest = keep_sheets(world.engine, world.stores.readings, SHIPPED, world.now)
    none = keep_sheets(world.engine, world.stores.readings, SHIPPED, world.now + timedelta(hours=23))
    with writing(world.engine) as session:
        session.get_one(PatientSheet, world.anna.id).definitions = "another"
    anew = keep_sheets(world.engine, world.stores.readings, SHIPPED, world.now)

    assert (first, rest, none, anew) == (A_BEAT, 1, 0, 1)


def test_who_left_has_no_sheet(world: World) -> None:
    with writing(world.engine) as session:
        session.get_one(Person, world.anna.id).left_at = world.now

    assert sheets(world) == {}


NAMES = ["class:metformin", "class:statin", "risk:high", "risk:usual", "event:first_month"]
some = st.frozensets(st.sampled_from(NAMES), max_size=4)
needs = st.builds(Needs, st.lists(some.filter(bool), min_size=1, max_size=3).map(tuple), some)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(needs=needs, known=st.lists(some, min_size=1, max_size=4))
def test_the_database_says_who_is_meant_just_as_the_definition_does(
    world: World, needs: Needs, known: list[frozenset[str]]
) -> None:
    with writing(world.engine) as session:
        people = session.scalars(select(Person).order_by(Person.id)).all()[: len(known)]
        for person, traits in zip(people, known, strict=True):
            keeping.keep(session, SHIPPED, [(person.id, Sheet())], world.now)
            session.query(PatientTrait).filter_by(patient_id=person.id).delete()
            session.add_all(PatientTrait(trait=trait, patient_id=person.id) for trait in traits)
        session.flush()

        found = {each.patient.id for each in keeping.members(session, needs, lambda _id: true(), skip=0, limit=9)}
        among = set(session.scalars(select(Person.id).where(keeping.meets(Person.id, needs))))
        wanted = {person.id for person, traits in zip(people, known, strict=True) if needs.are_met(traits)}
        session.rollback()

    assert found == wanted
    assert among == wanted
