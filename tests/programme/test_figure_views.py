"""What the views count, beside the same counted by hand, on SQLite and PostgreSQL."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, select, text

from companion.care.people import Person, Role
from companion.db import reading, writing
from companion.devices.models import Intake
from companion.errors import BadInput
from companion.messages.models import Message, MessageState, Purpose
from companion.programme.figures.definitions import (
    FIGURES,
    Counted,
    full_months,
    full_quarters,
    month_no,
    month_text,
    months_of,
    quarter_of,
    quarter_text,
)
from companion.programme.figures.reading_views import by_month, by_quarter
from companion.programme.orders.order_models import MedicineOrder
from companion.programme.orders.pharmacy_models import Pharmacy
from companion.programme.surveys.survey_models import SurveyAsk, SurveyRound
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose
from companion.reminders.supply.supply_models import SupplyEntry
from companion.reminders.telling.sweep import reminder_key
from tests.test_architecture import advice_tables
from tests.world import World

FEBRUARY, JANUARY = month_no(date(2026, 2, 1)), month_no(date(2026, 1, 1))
SECOND = datetime(2026, 2, 2, 12, tzinfo=UTC)
_numbers = count(1)


def told(world: World, name: str, months: range = range(JANUARY, FEBRUARY + 1)) -> list[Counted]:
    with reading(world.engine) as session:
        return [row for row in by_month(session, months) if row.name == name]


def came(world: World, at: datetime, whose: Person | None = None) -> None:
    """Values of a device came in."""
    with writing(world.engine) as session:
        patient = (whose or world.anna).id
        number = f"in_{next(_numbers)}"
        session.add(Intake(public_id=number, patient_id=patient, kind="download", received_at=at, new=1))


def another(world: World, came_at: datetime) -> Person:
    with writing(world.engine) as session:
        person = world.add(session, Role.PATIENT, f"Somebody {next(_numbers)}", None)
    with writing(world.engine) as session:
        session.get_one(Person, person.id).created_at = came_at
    return person


def test_who_does_something_is_active_and_who_came_later_is_not_among_them(world: World) -> None:
    another(world, SECOND - timedelta(days=60))
    another(world, SECOND + timedelta(days=60))
    came(world, SECOND)
    came(world, SECOND + timedelta(hours=1))

    assert told(world, "mau") == [Counted("mau", FEBRUARY, 1, 2, 2)]


def test_the_month_is_that_of_utc_to_the_millisecond(world: World) -> None:
    begins = datetime(2026, 2, 1, tzinfo=UTC)
    came(world, begins - timedelta(milliseconds=1))
    came(world, begins)

    assert [row.period for row in told(world, "mau")] == [JANUARY, FEBRUARY]


def test_who_was_active_and_is_again_is_kept(world: World) -> None:
    other = another(world, SECOND - timedelta(days=60))
    for person in (world.anna, other):
        came(world, SECOND - timedelta(days=20), person)
    came(world, SECOND)

    assert told(world, "retention") == [Counted("retention", FEBRUARY, 1, 2, 2)]


def test_a_reminder_is_followed_from_its_way_to_the_answer(world: World) -> None:
    regimen = world.prescribe(days_ago=60)
    states = (DoseState.TAKEN, DoseState.SKIPPED, DoseState.MISSED, DoseState.TAKEN, DoseState.CANCELLED)
    world.clock.instant = SECOND + timedelta(days=10)
    world.log_doses(regimen, *states)
    ways = (MessageState.DELIVERED, MessageState.HANDED_OVER, MessageState.FAILED, None, MessageState.DELIVERED)
    for dose, way in zip(world.all(Dose), reversed(ways), strict=True):
        if way is not None:
            remind(world, dose, way)

    found = {row.name: (row.counted, row.among) for row in rows(world) if row.name.startswith("reminders")}

    assert found == {
        "reminders.handed_over": (2, 3),
        "reminders.delivered": (1, 3),
        "reminders.answered": (2, 3),
        "reminders.taken": (1, 3),
    }


def rows(world: World) -> list[Counted]:
    with reading(world.engine) as session:
        return by_month(session, range(JANUARY, FEBRUARY + 1))


def remind(world: World, dose: Dose, state: MessageState) -> None:
    key = reminder_key(dose.patient_id, dose.due_at, 1)
    with writing(world.engine) as session:
        whose = {"recipient_id": dose.patient_id, "patient_id": dose.patient_id, "params": {}}
        when = {"created_at": dose.due_at, "next_try_at": dose.due_at, "expires_at": dose.window_ends_at}
        session.add(Message(unique_key=key, purpose=Purpose.REMINDER.value, state=state.value, **whose, **when))


def test_packs_of_a_medicine_that_was_filled_before_are_repeat_refills(world: World) -> None:
    first = world.prescribe(days_ago=90)
    second = world.prescribe(days_ago=90, public_id="rg_other", drug="Metformin", drug_class="metformin", unit="mg")
    for regimen, days in ((first, -30), (first, 0), (second, 0), (first, 0)):
        receive(world, regimen.id, SECOND + timedelta(days=days))

    assert told(world, "refills.repeat") == [
        Counted("refills.repeat", JANUARY, 0, 1, 1),
        Counted("refills.repeat", FEBRUARY, 2, 3, 1),
    ]


def receive(world: World, regimen_id: int, at: datetime) -> None:
    """A pack."""
    entry = {"kind": "received", "amount": Decimal(30), "at": at, "by_id": world.anna.id, "noted_at": SECOND}
    with writing(world.engine) as session:
        session.add(SupplyEntry(unique_key=f"s{next(_numbers)}", regimen_id=regimen_id, **entry))


def order(world: World, **said: Any) -> None:
    with writing(world.engine) as session:
        pharmacy = session.scalar(select(Pharmacy)) or a_pharmacy(world)
        session.add(pharmacy)
        session.flush()
        number = next(_numbers)
        usual: dict[str, Any] = {
            "public_id": f"mo_{number}", "unique_key": f"o{number}", "patient_id": world.anna.id,
            "pharmacy_id": pharmacy.id, "area": "x", "is_urgent": False, "state": "delivered", "state_at": SECOND,
            "placed_at": SECOND, "placed_by": world.anna.id, "promised_by": SECOND + timedelta(days=1), "sealed": b"x",
        }  # fmt: skip
        session.add(MedicineOrder(**usual | said))


def a_pharmacy(world: World) -> Pharmacy:
    said = {"public_id": "ph_x", "name": "At the lake", "url": "https://lake.example", "sealed": b"x"}
    return Pharmacy(**said, kept_by=world.doctor.id, secret_at=SECOND, made_at=SECOND)


def test_money_adds_up_to_the_hundredth_by_currency_and_what_failed_is_left_out(world: World) -> None:
    for value in ("0.10", "0.20", "19.99"):
        order(world, value=Decimal(value), currency="EUR")
    order(world, value=Decimal("7"), currency="CNY")
    order(world, value=Decimal("100"), currency="EUR", state="failed")
    order(world)

    assert told(world, "orders.value") == [
        Counted("orders.value", FEBRUARY, 700, 1, 1, "CNY"),
        Counted("orders.value", FEBRUARY, 2029, 3, 1, "EUR"),
    ]


def test_a_promise_is_kept_to_the_instant_and_a_cancelled_order_promised_nothing(world: World) -> None:
    by = SECOND + timedelta(days=1)
    order(world, delivered_at=by)
    order(world, delivered_at=by + timedelta(milliseconds=1))
    order(world, state="failed")
    order(world, state="cancelled", delivered_at=None)

    assert told(world, "orders.on_time") == [Counted("orders.on_time", FEBRUARY, 1, 3, 1)]


def test_satisfied_is_who_gave_four_or_five_of_those_who_answered(world: World) -> None:
    with writing(world.engine) as session:
        whole = SurveyRound(
            public_id="sr_1", quarter="2026-Q1", salt="x", share=100, opens_at=SECOND,
            closes_at=SECOND + timedelta(days=9), opened_by=world.doctor.id,
        )  # fmt: skip
        session.add(whole)
        session.flush()
        people = [world.anna, *(world.add(session, Role.PATIENT, f"P{n}", None) for n in range(3))]
        for person, score in zip(people, (5, 4, 3, None), strict=True):
            answered = SECOND + timedelta(days=1) if score else None
            asked = {"public_id": f"sa_{person.id}", "round_id": whole.id, "patient_id": person.id, "asked_at": SECOND}
            session.add(SurveyAsk(**asked, answered_at=answered, score=score))

    found = {row.name: (row.counted, row.among, row.people) for row in rows(world)}

    assert (found["csat"], found["survey.answered"]) == ((2, 3, 3), (3, 4, 4))


def test_in_a_quarter_each_person_counts_once(world: World) -> None:
    came(world, SECOND - timedelta(days=20))
    came(world, SECOND)
    for at in (SECOND, SECOND + timedelta(days=30)):
        order(world, promised_by=at)

    with reading(world.engine) as session:
        found = by_quarter(session, range(quarter_of("2026-Q1"), quarter_of("2026-Q2")))

    assert [(row.period, row.among, row.people) for row in found if row.name == "orders.on_time"] == [
        (quarter_of("2026-Q1"), 2, 1)
    ]


def test_every_figure_has_its_view_and_no_view_names_a_table_of_advice(world: World) -> None:
    views = {name: inspect(world.engine).get_view_definition(name) for name in inspect(world.engine).get_view_names()}

    named = {
        table for query in views.values() for table in advice_tables() if f"{table}" in query.replace("(", " ").split()
    }

    assert {figure.view for figure in FIGURES} <= views.keys()
    assert named == set()
    with reading(world.engine) as session:
        for view in views:
            session.execute(text(f"SELECT * FROM {view}")).all()


def a_busy_month(world: World) -> list[Counted]:
    """Something of everything, and what is counted of it."""
    test_a_reminder_is_followed_from_its_way_to_the_answer(world)
    test_satisfied_is_who_gave_four_or_five_of_those_who_answered(world)
    for at in (-20, 0):
        came(world, SECOND + timedelta(days=at))
    order(world, value=Decimal("19.99"), currency="EUR", delivered_at=SECOND)
    order(world, state="failed")
    regimen = world.all(Dose)[0].regimen_id
    for at in (-30, 0):
        receive(world, regimen, SECOND + timedelta(days=at))
    with reading(world.engine) as session:
        return [*rows(world), *by_quarter(session, range(quarter_of("2026-Q1"), quarter_of("2026-Q2")))]


def test_postgresql_counts_what_sqlite_counts(tmp_path: Path, world_on_postgresql: World) -> None:
    (tmp_path / "here").mkdir()
    here, there = a_busy_month(World(tmp_path / "here")), a_busy_month(world_on_postgresql)

    assert here == there
    assert {row.name for row in here} == {figure.name for figure in FIGURES}


@pytest.mark.parametrize("on", [date(2026, 1, 1), date(2026, 3, 31), date(2026, 12, 31), date(2027, 1, 1)])
def test_months_and_quarters_are_full_ones_in_a_row(on: date) -> None:
    months, quarters = full_months(on), full_quarters(on)

    assert (len(months), len(quarters)) == (12, 4)
    assert month_text(months[-1]) < f"{on:%Y-%m}"
    assert months_of(quarters[-1])[-1] <= months[-1]
    assert all(quarter_of(quarter_text(number)) == number for number in quarters)


@pytest.mark.parametrize("wrong", ["2026", "2026-Q0", "2026-Q5", "26-Q1", "Q1-2026", "2026-Q1 "])
def test_what_is_no_quarter_is_told_so(wrong: str) -> None:
    with pytest.raises(BadInput, match="is no quarter"):
        quarter_of(wrong)
