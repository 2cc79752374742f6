"""Many medicines planned in one transaction have the rows, looks and questions that each would have by itself."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from companion.care import due_work
from companion.care.due_work import WorkKind
from companion.care.enrolling import add_person
from companion.care.people import Role
from companion.care.regimens import Regimen, add_regimen, revise
from companion.db import make_engine, writing
from companion.reminders.doses.models import Dose
from companion.reminders.planning.planning import plan_free, plan_regimen
from companion.reminders.schedules.pauses import PauseReason, pause
from companion.reminders.schedules.rule import Schedule, later_start
from companion.reminders.schedules.rule_json import parse_rule
from companion.reminders.schedules.timetable import plan
from tests.empty_database import copy_empty_database
from tests.keys import with_keys

AHEAD = timedelta(hours=72)
STARTS_AT = datetime(2026, 3, 6, 15, tzinfo=UTC)
"""New York changes its clocks within three days."""
ZONES = ("America/New_York", "Africa/Cairo", "Asia/Shanghai", "Pacific/Kiritimati")
RULES: tuple[dict[str, Any], ...] = (
    {"kind": "daily", "times": ["08:00"]},
    {"kind": "daily", "times": ["02:30", "03:30"]},
    {"kind": "daily", "times": ["08:00", "20:00"], "amounts": ["2", "1"]},
    {"kind": "weekdays", "days": ["mon", "sat"], "times": ["07:15"]},
    {"kind": "every_n_days", "n": 3, "times": ["09:00"]},
    {"kind": "cycle", "on": 5, "off": 2, "times": ["21:00"]},
    {"kind": "interval", "hours": 8, "anchor": "2026-01-01T05:00:00Z"},
    {"kind": "window", "from": "08:00", "to": "12:00", "every_minutes": 120},
    {
        "kind": "taper",
        "steps": [{"days": 4, "amount": "3", "times": ["08:00"]}, {"days": 30, "amount": "1", "times": ["08:00"]}],
    },
    {"kind": "prn", "max_per_24h": 4, "min_gap_minutes": 240},
    {"kind": "after_taken", "hours": 6},
)


class Course(NamedTuple):
    """A medicine of one patient, and what becomes of it after it was planned for the first time."""

    rule: int
    zone: int
    days_ago: int
    changes_to: int | None
    rests: bool
    stops: bool
    is_told: bool


COURSES = st.lists(
    st.builds(
        Course,
        st.integers(0, len(RULES) - 1),
        st.integers(0, len(ZONES) - 1),
        st.integers(0, 40),
        st.none() | st.integers(0, len(RULES) - 1),
        st.booleans(),
        st.booleans(),
        st.booleans(),
    ),
    min_size=2,
    max_size=5,
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("empty")
    copy_empty_database(folder)
    return (folder / "companion.db").read_bytes()


class Clinic:
    """A database with one patient a course."""

    def __init__(self, path: Path, empty: bytes, courses: list[Course], *, together: bool) -> None:
        path.unlink(missing_ok=True)
        path.write_bytes(empty)
        self.engine, self.together, self.now = with_keys(make_engine(f"sqlite:///{path}")), together, STARTS_AT
        with writing(self.engine) as session:
            self.doctor = add_person(session, role=Role.CLINICIAN, name="Dr. Roth", now=STARTS_AT)
            self.ids = [self.prescribe(session, course) for course in courses]

    def prescribe(self, session: Session, course: Course) -> int:
        since = STARTS_AT - timedelta(days=course.days_ago)
        zone, born = ZONES[course.zone], date(1950, 1, 1)
        patient = add_person(session, role=Role.PATIENT, name="Anna", birth_on=born, zone=zone, now=since)
        regimen = add_regimen(session, patient=patient, drug="X", drug_class="other", unit="mg", now=since)
        regimen.planned_until = STARTS_AT
        self.revise(session, regimen, course.rule, since)
        return regimen.id

    def revise(self, session: Session, regimen: Regimen, rule: int, at: datetime) -> None:
        revise(
            session, regimen, by=self.doctor, amount=Decimal(rule + 1), rule=RULES[rule], start_on=at.date(),
            end_on=None, reason="x", now=at, effective_at=at,
        )  # fmt: skip
        due_work.put_off(session, WorkKind.PLAN, regimen.id, at)

    def change(self, courses: list[Course]) -> None:
        self.now += timedelta(hours=7)
        with writing(self.engine) as session:
            for regimen_id, course in zip(self.ids, courses, strict=True):
                self.go_on(session, session.get_one(Regimen, regimen_id), course)

    def go_on(self, session: Session, regimen: Regimen, course: Course) -> None:
        doses = session.query(Dose).filter_by(regimen_id=regimen.id).order_by(Dose.due_at).all()
        if course.is_told and doses:
            doses[0].state, doses[0].answered_at = "taken", self.now
        if course.changes_to is not None:
            self.revise(session, regimen, course.changes_to, self.now)
        if course.rests:
            today = self.now.astimezone(ZoneInfo(ZONES[course.zone])).date()
            days = {"from_on": today + timedelta(days=1), "to_on": today + timedelta(days=2), "today": today}
            pause(session, regimen, by=self.doctor, reason=PauseReason.HOLIDAY, note="", now=self.now, **days)
        if course.stops:
            regimen.stopped_at = self.now

    def plan(self) -> None:
        if self.together:
            with writing(self.engine) as session:
                assert plan_free(session, self.ids, self.now, AHEAD) == set(self.ids)
            return
        for regimen_id in self.ids:
            with writing(self.engine) as session:
                plan_regimen(session, regimen_id, self.now, AHEAD)

    def rows(self) -> list[list[tuple[Any, ...]]]:
        """All there is, without the ids that only say in which order rows were written."""
        with self.engine.connect() as connection:
            return [sorted(map(tuple, connection.exec_driver_sql(query))) for query in EVERYTHING]


DOSE = "regimen_id || ' ' || local_on || ' ' || slot"
EVERYTHING = (
    "SELECT regimen_id, local_on, slot, local_time, revision_id, due_at, window_ends_at, amount, state, reminders, "
    f"is_late, coalesce(note, ''), tzdata, coalesce((SELECT {DOSE} FROM dose d WHERE d.id = dose.after_dose_id), '') "
    "FROM dose",
    f"SELECT {DOSE}, next_check_at, due_work.due_on, lease_until "
    "FROM due_work JOIN dose ON dose.id = subject_id WHERE kind = 'dose'",
    "SELECT subject_id, next_check_at FROM due_work WHERE kind = 'plan'",
    "SELECT unique_key, due_at FROM task",
    "SELECT id, planned_until, planned_with FROM regimen",
    "SELECT count(*) FROM due_work",
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(courses=COURSES)
def test_medicines_planned_together_are_planned_as_each_by_itself(
    courses: list[Course], empty: bytes, tmp_path: Path
) -> None:
    clinics = [Clinic(tmp_path / f"{together}.db", empty, courses, together=together) for together in (True, False)]

    seen: list[list[Any]] = []
    for clinic in clinics:
        clinic.plan()
        first = clinic.rows()
        clinic.change(courses)
        clinic.plan()
        second = clinic.rows()
        clinic.plan()
        seen.append([first, second, clinic.rows()])
        clinic.engine.dispose()

    assert seen[0] == seen[1]
    assert seen[0][1] == seen[0][2], "planning twice changes nothing"


@given(
    rule=st.sampled_from([rule for rule in RULES if rule["kind"] not in {"prn", "after_taken"}]),
    zone=st.sampled_from(ZONES),
    start=st.dates(date(2024, 1, 1), date(2026, 3, 20)),
    from_=st.datetimes(datetime(2026, 3, 1), datetime(2026, 3, 12), timezones=st.just(UTC)),
)
def test_a_later_start_at_the_same_point_of_the_rule_asks_for_the_same(
    rule: dict[str, Any], zone: str, start: date, from_: datetime
) -> None:
    read, to = parse_rule(rule), from_ + timedelta(days=4)

    later = later_start(read, start, from_.date() - timedelta(days=3))

    assert later >= start
    assert list(plan(Schedule(ZoneInfo(zone), start, None, read), from_, to)) == list(
        plan(Schedule(ZoneInfo(zone), later, None, read), from_, to)
    )
