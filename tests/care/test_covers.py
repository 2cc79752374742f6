"""A doctor is away: who stands in, for whom, and for how long; and who never does."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta

import pytest

from companion.care.consent import Scope, end_link, find_link
from companion.care.covers import (
    Absence,
    absences_of,
    come_back,
    cover_of,
    covered_by,
    go_away,
    stands_in_for,
)
from companion.care.people import Person, Role
from companion.db import reading, writing
from companion.errors import BadInput
from tests.world import World

A_WEEK = timedelta(days=7)


def away(
    world: World, who: Person, cover: Person, starts_at: datetime | None = None, lasts: timedelta = A_WEEK
) -> Absence:
    """Away from now on, if nothing else is said."""
    begins = starts_at or world.now
    with writing(world.engine) as session:
        return go_away(session, who, cover, begins, begins + lasts, world.now)


def third_doctor(world: World) -> Person:
    with writing(world.engine) as session:
        return world.add(session, Role.CLINICIAN, "Dr. Tal", None)


def cover_now(world: World, who: Person) -> int | None:
    with reading(world.engine) as session:
        cover = cover_of(session, who.id, world.now)
        return cover.id if cover else None


def patients_covered(world: World, who: Person) -> dict[int, int]:
    """By patient whose doctor that is."""
    with reading(world.engine) as session:
        return {patient: doctor.id for patient, doctor in stands_in_for(session, who.id, world.now).items()}


def test_a_cover_stands_in_from_the_first_instant_until_before_the_last(world: World) -> None:
    away(world, world.doctor, world.other_doctor, world.now + timedelta(hours=1))

    before = cover_now(world, world.doctor)
    world.clock.advance(hours=1)
    first = cover_now(world, world.doctor)
    world.clock.advance(days=7)
    after = cover_now(world, world.doctor)

    assert (before, first, after) == (None, world.other_doctor.id, None)


def test_a_cover_sees_the_patients_of_the_one_who_is_away_and_no_longer(world: World) -> None:
    absence = away(world, world.doctor, world.other_doctor)

    during = patients_covered(world, world.other_doctor)
    with writing(world.engine) as session:
        come_back(session.get_one(Absence, absence.id), world.now)
    after = patients_covered(world, world.other_doctor)

    assert during == {world.anna.id: world.doctor.id}
    assert after == {}


def test_the_one_who_is_away_covers_nobody(world: World) -> None:
    away(world, world.doctor, world.other_doctor)

    assert patients_covered(world, world.doctor) == {}


def test_a_patient_who_ended_the_covers_own_link_stays_closed_to_them(world: World) -> None:
    with writing(world.engine) as session:
        world.link(session, world.anna, world.other_doctor, Scope.CARE)
        link = find_link(session, world.anna.id, world.other_doctor.id, Scope.CARE, world.now)
        assert link is not None
        end_link(link, world.now)
    away(world, world.doctor, world.other_doctor)

    assert patients_covered(world, world.other_doctor) == {}


def test_a_patient_who_left_the_doctor_is_closed_to_the_cover(world: World) -> None:
    away(world, world.doctor, world.other_doctor)
    with writing(world.engine) as session:
        link = find_link(session, world.anna.id, world.doctor.id, Scope.CARE, world.now)
        assert link is not None
        end_link(link, world.now)

    assert patients_covered(world, world.other_doctor) == {}


def test_who_is_the_patients_own_doctor_needs_no_standing_in(world: World) -> None:
    with writing(world.engine) as session:
        world.link(session, world.anna, world.other_doctor, Scope.CARE)
    away(world, world.doctor, world.other_doctor)

    assert patients_covered(world, world.other_doctor) == {}


def test_a_cover_who_is_away_hands_on_and_sees_nobody_meanwhile(world: World) -> None:
    third = third_doctor(world)
    away(world, world.doctor, world.other_doctor)
    away(world, world.other_doctor, third)

    with reading(world.engine) as session:
        names = [doctor.name for doctor in covered_by(session, third.id, world.now)]
    assert cover_now(world, world.doctor) == third.id
    assert names == ["Dr. Roth", "Dr. Stern"]
    assert patients_covered(world, third) == {world.anna.id: world.doctor.id}
    assert patients_covered(world, world.other_doctor) == {}


def test_two_do_not_stand_in_for_each_other(world: World) -> None:
    away(world, world.doctor, world.other_doctor)

    with pytest.raises(BadInput, match="you stand in for them"):
        away(world, world.other_doctor, world.doctor)


def test_a_cover_who_left_the_service_stands_in_for_nobody(world: World) -> None:
    away(world, world.doctor, world.other_doctor)

    with writing(world.engine) as session:
        session.get_one(Person, world.other_doctor.id).left_at = world.now

    assert cover_now(world, world.doctor) is None


def test_nobody_is_away_twice_at_a_time(world: World) -> None:
    away(world, world.doctor, world.other_doctor)

    with pytest.raises(BadInput, match="away then already"):
        away(world, world.doctor, third_doctor(world), world.now + timedelta(days=6))

    away(world, world.doctor, world.other_doctor, world.now + A_WEEK)


@pytest.mark.parametrize("role", [Role.CAREGIVER, Role.ADMIN, Role.PATIENT])
def test_only_a_doctor_covers(world: World, role: Role) -> None:
    with writing(world.engine) as session:
        somebody = world.add(session, role, "Somebody", None)

    with pytest.raises(BadInput, match="no doctor of this clinic"):
        away(world, world.doctor, somebody)


def test_nobody_covers_for_themselves_or_in_the_past(world: World) -> None:
    with pytest.raises(BadInput, match="cannot be yourself"):
        away(world, world.doctor, world.doctor)
    with pytest.raises(BadInput, match="over before it begins"):
        away(world, world.doctor, world.other_doctor, world.now - A_WEEK)


def test_one_that_has_not_begun_is_called_off(world: World) -> None:
    absence = away(world, world.doctor, world.other_doctor, world.now + A_WEEK)

    with writing(world.engine) as session:
        come_back(session.get_one(Absence, absence.id), world.now)
    world.clock.advance(days=7)

    assert cover_now(world, world.doctor) is None
    with reading(world.engine) as session:
        assert absences_of(session, world.doctor.id, world.now) == []


def test_of_two_who_name_each_other_at_one_instant_the_second_waits_and_is_refused(
    world_on_postgresql: World,
) -> None:
    world = world_on_postgresql
    roth, stern = world.doctor, world.other_doctor

    with ThreadPoolExecutor(1) as pool:
        with writing(world.engine) as session:
            go_away(session, roth, stern, world.now, world.now + A_WEEK, world.now)
            second = pool.submit(away, world, stern, roth)
            finished, _ = wait([second], timeout=0.5)
        refused = second.exception()

    assert finished == set()
    assert isinstance(refused, BadInput)
    assert world.only(Absence).clinician_id == roth.id
