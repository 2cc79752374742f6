"""The office looks at what reminders do, and starts and ends trials of wordings."""

from typing import Any

from sqlalchemy import Engine, select

from companion.care.audit import AuditEntry
from companion.db import reading
from companion.reminders.effect.effect_models import WordingTrial
from tests.people import Cast
from tests.web.conftest import FakeClock

TERMS = {
    "metric": "taken",
    "days": "28",
    "new_patients_a_day": "20",
    "share_standard": "2",
    "share_thanks": "1",
    "share_step": "0",
}


def only_trial(engine: Engine) -> WordingTrial:
    with reading(engine) as session:
        return session.scalars(select(WordingTrial)).one()


def test_a_trial_is_started_on_stated_terms_and_ended(engine: Engine, cast: Cast, signed_in: Any) -> None:
    office = signed_in(cast.admin)

    office.send("/office/effect/new", TERMS)
    trial = only_trial(engine)
    running = office.get("/office/effect").get_data(as_text=True)
    office.send(f"/office/effect/{trial.public_id}/end", seen_on="/office/effect")
    over = office.get("/office/effect").get_data(as_text=True)

    assert (trial.shares, trial.metric, trial.new_patients_a_day) == ({"standard": 2, "thanks": 1}, "taken", 20)
    assert "It is running. Its result is shown when it ends, and not before." in running
    assert "By the hour" in running
    assert ("By wording" in running, "By wording" in over) == (False, True)
    assert "Too few patients: nothing can be said." in over
    assert "ended before its time" in over
    with reading(engine) as session:
        acts = session.scalars(
            select(AuditEntry.action).where(AuditEntry.action.like("%trial")).order_by(AuditEntry.id)
        ).all()
    assert acts == ["started_trial", "ended_trial"]


def test_a_trial_without_the_standard_wording_is_refused(engine: Engine, cast: Cast, signed_in: Any) -> None:
    answer = signed_in(cast.admin).send("/office/effect/new", TERMS | {"share_standard": "0"})

    assert answer.status_code == 422
    with reading(engine) as session:
        assert session.scalar(select(WordingTrial)) is None


def test_a_second_trial_is_refused_while_one_runs(engine: Engine, cast: Cast, signed_in: Any) -> None:
    office = signed_in(cast.admin)
    office.send("/office/effect/new", TERMS)

    answer = office.send("/office/effect/new", TERMS)

    assert answer.status_code == 422
    assert only_trial(engine).metric == "taken"


def test_starting_one_needs_the_password_just_typed(
    engine: Engine, cast: Cast, signed_in: Any, clock: FakeClock
) -> None:
    office = signed_in(cast.admin)
    clock.forward(minutes=16)

    answer = office.send("/office/effect/new", TERMS, seen_on="/office/effect")

    assert answer.location.startswith("/confirm-password")
    with reading(engine) as session:
        assert session.scalar(select(WordingTrial)) is None


def test_the_page_says_when_there_is_nothing(cast: Cast, signed_in: Any) -> None:
    page = signed_in(cast.admin).get("/office/effect").get_data(as_text=True)

    assert "There are none." in page
