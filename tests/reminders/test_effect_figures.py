"""From dose rows and messages to figures, on both databases; and the office's page of them."""

import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from companion.comparing import Verdict
from companion.db import reading, writing
from companion.reminders.doses.answers import answer_dose
from companion.reminders.doses.dose_state import Skipped, SkipReason, Taken
from companion.reminders.doses.models import Dose
from companion.reminders.effect.effect import Tally
from companion.reminders.effect.effect_figures import by_channel, by_hour, by_wording, result_of
from companion.reminders.effect.effect_models import TrialEntry, WordingTrial
from companion.reminders.effect.exposures import stop_trial
from tests.reminders.test_exposures import start
from tests.world import World


@pytest.fixture(params=["sqlite", "postgresql"])
def lived(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """Anna in a trial, four doses: taken, skipped, unanswered, and taken late."""
    if request.param == "sqlite":
        yield _live(World(tmp_path))
        return
    url: str = request.getfixturevalue("postgresql_url")
    name = f"effect_{secrets.token_hex(6)}"
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    world = World(tmp_path, database_url=server.url.set(database=name).render_as_string(hide_password=False))
    yield _live(world)
    world.engine.dispose()
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


def _live(world: World) -> World:
    start(world)
    world.prescribe(times=("11:00", "13:00", "15:00", "17:00"))
    _say(world, "11:00", Taken())
    _say(world, "13:00", Skipped(SkipReason.UNWELL))
    world.beat_until(world.local("2026-03-04 16:30"), timedelta(minutes=30))
    _say(world, "17:00", None)
    world.clock.instant = world.local("2026-03-04 18:30")
    world.beat()
    with writing(world.engine) as session:
        answer_dose(session, _at(world, "17:00").id, Taken(), actor_id=world.anna.id, via="page", now=world.now)
    return world


def _say(world: World, at: str, answer: Any) -> None:
    world.clock.instant = world.local(f"2026-03-04 {at}")
    world.beat()
    if answer is not None:
        with writing(world.engine) as session:
            answer_dose(session, _at(world, at).id, answer, actor_id=world.anna.id, via="page", now=world.now)


def _at(world: World, at: str) -> Dose:
    return next(dose for dose in world.all(Dose) if dose.local_time == at)


def test_doses_are_counted_by_channel_hour_and_wording(lived: World) -> None:
    since, anna = lived.now - timedelta(days=1), lived.anna.id

    with reading(lived.engine) as session:
        channels = by_channel(session, since, lived.now)
        hours = by_hour(session, since, lived.now)
        wordings = by_wording(session, since, lived.now)

    (all_of_them,) = channels
    assert (all_of_them.doses, all_of_them.handed_over, all_of_them.answered, all_of_them.taken) == (4, 4, 2, 1)
    assert [(t.group, t.answered, t.taken) for t in sorted(hours)] == [
        ("11", 1, 1),
        ("13", 1, 0),
        ("15", 0, 0),
        ("17", 0, 0),
    ]
    assert [(t.group, t.patient, t.doses) for t in wordings] == [("thanks", anna, 4)]


def test_a_trial_counts_those_who_came_in_and_tells_nothing_of_one_patient(lived: World) -> None:
    trial = lived.only(WordingTrial)
    with writing(lived.engine) as session:
        stop_trial(session.get_one(WordingTrial, trial.id), lived.now)

    with reading(lived.engine) as session:
        result = result_of(session, session.get_one(WordingTrial, trial.id), lived.now)

    assert result.entered == {"standard": 0, "thanks": 1}
    assert result.verdict is Verdict.TOO_FEW
    assert [entry.arm for entry in lived.all(TrialEntry)] == ["thanks"]


def test_what_is_not_over_does_not_count_yet(lived: World) -> None:
    with reading(lived.engine) as session:
        found: list[Tally] = by_hour(session, lived.now - timedelta(days=1), lived.local("2026-03-04 15:30"))

    assert {tally.group for tally in found} == {"11", "13"}
