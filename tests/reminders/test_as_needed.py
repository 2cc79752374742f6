"""Medicines taken as needed: limits are told, and what was really taken is always kept."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.care.regimens import Regimen
from companion.care.tasks import Task, TaskKind
from companion.db import writing
from companion.errors import BadInput
from companion.reminders.doses import as_needed
from companion.reminders.doses.as_needed import Kept, TooMuch
from companion.reminders.doses.models import Dose
from companion.reminders.planning.planning import plan_regimen
from companion.reminders.schedules.after_intake import Against, broken_by, may_take_at
from companion.reminders.schedules.pauses import pause
from companion.reminders.schedules.rule import AsNeeded
from companion.reminders.schedules.schedule_models import AsNeededIntake, PauseReason
from tests.world import START, World

RULE = {"kind": "prn", "max_per_24h": 3, "min_gap_minutes": 240}


@pytest.fixture
def painkiller(world: World) -> Regimen:
    return world.prescribe(rule=RULE, amount="2", unit="tablet", drug="Paracetamol", drug_class="other")


def take(world: World, regimen: Regimen, **told: Any) -> Kept | TooMuch:
    with writing(world.engine) as session:
        held = session.get_one(Regimen, regimen.id)
        return as_needed.record(session, held, by=world.anna, via="page", now=world.now, **told)


def test_no_dose_is_ever_due(world: World, painkiller: Regimen) -> None:
    with writing(world.engine) as session:
        plan_regimen(session, painkiller.id, world.now, timedelta(hours=72))

    assert world.all(Dose) == []


def test_an_intake_is_kept_with_the_amount_prescribed(world: World, painkiller: Regimen) -> None:
    take(world, painkiller)

    intake = world.only(AsNeededIntake)
    assert (intake.taken_at, intake.amount, intake.against) == (world.now, Decimal(2), None)
    assert world.all(Task) == []


def test_two_intakes_with_one_key_of_their_sender_are_one(world: World, painkiller: Regimen) -> None:
    first, again = take(world, painkiller, key="k1"), take(world, painkiller, key="k1")

    assert isinstance(first, Kept)
    assert isinstance(again, Kept)
    assert first.intake.public_id == again.intake.public_id
    assert len(world.all(AsNeededIntake)) == 1


def test_too_soon_is_refused_with_the_time_when_the_next_is_allowed(world: World, painkiller: Regimen) -> None:
    take(world, painkiller)
    world.clock.advance(hours=3)

    refused = take(world, painkiller)

    assert refused == TooMuch(Against.TOO_SOON, START + timedelta(hours=4))
    assert len(world.all(AsNeededIntake)) == 1


def test_too_many_is_refused_until_the_first_is_a_day_old(world: World, painkiller: Regimen) -> None:
    for _ in range(3):
        take(world, painkiller)
        world.clock.advance(hours=5)

    refused = take(world, painkiller)

    assert refused == TooMuch(Against.TOO_MANY, START + timedelta(hours=24))


def test_what_was_taken_anyway_is_kept_and_somebody_calls(world: World, painkiller: Regimen) -> None:
    take(world, painkiller)
    world.clock.advance(hours=1)

    kept = take(world, painkiller, anyway=True)

    assert isinstance(kept, Kept)
    assert [intake.against for intake in world.all(AsNeededIntake)] == [None, "too_soon"]
    assert world.only(Task).kind == TaskKind.AGAINST_LIMIT


def test_an_intake_written_down_later_is_held_against_those_around_it(world: World, painkiller: Regimen) -> None:
    take(world, painkiller)

    refused = take(world, painkiller, taken_at=world.now - timedelta(hours=2))

    assert isinstance(refused, TooMuch)
    assert refused.against is Against.TOO_SOON


def test_an_intake_taken_back_counts_no_more_and_stays_in_the_history(world: World, painkiller: Regimen) -> None:
    take(world, painkiller)
    with writing(world.engine) as session:
        as_needed.take_back(session.query(AsNeededIntake).one(), world.now)

    kept = take(world, painkiller)

    assert isinstance(kept, Kept)
    assert len(world.all(AsNeededIntake)) == 2


def test_a_medicine_that_rests_is_refused_and_can_be_kept_anyway(world: World, painkiller: Regimen) -> None:
    with writing(world.engine) as session:
        pause(
            session, session.get_one(Regimen, painkiller.id), by=world.doctor, from_on=world.today, to_on=None,
            reason=PauseReason.HOSPITAL, note="", today=world.today, now=world.now,
        )  # fmt: skip

    refused, kept = take(world, painkiller), take(world, painkiller, anyway=True)

    assert refused == TooMuch(Against.PAUSED, None)
    assert isinstance(kept, Kept)


@pytest.mark.parametrize(
    ("told", "where"),
    [
        ({"taken_at": START + timedelta(minutes=1)}, "taken_at"),
        ({"taken_at": START - timedelta(hours=49)}, "taken_at"),
        ({"amount": Decimal(0)}, "amount"),
        ({"amount": Decimal(21)}, "amount"),
    ],
)
def test_an_impossible_intake_is_refused_at_its_field(
    world: World, painkiller: Regimen, told: dict[str, Any], where: str
) -> None:
    with pytest.raises(BadInput) as refused:
        take(world, painkiller, anyway=True, **told)

    assert refused.value.where == where


def test_a_medicine_with_times_takes_no_intakes_as_needed(world: World) -> None:
    regimen = world.prescribe()

    with pytest.raises(BadInput, match="not taken as needed"):
        take(world, regimen)


minutes = st.integers(0, 3000)


@given(st.lists(minutes, max_size=8), minutes, st.integers(1, 4), st.sampled_from([0, 60, 240]))
def test_what_may_be_taken_and_what_breaks_a_limit_agree(taken: list[int], now: int, most: int, gap: int) -> None:
    rule = AsNeeded(most, gap)
    past = [START + timedelta(minutes=minute) for minute in taken if minute <= now]
    at = START + timedelta(minutes=now)

    allowed: datetime = may_take_at(rule, past, at)

    if allowed == at and len(past) < 2:
        assert broken_by(rule, past, at) is None
    if broken_by(rule, past, at) is None:
        assert allowed == at


def test_a_pause_of_a_day_long_past_is_no_reason(world: World, painkiller: Regimen) -> None:
    with writing(world.engine) as session, pytest.raises(BadInput) as refused:
        pause(
            session, session.get_one(Regimen, painkiller.id), by=world.doctor, from_on=date(2026, 3, 1), to_on=None,
            reason=PauseReason.OTHER, note="", today=world.today, now=world.now,
        )  # fmt: skip

    assert refused.value.where == "from_on"
