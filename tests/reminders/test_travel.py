"""A patient travels: proposed with the next times, never silent, never two doses too near to each other."""

from datetime import timedelta
from typing import Any

import pytest

from companion.care.people import Person
from companion.care.regimens import Regimen
from companion.care.tasks import Task
from companion.db import reading, writing
from companion.errors import BadInput
from companion.reminders.doses.models import Dose
from companion.reminders.planning import travel
from companion.reminders.schedules.schedule_models import ZoneMove
from tests.world import World


def propose(world: World, zone: str, mode: str = "ask") -> ZoneMove | None:
    with writing(world.engine) as session:
        patient = session.get_one(Person, world.anna.id)
        travel.choose_mode(patient, mode)
        return travel.propose(session, patient, zone, by=patient, now=world.now)


def confirm(world: World) -> bool:
    with writing(world.engine) as session:
        move = travel.waiting_move(session, world.anna.id)
        assert move is not None
        return travel.apply(session, session.get_one(Person, world.anna.id), move, world.now)


def zone(world: World) -> str:
    with reading(world.engine) as session:
        return session.get_one(Person, world.anna.id).zone


def doses(world: World, regimen: Regimen) -> list[tuple[str, str]]:
    """Instant in UTC and state of every dose."""
    found = sorted(world.all(Dose, regimen_id=regimen.id), key=lambda dose: (dose.due_at, dose.id))
    return [(f"{dose.due_at:%m-%d %H:%MZ}", dose.state) for dose in found]


def test_a_move_is_proposed_and_nothing_moves_until_the_patient_says_yes(world: World) -> None:
    regimen = world.prescribe()
    world.beat()
    before = doses(world, regimen)

    move = propose(world, "Asia/Shanghai")

    assert move is not None
    assert (move.state, zone(world), doses(world, regimen)) == ("proposed", "Europe/Berlin", before)


def test_a_confirmed_move_brings_what_nobody_was_told_of_to_the_new_clock(world: World) -> None:
    regimen = world.prescribe(times=("11:00",))
    world.beat_until(world.local("2026-03-04 11:05"))

    propose(world, "Asia/Shanghai")
    confirm(world)

    assert zone(world) == "Asia/Shanghai"
    assert doses(world, regimen) == [("03-04 10:00Z", "due"), ("03-05 03:00Z", "planned"), ("03-06 03:00Z", "planned"),
                                     ("03-07 03:00Z", "planned")]  # fmt: skip


def test_the_proposal_shows_the_next_three_times_and_what_would_come_too_near(world: World) -> None:
    regimen = world.prescribe(times=("11:00",))
    world.beat_until(world.local("2026-03-04 11:05"))

    with reading(world.engine) as session:
        patient = session.get_one(Person, world.anna.id)
        (moved,) = travel.preview(session, patient, "Pacific/Kiritimati", world.now)

    assert moved.regimen.id == regimen.id
    assert [f"{at:%m-%d %H:%MZ}" for at in moved.next_times] == ["03-05 21:00Z", "03-06 21:00Z", "03-07 21:00Z"]
    assert [f"{label:%m-%d %H:%M}" for label in moved.too_near] == ["03-05 11:00"]


def test_a_dose_too_near_to_one_already_told_is_held_and_the_clinic_is_asked(world: World) -> None:
    regimen = world.prescribe(times=("11:00",))
    world.beat_until(world.local("2026-03-04 11:05"))

    propose(world, "Pacific/Kiritimati")
    confirm(world)

    assert doses(world, regimen)[:2] == [("03-04 10:00Z", "due"), ("03-05 10:00Z", "cancelled")]
    assert [task.details["local"] for task in world.all(Task)] == ["2026-03-05 11:00"]


def test_a_dose_that_the_journey_jumps_over_is_asked_about(world: World) -> None:
    world.prescribe(times=("12:00",))
    world.beat()

    propose(world, "Asia/Shanghai")
    confirm(world)

    (task,) = world.all(Task)
    assert (task.kind, task.details["local"]) == ("dose_jumped", "2026-03-04 12:00")


def test_a_long_way_west_a_dose_of_the_same_label_is_due_again(world: World) -> None:
    """Told at 11:00 in Berlin; the clock of Pago Pago comes to 11:00 of that day twelve hours later."""
    regimen = world.prescribe(times=("11:00",))
    world.beat_until(world.local("2026-03-04 11:05"))

    propose(world, "Pacific/Pago_Pago")
    confirm(world)

    assert doses(world, regimen)[:2] == [("03-04 10:00Z", "due"), ("03-04 22:00Z", "planned")]


def test_who_chose_the_times_of_home_is_asked_nothing(world: World) -> None:
    assert propose(world, "Asia/Shanghai", "home") is None
    assert world.all(ZoneMove) == []


def test_who_chose_to_be_followed_is_moved_at_once(world: World) -> None:
    move = propose(world, "Asia/Shanghai", "follow")

    assert move is not None
    assert (move.state, zone(world)) == ("applied", "Asia/Shanghai")


def test_a_declined_move_leaves_everything_and_may_be_proposed_again(world: World) -> None:
    propose(world, "Asia/Shanghai")
    with writing(world.engine) as session:
        waiting = travel.waiting_move(session, world.anna.id)
        assert waiting is not None
        travel.decline(waiting, world.now)

    propose(world, "Asia/Shanghai")

    assert [move.state for move in world.all(ZoneMove)] == ["declined", "proposed"]


def test_a_second_proposal_replaces_the_first(world: World) -> None:
    propose(world, "Asia/Shanghai")

    propose(world, "Asia/Tokyo")

    assert [(move.to_zone, move.state) for move in world.all(ZoneMove)] == [
        ("Asia/Shanghai", "replaced"),
        ("Asia/Tokyo", "proposed"),
    ]


def test_elapsed_doses_stay_where_they_are(world: World) -> None:
    rule: dict[str, Any] = {"kind": "interval", "hours": 8, "anchor": "2026-03-04T14:00:00Z"}
    regimen = world.prescribe(rule=rule)
    world.beat()
    before = [at for at, _ in doses(world, regimen)]

    propose(world, "Asia/Shanghai")
    confirm(world)

    assert [at for at, state in doses(world, regimen) if state == "planned"] == before
    assert world.all(Task) == []


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd"])
def test_an_unknown_zone_is_refused_at_its_field(world: World, name: str) -> None:
    with pytest.raises(BadInput) as refused:
        propose(world, name)

    assert refused.value.where == "zone"


def test_two_medicines_of_one_instant_are_one_message_and_two_doses(world: World) -> None:
    """02:30 and 03:30 fall together where the hour between is skipped."""
    world.clock.instant = world.local("2026-03-28 12:00")
    world.prescribe(times=("02:30",))
    world.prescribe(public_id="rg_2", drug="Metformin", drug_class="metformin", unit="mg", times=("03:30",))

    world.beat_until(world.local("2026-03-29 03:35"), timedelta(minutes=30))

    assert [dose.state for dose in world.all(Dose)].count("due") == 2
    assert len(world.outbox) == 1
