"""Due work on PostgreSQL has a partition a day: made ahead, dropped when over, whoever does it and whatever waits."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text

from companion.care import due_days
from companion.care.due_days import days_of, keep_days
from companion.care.due_work import NO_DAY, DueWork, WorkKind, claim, finish, put_off
from companion.db import make_engine, partitions, reading, writing
from companion.migrations import downgrade, upgrade
from tests.keys import with_keys
from tests.servers import own_database

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
TODAY = NOW.date()
AHEAD = timedelta(hours=72)


@pytest.fixture(scope="module")
def server(postgresql_url: str) -> Iterator[Engine]:
    with own_database(postgresql_url) as url:
        engine = with_keys(make_engine(url))
        upgrade(engine)
        yield engine
        engine.dispose()


@pytest.fixture
def engine(server: Engine) -> Engine:
    """Without work and without days."""
    with server.begin() as connection:
        for part in partitions(connection):
            if part.startswith("due_work_") and part != "due_work_other":
                connection.execute(text(f"DROP TABLE {part}"))
        connection.execute(text("DELETE FROM due_work"))
    return server


def days(engine: Engine) -> list[date]:
    with engine.connect() as connection:
        return sorted(due_days._days_there(connection))


def put(engine: Engine, dose: int, day: date, at: datetime = NOW) -> None:
    with writing(engine) as session:
        put_off(session, WorkKind.DOSE, dose, at, due_on=day)


def rows_in(engine: Engine, part: str) -> int:
    with engine.connect() as connection:
        return connection.execute(text(f"SELECT count(*) FROM {part}")).scalar_one()


def test_the_days_reach_from_the_westmost_today_to_the_eastmost_last_one() -> None:
    morning = datetime(2026, 3, 4, 11, tzinfo=UTC)

    assert days_of(morning, timedelta(hours=24)) == [date(2026, 3, 3) + timedelta(days=n) for n in range(4)]


def test_the_days_of_the_planning_are_made_once(engine: Engine) -> None:
    keep_days(engine, NOW, AHEAD)
    made = days(engine)
    keep_days(engine, NOW, AHEAD)

    assert made == days_of(NOW, AHEAD)
    assert days(engine) == made


def test_a_dose_is_kept_in_its_own_day_and_what_belongs_to_none_among_the_others(engine: Engine) -> None:
    keep_days(engine, NOW, AHEAD)

    put(engine, 1, TODAY)
    with writing(engine) as session:
        put_off(session, WorkKind.PLAN, 1, NOW)

    assert (rows_in(engine, "due_work_20260304"), rows_in(engine, "due_work_other")) == (1, 1)


def test_work_asked_for_before_its_day_was_made_moves_into_it(engine: Engine) -> None:
    put(engine, 1, TODAY)
    before = rows_in(engine, "due_work_other")

    keep_days(engine, NOW, AHEAD)
    put(engine, 1, TODAY, NOW + timedelta(minutes=5))

    assert (before, rows_in(engine, "due_work_other"), rows_in(engine, "due_work_20260304")) == (1, 0, 1)


def test_a_day_that_is_over_is_dropped_once_nothing_of_it_is_left(engine: Engine) -> None:
    keep_days(engine, NOW, AHEAD)
    put(engine, 1, TODAY)
    later = NOW + timedelta(days=3)

    keep_days(engine, later, AHEAD)
    kept = [day for day in days(engine) if day < days_of(later, AHEAD)[0]]
    with writing(engine) as session:
        finish(session, WorkKind.DOSE, 1)
    keep_days(engine, later, AHEAD)

    assert kept == [TODAY]
    assert days(engine) == days_of(later, AHEAD)


def test_a_dose_of_a_day_that_was_dropped_can_still_be_looked_at(engine: Engine) -> None:
    keep_days(engine, NOW, AHEAD)

    put(engine, 1, date(2026, 2, 1))

    with writing(engine) as session:
        assert claim(session, WorkKind.DOSE, NOW, 10) == [1]


def test_many_processes_make_the_days_together(engine: Engine) -> None:
    with ThreadPoolExecutor(6) as processes:
        for made in [processes.submit(keep_days, engine, NOW, AHEAD) for _ in range(6)]:
            made.result()

    assert days(engine) == days_of(NOW, AHEAD)


def test_a_busy_table_is_left_to_the_next_beat(engine: Engine) -> None:
    with writing(engine) as session:
        put_off(session, WorkKind.PLAN, 1, NOW)
        keep_days(engine, NOW, AHEAD)
        while_busy = days(engine)
    keep_days(engine, NOW, AHEAD)

    assert while_busy == []
    assert days(engine) == days_of(NOW, AHEAD)


def test_workers_that_claim_at_once_never_claim_the_same(engine: Engine) -> None:
    keep_days(engine, NOW, AHEAD)
    for dose in range(1, 41):
        put(engine, dose, days_of(NOW, AHEAD)[dose % 4])
    with writing(engine) as one, writing(engine) as other:
        first = claim(one, WorkKind.DOSE, NOW, 25)
        second = claim(other, WorkKind.DOSE, NOW, 25)

    assert (len(first), len(second)) == (25, 15)
    assert not set(first) & set(second)


def test_on_sqlite_there_are_no_days_to_keep(tmp_path: Path) -> None:
    engine = with_keys(make_engine(f"sqlite:///{tmp_path / 'companion.db'}"))
    upgrade(engine)

    keep_days(engine, NOW, AHEAD)

    with reading(engine) as session:
        assert session.scalars(select(func.count()).select_from(DueWork)).one() == 0


def test_a_migration_there_and_back_keeps_what_is_due(postgresql_url: str) -> None:
    with own_database(postgresql_url) as url:
        engine = with_keys(make_engine(url))
        upgrade(engine)
        keep_days(engine, NOW, AHEAD)
        with writing(engine) as session:
            put_off(session, WorkKind.ASSESS, 7, NOW)

        downgrade(engine, "0005")
        upgrade(engine)

        with reading(engine) as session:
            work = session.scalars(select(DueWork)).one()
            assert (work.kind, work.subject_id, work.due_on, work.next_check_at) == ("assess", 7, NO_DAY, NOW)
        engine.dispose()
