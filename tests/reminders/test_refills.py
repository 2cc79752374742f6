"""Asking for more in time: one message a crossing, by day, without a medicine's name; the list; one open request."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from companion.care.due_work import DueWork, WorkKind
from companion.care.regimens import Regimen
from companion.care.tasks import Task, TaskKind
from companion.db import reading, writing
from companion.messages.models import Message, MessageState, Purpose
from companion.reminders.schedules.schedule_models import RegimenPause
from companion.reminders.supply.refills import RefillLine, look_at_supplies, open_request, refill_list, request_refill
from companion.reminders.supply.stock import EntryKind
from companion.reminders.supply.supply import NewEntry, note_entry, set_up
from companion.reminders.supply.supply_models import Supply
from tests.world import Said, World


def tablets(world: World, public_id: str = "rg_tablets", rule: dict[str, Any] | None = None) -> Regimen:
    """Metformin, one tablet at 20:00, taken since thirty days. It is 10:30."""
    return world.prescribe(
        drug="Metformin",
        drug_class="metformin",
        unit="tablet",
        amount="1",
        times=("20:00",),
        public_id=public_id,
        rule=rule,
    )


def count(world: World, regimen: Regimen, pieces: int, kind: EntryKind = EntryKind.COUNTED, **more: int) -> None:
    new = NewEntry(
        kind,
        Decimal(pieces),
        world.now,
        f"{kind}-{pieces}-{world.now}",
        pack_size=Decimal(more["pack_size"]) if more else None,
    )
    with writing(world.engine) as session:
        note_entry(session, regimen, new, by=world.anna, now=world.now)


def refills(said: list[Said]) -> list[Said]:
    return [each for each in said if "run out" in each.text]


def listed(world: World) -> list[RefillLine]:
    with reading(world.engine) as session:
        return refill_list(session, world.anna, world.now)


def ask(world: World) -> bool:
    with writing(world.engine) as session:
        return request_refill(session, world.anna, refill_list(session, world.anna, world.now), world.now)


# The message


def test_the_patient_hears_of_a_refill_at_the_reorder_point_and_no_name_is_in_it(world: World) -> None:
    """11 tablets last to the evening of the 14th; ten days before the 15th, on the 5th, more is asked for."""
    count(world, tablets(world), 11)
    early = world.beat_until(world.local("2026-03-04 20:00"), timedelta(hours=1))
    world.text("1")

    early += world.beat_until(world.local("2026-03-05 09:55"), timedelta(hours=2))
    at_the_point = refills(world.beat_until(world.local("2026-03-05 10:05"), timedelta(minutes=5)))

    assert refills(early) == []
    (told,) = at_the_point
    assert told.to == world.anna.phone
    assert "Metformin" not in told.text


def test_one_crossing_is_told_once(world: World) -> None:
    count(world, tablets(world), 5)

    said = refills(world.beat_until(world.now + timedelta(days=3), timedelta(hours=1)))

    assert len(said) == 1
    assert world.only(Supply).low_since is not None


def test_after_packs_came_the_next_crossing_is_told_again(world: World) -> None:
    regimen = tablets(world)
    count(world, regimen, 5)
    world.beat()
    count(world, regimen, 30, EntryKind.RECEIVED)
    world.beat()
    settled = world.only(Supply).low_since
    world.clock.advance(days=1)
    count(world, regimen, 3)

    said = refills(world.beat())

    assert settled is None
    assert len(said) == 1


def test_two_medicines_that_run_low_on_one_day_are_one_message(world: World) -> None:
    count(world, tablets(world), 5)
    count(world, tablets(world, "rg_others"), 5)

    assert len(refills(world.beat())) == 1


def test_nobody_is_woken_for_a_refill(world: World) -> None:
    regimen = tablets(world)
    world.clock.instant = world.local("2026-03-04 23:10")
    count(world, regimen, 5)

    at_night = refills(world.beat_until(world.local("2026-03-05 09:30"), timedelta(hours=2)))
    by_day = refills(world.beat_until(world.local("2026-03-05 10:05"), timedelta(minutes=35)))

    assert at_night == []
    assert len(by_day) == 1


def test_what_was_not_told_before_packs_came_is_not_told_after(world: World) -> None:
    regimen = tablets(world)
    count(world, regimen, 5)
    look_at_supplies(world.engine, world.now)
    count(world, regimen, 90, EntryKind.RECEIVED)

    said = refills(world.beat())

    assert said == []
    assert world.only(Message, purpose=Purpose.REFILL.value).state != MessageState.OPEN.value


def test_nothing_is_asked_for_while_a_pause_makes_it_last(world: World) -> None:
    regimen = tablets(world)
    with writing(world.engine) as session:
        session.add(
            RegimenPause(
                regimen_id=regimen.id,
                from_on=world.today,
                to_on=world.today + timedelta(days=20),
                reason="holiday",
                made_by=world.doctor.id,
                made_at=world.now,
            )
        )
    count(world, regimen, 5)

    assert refills(world.beat()) == []


def test_a_medicine_is_looked_at_every_day_until_it_is_stopped(world: World) -> None:
    regimen = tablets(world)
    count(world, regimen, 90)
    world.beat()
    next_look = world.only(DueWork, kind=WorkKind.REFILL.value).next_check_at
    with writing(world.engine) as session:
        session.get_one(Regimen, regimen.id).stopped_at = world.now
    world.clock.instant = next_look

    world.beat()

    assert next_look == world.local("2026-03-05 10:00")
    assert world.all(DueWork, kind=WorkKind.REFILL.value) == []


def test_two_workers_tell_once(world: World) -> None:
    count(world, tablets(world), 5)

    looked = look_at_supplies(world.engine, world.now), look_at_supplies(world.engine, world.now)

    assert looked == (1, 0)
    assert len(world.all(Message, purpose=Purpose.REFILL.value)) == 1


def test_one_supply_that_fails_holds_up_no_other(world: World) -> None:
    broken, whole = tablets(world, rule={"kind": "no such rule"}), tablets(world, "rg_others")
    count(world, broken, 5)
    count(world, whole, 5)

    look_at_supplies(world.engine, world.now)

    assert world.only(Supply, regimen_id=whole.id).low_since == world.now
    assert world.only(DueWork, kind=WorkKind.REFILL.value, subject_id=broken.id).lease_until is not None


# The list


def test_the_list_asks_for_thirty_days_in_packs_like_the_last(world: World) -> None:
    regimen = tablets(world)
    count(world, regimen, 28, EntryKind.RECEIVED, pack_size=28)

    (line,) = listed(world)

    assert (line.pieces, line.packs, line.piece) == (30, 2, "tablet")


def test_half_a_tablet_a_day_asks_for_whole_ones(world: World) -> None:
    world.prescribe(drug="Ramipril", drug_class="acei", unit="mg", amount="2.5", times=("08:00",))
    with writing(world.engine) as session:
        set_up(session, world.only(Regimen), piece="tablet", per_piece=Decimal(10))

    (line,) = listed(world)

    assert (line.pieces, line.packs) == (8, None)  # 75 mg are seven and a half


def test_a_medicine_nobody_counted_is_on_the_list(world: World) -> None:
    tablets(world)

    (line,) = listed(world)

    assert line.stock.amount is None
    assert (line.pieces, line.piece) == (30, "tablet")


# The request


def test_a_request_is_a_task_with_the_list(world: World) -> None:
    tablets(world)

    is_new = ask(world)

    task = world.only(Task, kind=TaskKind.REFILL_REQUEST.value)
    assert is_new
    assert task.details == {
        "lines": [{"regimen": "rg_tablets", "pieces": 30, "piece": "tablet", "packs": None}],
        "days": 30,
    }


def test_one_request_is_open_at_a_time(world: World) -> None:
    tablets(world)
    ask(world)
    world.clock.advance(minutes=1)

    assert ask(world) is False
    assert len(world.all(Task)) == 1


@pytest.mark.parametrize("minutes", [0, 5])
def test_after_it_was_done_another_may_be_made(world: World, minutes: int) -> None:
    tablets(world)
    ask(world)
    with writing(world.engine) as session:
        task = open_request(session, world.anna.id)
        assert task is not None
        task.done_at = world.now
    world.clock.advance(minutes=minutes, milliseconds=1)

    assert ask(world) is True
