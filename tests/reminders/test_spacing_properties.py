"""Any rule, any clock: no dose is doubled, none comes too near to another, planning twice changes nothing, and what
somebody was told of never moves, whatever the clocks do and wherever the patient travels."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import count, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

import companion.migrations  # noqa: F401 - every table, so that foreign keys are known
from companion.care.enrolling import add_person
from companion.care.people import Person, Role, ZoneMode
from companion.care.regimens import Regimen, add_regimen, revise
from companion.db import Base
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose
from companion.reminders.planning import travel
from companion.reminders.planning.planning import plan_regimen
from companion.reminders.schedules.rule import Interval, Schedule
from companion.reminders.schedules.rule_json import parse_rule
from companion.reminders.schedules.spacing import keep_apart, min_gap
from companion.reminders.schedules.timetable import plan
from tests.keys import with_keys

ZONES = (
    "America/New_York", "Africa/Cairo", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kiritimati", "Asia/Shanghai",
)  # fmt: skip
AHEAD = timedelta(hours=72)

clocks = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 10, 30, 45]))
times = st.lists(clocks, min_size=1, max_size=4, unique=True)
days = st.lists(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), min_size=1, max_size=4, unique=True)
rules = st.one_of(
    st.builds(lambda t: {"kind": "daily", "times": t}, times),
    st.builds(lambda d, t: {"kind": "weekdays", "days": d, "times": t}, days, times),
    st.builds(lambda n, t: {"kind": "every_n_days", "n": n, "times": t}, st.integers(1, 9), times),
    st.builds(
        lambda d, t: {"kind": "days_of_month", "days": d, "times": t},
        st.lists(st.integers(1, 31), min_size=1, max_size=4, unique=True),
        times,
    ),
    st.builds(
        lambda on, off, t: {"kind": "cycle", "on": on, "off": off, "times": t},
        st.integers(1, 21),
        st.integers(0, 7),
        times,
    ),
    st.builds(
        lambda h: {"kind": "interval", "hours": h, "anchor": "2010-03-01T06:00:00Z"}, st.sampled_from([4, 6.5, 8, 24])
    ),
    st.builds(
        lambda every: {"kind": "window", "from": "00:30", "to": "22:00", "every_minutes": every},
        st.sampled_from([30, 45, 90, 240]),
    ),
    st.builds(
        lambda first, second: {
            "kind": "taper",
            "steps": [{"days": 200, "amount": "2", "times": first}, {"days": 200, "amount": "1", "times": second}],
        },
        times,
        times,
    ),
)


@given(rule=rules, zone=st.sampled_from(ZONES), start=st.dates(date(2010, 1, 1), date(2035, 12, 31)))
@settings(max_examples=60, deadline=None)
def test_a_year_of_any_rule_in_any_zone_has_no_dose_twice_and_none_too_near(
    rule: dict[str, Any], zone: str, start: date
) -> None:
    schedule = Schedule(ZoneInfo(zone), start, None, parse_rule(rule))
    begin = datetime(start.year, start.month, start.day, tzinfo=UTC)
    gap = min_gap(schedule.rule)

    planned = list(plan(schedule, begin, begin + timedelta(days=366)))
    apart = keep_apart(planned, (), gap)

    assert len({(dose.local.date(), dose.slot) for dose in planned}) == len(planned)
    assert all(later.due_at - earlier.due_at >= gap for earlier, later in pairwise(apart.kept))
    assert len(apart.kept) + len(apart.held) == len(planned)
    if isinstance(schedule.rule, Interval):
        assert {later.due_at - earlier.due_at for earlier, later in pairwise(planned)} == {schedule.rule.every}


@pytest.mark.parametrize("zone", ZONES)
def test_ten_years_of_a_plain_rule_hold_nothing_back(zone: str) -> None:
    schedule = Schedule(
        ZoneInfo(zone), date(2026, 1, 1), None, parse_rule({"kind": "daily", "times": ["08:00", "20:00"]})
    )

    planned = list(plan(schedule, datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)))

    assert keep_apart(planned, (), min_gap(schedule.rule)).held == []
    assert 7300 <= len(planned) <= 7306


# With rows


@cache
def memory() -> Engine:
    """One database for all examples: each brings a patient and a medicine of its own."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    Base.metadata.create_all(engine)
    return with_keys(engine)


NUMBERS: Iterator[int] = count(1)


def prescribed(session: Session, rule: dict[str, Any], zone: str, now: datetime) -> tuple[Person, Regimen]:
    doctor = add_person(session, role=Role.CLINICIAN, name="Dr. Roth", now=now)
    patient = add_person(session, role=Role.PATIENT, name="Anna", zone=zone, birth_on=date(1946, 5, 1), now=now)
    patient.zone_mode = ZoneMode.FOLLOW.value
    regimen = add_regimen(session, patient=patient, drug="A", drug_class="other", unit="tablet", now=now)
    revise(
        session, regimen, by=doctor, amount=Decimal(1), rule=rule, start_on=now.date() - timedelta(days=1), end_on=None,
        reason="x", now=now, effective_at=now,
    )  # fmt: skip
    return patient, regimen


def tell(session: Session, regimen: Regimen, now: datetime, state: DoseState) -> None:
    """What the sweep and the patient do: whatever is due was told."""
    due = select(Dose).where(Dose.regimen_id == regimen.id, Dose.state == "planned", Dose.due_at <= now)
    for row in session.scalars(due):
        row.state = state.value


def rows_of(session: Session, regimen: Regimen) -> list[Dose]:
    return list(session.scalars(select(Dose).where(Dose.regimen_id == regimen.id).order_by(Dose.due_at, Dose.id)))


def as_seen(rows: list[Dose]) -> dict[int, tuple[Any, ...]]:
    return {row.id: (row.local_on, row.local_time, row.slot, row.due_at, row.window_ends_at, row.state) for row in rows}


told_states = st.sampled_from([DoseState.DUE, DoseState.TAKEN, DoseState.MISSED, DoseState.SKIPPED])
steps = st.lists(
    st.one_of(st.tuples(st.integers(1, 40), told_states), st.tuples(st.sampled_from(ZONES), told_states)),
    min_size=2,
    max_size=7,
)


@given(
    rule=rules,
    zone=st.sampled_from(ZONES),
    start=st.datetimes(datetime(2011, 12, 1), datetime(2035, 12, 31)),
    steps=steps,
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_travelling_and_planning_again_never_doubles_a_dose_nor_moves_what_was_told(
    rule: dict[str, Any], zone: str, start: datetime, steps: list[tuple[Any, DoseState]]
) -> None:
    now = start.replace(tzinfo=UTC, microsecond=0)
    with Session(memory()) as session:
        patient, regimen = prescribed(session, rule, zone, now)
        gap = min_gap(parse_rule(rule))
        for step, state in [(1, DoseState.TAKEN), *steps]:
            told_before = as_seen(
                [row for row in rows_of(session, regimen) if row.state not in ("planned", "cancelled")]
            )
            if isinstance(step, int):
                now += timedelta(hours=step)
            else:
                travel.propose(session, patient, step, by=patient, now=now)

            plan_regimen(session, regimen.id, now, AHEAD)
            once = as_seen(rows_of(session, regimen))
            plan_regimen(session, regimen.id, now, AHEAD)

            rows = rows_of(session, regimen)
            assert as_seen(rows) == once
            assert {number: once[number] for number in told_before} == told_before
            there = [row.due_at for row in rows if row.state != "cancelled"]
            assert all(later > earlier and later - earlier >= gap for earlier, later in pairwise(there))
            tell(session, regimen, now, state)
        session.commit()
