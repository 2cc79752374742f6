"""The ledger of packs: what is noted, what is used by the answers, and until when it lasts by the timetable."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DatabaseError

from companion.care.due_work import DueWork, WorkKind
from companion.care.regimens import Regimen
from companion.db import reading, writing
from companion.errors import BadInput
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose
from companion.reminders.schedules.schedule_models import AsNeededIntake, RegimenPause
from companion.reminders.supply.fills import Fill
from companion.reminders.supply.stock import Doubt, EntryKind, Stock
from companion.reminders.supply.supply import NewEntry, note_entry, set_up
from companion.reminders.supply.supply_models import Supply, SupplyEntry
from companion.reminders.supply.supply_state import fills_of, stock_of
from tests.world import World

RECEIVED, COUNTED, LOST = EntryKind.RECEIVED, EntryKind.COUNTED, EntryKind.LOST


def tablets(world: World, **changed: Any) -> Regimen:
    """Metformin, one tablet at 08:00 and at 20:00, taken since thirty days. It is 10:30."""
    given = {"drug": "Metformin", "drug_class": "metformin", "unit": "tablet", "amount": "1"} | changed
    return world.prescribe(**{"times": ("08:00", "20:00"), "public_id": "rg_tablets"} | given)


def note(world: World, regimen: Regimen, kind: EntryKind, pieces: str, **changed: Any) -> bool:
    new = {"at": world.now, "key": f"{kind}-{pieces}-{world.now}"} | changed
    with writing(world.engine) as session:
        return note_entry(session, regimen, NewEntry(kind, Decimal(pieces), **new), by=world.anna, now=world.now)


def look(world: World, regimen: Regimen) -> Stock:
    with reading(world.engine) as session:
        return stock_of(session, session.get_one(Regimen, regimen.id), world.zone.key, world.now)


def in_days(world: World, days: int) -> date:
    return world.today + timedelta(days=days)


# What is noted


def test_packs_are_kept_with_who_when_and_until_when_they_hold(world: World) -> None:
    regimen = tablets(world)

    note(world, regimen, RECEIVED, "60", packs=2, pack_size=Decimal(30), expires_on=date(2027, 5, 1))

    row = world.only(SupplyEntry)
    assert (row.amount, row.packs, row.pack_size, row.expires_on) == (60, 2, 30, date(2027, 5, 1))
    assert (row.by_id, row.at, row.noted_at) == (world.anna.id, world.now, world.now)
    assert world.only(DueWork, kind=WorkKind.REFILL.value).subject_id == regimen.id


def test_one_form_sent_twice_is_one_line(world: World) -> None:
    regimen = tablets(world)

    first = note(world, regimen, RECEIVED, "60", key="same")
    again = note(world, regimen, RECEIVED, "60", key="same")

    assert (first, again) == (True, False)
    assert look(world, regimen).amount == 60


def test_a_count_corrects_and_keeps_the_difference(world: World) -> None:
    regimen = tablets(world)
    note(world, regimen, RECEIVED, "60", at=world.now - timedelta(hours=1))

    note(world, regimen, COUNTED, "57")

    assert look(world, regimen).amount == 57
    assert world.only(SupplyEntry, kind="counted").difference == -3


def test_the_first_count_has_no_difference(world: World) -> None:
    note(world, tablets(world), COUNTED, "0")

    assert world.only(SupplyEntry).difference is None


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"pieces": "0"}, "pieces"),
        ({"pieces": "-3"}, "pieces"),
        ({"pieces": "NaN"}, "pieces"),
        ({"pieces": "1E+9"}, "pieces"),
        ({"hours": 1}, "on"),
        ({"hours": -24 * 367}, "on"),
        ({"reason": "x" * 201}, "reason"),
        ({"key": ""}, "key"),
    ],
    ids=str,
)
def test_a_line_that_cannot_be_is_refused_with_its_field(world: World, changed: dict[str, Any], field: str) -> None:
    regimen = tablets(world)
    given = {"pieces": "3", "hours": 0, "reason": "", "key": "k"} | changed

    with pytest.raises(BadInput) as refused:
        note(
            world,
            regimen,
            LOST,
            given["pieces"],
            at=world.now + timedelta(hours=given["hours"]),
            reason=given["reason"],
            key=given["key"],
        )

    assert refused.value.where == field
    assert world.all(SupplyEntry) == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"piece": "bucket"}, "piece"),
        ({"per_piece": Decimal(0)}, "per_piece"),
        ({"lead_days": -1}, "lead_days"),
        ({"safety_days": 91}, "safety_days"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_with_its_field(world: World, changed: Any, field: str) -> None:
    regimen = tablets(world)

    with pytest.raises(BadInput) as refused, writing(world.engine) as session:
        set_up(session, regimen, **changed)

    assert refused.value.where == field
    assert world.all(Supply) == []


def test_the_ledger_can_neither_be_changed_nor_shortened(world: World) -> None:
    note(world, tablets(world), RECEIVED, "60")

    with pytest.raises(DatabaseError, match="is history"), writing(world.engine) as session:
        session.execute(update(SupplyEntry).values(amount=Decimal(600)))
    with pytest.raises(DatabaseError, match="is history"), writing(world.engine) as session:
        session.delete(session.scalars(select(SupplyEntry)).one())


# What is used


def test_what_was_taken_is_used_whatever_its_amount(world: World) -> None:
    """16 of four doses each: one was half, one only skipped, and one is older than the packs."""
    regimen = world.prescribe()
    note(world, regimen, RECEIVED, "300", at=world.now - timedelta(days=3, hours=6))
    world.log_doses(regimen, DoseState.TAKEN, DoseState.TAKEN, DoseState.SKIPPED, DoseState.TAKEN)
    with writing(world.engine) as session:
        last = session.scalars(select(Dose).order_by(Dose.due_at.desc())).first()
        assert last is not None
        last.amount_taken = Decimal(8)

    assert look(world, regimen).amount == 300 - 16 - 8


def test_what_was_taken_as_needed_is_used_unless_it_was_a_mistake(world: World) -> None:
    regimen = tablets(world, rule={"kind": "prn", "max_per_24h": 4, "min_gap_minutes": 240})
    note(world, regimen, COUNTED, "20", at=world.now - timedelta(days=2))
    take_as_needed(world, regimen, hours_ago=30)
    take_as_needed(world, regimen, hours_ago=20, undone_at=world.now)

    assert look(world, regimen).amount == 18


def take_as_needed(world: World, regimen: Regimen, *, hours_ago: float, **changed: Any) -> None:
    taken_at = world.now - timedelta(hours=hours_ago)
    with writing(world.engine) as session:
        session.add(
            AsNeededIntake(
                public_id=f"in_{hours_ago}",
                patient_id=world.anna.id,
                regimen_id=regimen.id,
                revision_id=regimen.revisions[0].id,
                taken_at=taken_at,
                amount=Decimal(2),
                recorded_at=taken_at,
                recorded_by=world.anna.id,
                via="page",
                **changed,
            )
        )


def test_milligrams_are_counted_in_tablets(world: World) -> None:
    regimen = world.prescribe(drug="Metformin", drug_class="metformin", unit="mg", amount="1000")
    with writing(world.engine) as session:
        set_up(session, regimen, piece="tablet", per_piece=Decimal(500))

    note(world, regimen, COUNTED, "10")

    assert look(world, regimen).amount == 5000
    assert look(world, regimen).days_left == 6  # today's 08:00 is over, and two tablets a day begin tomorrow


# Until when


def test_it_lasts_by_the_timetable(world: World) -> None:
    """Seven tablets: one tonight, two on each of three days; the fourth day cannot be covered."""
    regimen = tablets(world)

    note(world, regimen, COUNTED, "7")

    found = look(world, regimen)
    assert found.run_out_on == in_days(world, 4)
    assert found.days_left == 4


def test_a_dose_that_may_still_be_taken_needs_one_too(world: World) -> None:
    regimen = tablets(world, times=("20:00",))
    note(world, regimen, COUNTED, "1")
    world.clock.instant = world.local("2026-03-04 20:05")
    world.beat()

    assert look(world, regimen).run_out_on == date(2026, 3, 5)


def test_a_taper_ends_before_the_tablets_do(world: World) -> None:
    steps = [{"days": 40, "amount": "1", "times": ["08:00"]}, {"days": 5, "amount": "0.5", "times": ["08:00"]}]
    regimen = tablets(world, rule={"kind": "taper", "steps": steps})

    note(world, regimen, COUNTED, "12")
    enough = look(world, regimen).run_out_on
    note(world, regimen, COUNTED, "11")
    too_few = look(world, regimen).run_out_on

    assert enough is None  # nine days of one and five of a half are 11.5
    assert too_few == in_days(world, 14)


def test_nothing_is_needed_in_a_pause(world: World) -> None:
    regimen = tablets(world)
    with writing(world.engine) as session:
        session.add(
            RegimenPause(
                regimen_id=regimen.id,
                from_on=in_days(world, 1),
                to_on=in_days(world, 10),
                reason="hospital",
                made_by=world.doctor.id,
                made_at=world.now,
            )
        )

    note(world, regimen, COUNTED, "7")

    assert look(world, regimen).run_out_on == in_days(world, 14)


def test_a_revision_to_come_counts_from_its_instant(world: World) -> None:
    regimen = tablets(world)
    with writing(world.engine) as session:
        held = session.get_one(Regimen, regimen.id)
        world.revise(session, held, "2", {"kind": "daily", "times": ["08:00"]}, world.local("2026-03-06 00:00"))

    note(world, regimen, COUNTED, "7")

    assert look(world, regimen).run_out_on == date(2026, 3, 8)  # 1 tonight, 2 on the 5th, then two a morning


def test_without_a_timetable_it_lasts_as_long_as_it_went_on(world: World) -> None:
    """28 tablets within 28 days: one a day."""
    regimen = tablets(world, rule={"kind": "prn", "max_per_24h": 4, "min_gap_minutes": 240})
    for day in range(14):
        take_as_needed(world, regimen, hours_ago=24 * day + 1)

    note(world, regimen, COUNTED, "5")

    found = look(world, regimen)
    assert found.used_a_day == 1
    assert found.run_out_on == found.run_out_by_use_on == in_days(world, 5)


def test_a_stopped_medicine_runs_out_never(world: World) -> None:
    regimen = tablets(world)
    note(world, regimen, COUNTED, "1")
    with writing(world.engine) as session:
        session.get_one(Regimen, regimen.id).stopped_at = world.now

    assert look(world, regimen).run_out_on is None


@pytest.mark.parametrize(("pieces", "is_low"), [("21", False), ("20", True), ("19", True)])
def test_the_reorder_point_is_lead_time_and_safety_before_the_end(world: World, pieces: str, is_low: bool) -> None:
    """10 days: tonight's and two on each of nine days are 19; the 20th and 21st are the tenth day's."""
    regimen = tablets(world)

    note(world, regimen, COUNTED, pieces)

    assert look(world, regimen).is_low is is_low


def test_the_lead_time_is_the_medicines_own(world: World) -> None:
    regimen = tablets(world)
    note(world, regimen, COUNTED, "40")

    with writing(world.engine) as session:
        set_up(session, regimen, lead_days=20)

    assert look(world, regimen).is_low


# How far that is believed


def test_nobody_said_how_much_there_is(world: World) -> None:
    found = look(world, tablets(world))

    assert found.amount is None
    assert found.doubts == (Doubt.NOTHING_KNOWN,)
    assert not found.is_low


def test_more_used_than_received_is_said(world: World) -> None:
    regimen = world.prescribe()
    note(world, regimen, RECEIVED, "10", at=world.now - timedelta(days=3))
    world.log_doses(regimen, DoseState.TAKEN)

    found = look(world, regimen)

    assert found.amount == -6
    assert found.doubts == (Doubt.LESS_THAN_NOTHING,)


def test_many_doses_without_an_answer_are_said(world: World) -> None:
    regimen = world.prescribe()
    note(world, regimen, RECEIVED, "1000", at=world.now - timedelta(days=9))
    world.log_doses(regimen, *[DoseState.TAKEN] * 3, DoseState.MISSED_UNREACHED)

    assert look(world, regimen).doubts == (Doubt.UNANSWERED,)


def test_packs_past_their_day_are_said(world: World) -> None:
    regimen = tablets(world)

    note(world, regimen, RECEIVED, "60", expires_on=in_days(world, -1))

    assert look(world, regimen).doubts == (Doubt.EXPIRED,)


# Fills


def test_packs_received_are_fills_by_what_was_prescribed_then(world: World) -> None:
    regimen = tablets(world)
    note(world, regimen, RECEIVED, "60", at=world.local("2026-02-10 07:00"))
    note(world, regimen, RECEIVED, "30", at=world.local("2026-02-20 07:00"))
    note(world, regimen, COUNTED, "12")

    with reading(world.engine) as session:
        fills = fills_of(session, session.get_one(Regimen, regimen.id), world.zone.key)

    assert fills == [Fill(date(2026, 2, 10), 30), Fill(date(2026, 2, 20), 15)]


def test_a_pack_fetched_at_noon_lasts_as_many_days_as_one_fetched_before_breakfast(world: World) -> None:
    regimen = tablets(world)
    note(world, regimen, RECEIVED, "60", at=world.local("2026-02-10 12:00"))

    with reading(world.engine) as session:
        fills = fills_of(session, session.get_one(Regimen, regimen.id), world.zone.key)

    assert fills == [Fill(date(2026, 2, 10), 30)]


def test_what_is_taken_as_needed_has_no_fills(world: World) -> None:
    regimen = tablets(world, rule={"kind": "prn", "max_per_24h": 4, "min_gap_minutes": 240})
    note(world, regimen, RECEIVED, "60")

    with reading(world.engine) as session:
        assert fills_of(session, session.get_one(Regimen, regimen.id), world.zone.key) == []


def test_a_pack_of_an_instant_before_the_first_dose_is_no_fill(world: World) -> None:
    regimen = tablets(world, days_ago=2)
    note(world, regimen, RECEIVED, "60", at=datetime.combine(in_days(world, -5), datetime.min.time(), world.zone))

    with reading(world.engine) as session:
        assert fills_of(session, session.get_one(Regimen, regimen.id), world.zone.key) == []
