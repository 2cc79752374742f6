"""What may be read about a missed dose: only what a clinician reviewed, while it holds; and no way round it."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import DatabaseError, IntegrityError

from companion.care.medicine_names import is_named
from companion.care.people import Person
from companion.care.regimens import Regimen
from companion.db import reading, writing
from companion.errors import BadInput
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose
from companion.reminders.guidance import draft, guidance_for, review, withdraw
from companion.reminders.guidance_models import Guidance, GuidanceReview
from tests.world import World

UNTIL = date(2026, 12, 31)


def write(world: World, **changed: Any) -> Guidance:
    told = {
        "kind": "drug",
        "name": "Glargine",
        "doses_a_day": 1,
        "text_en": "Ask first.",
        "text_zh": "先问。",
        "source": "Leaflet, May 2026",
    } | changed
    with writing(world.engine) as session:
        return draft(session, by=world.doctor, now=world.now, **told)


def stand_for(world: World, guidance: Guidance, by: Person | None = None, until: date = UNTIL) -> None:
    with writing(world.engine) as session:
        found = session.get_one(Guidance, guidance.id)
        review(session, found, by=by or world.doctor, review_by=until, today=world.today, now=world.now)


def reviewed(world: World, **changed: Any) -> Guidance:
    guidance = write(world, **changed)
    stand_for(world, guidance)
    return guidance


def missed(world: World, state: DoseState = DoseState.MISSED, **prescribed: Any) -> Dose:
    """Yesterday's dose of once-a-day insulin, at eight; it is not eight yet."""
    world.clock.instant = world.local("2026-03-04 06:00")
    regimen = world.prescribe(**prescribed)
    world.log_doses(regimen, state)
    return world.all(Dose)[0]


def shown(world: World, dose: Dose, today: date | None = None) -> str | None:
    with reading(world.engine) as session:
        found = guidance_for(session, session.get_one(Dose, dose.id), today or world.today, world.now)
        return found.text_en if found else None


@pytest.mark.parametrize("state", [DoseState.MISSED, DoseState.MISSED_UNREACHED])
def test_a_reviewed_text_stands_beside_a_missed_dose(world: World, state: DoseState) -> None:
    dose = missed(world, state)

    reviewed(world)

    assert shown(world, dose) == "Ask first."


def test_without_a_text_there_is_nothing(world: World) -> None:
    assert shown(world, missed(world)) is None


def test_a_draft_is_shown_to_nobody(world: World) -> None:
    dose = missed(world)

    write(world)

    assert shown(world, dose) is None


@pytest.mark.parametrize(("day", "expected"), [(UNTIL, "Ask first."), (UNTIL + timedelta(days=1), None)])
def test_it_is_shown_up_to_its_review_by_date_and_no_longer(world: World, day: date, expected: str | None) -> None:
    dose = missed(world)
    reviewed(world)

    assert shown(world, dose, day) == expected


def test_the_newest_reviewed_version_decides_and_an_older_one_never_comes_back(world: World) -> None:
    dose = missed(world)
    reviewed(world, text_en="First.")
    second = reviewed(world, text_en="Second.")
    write(world, text_en="Third, a draft.")
    before = shown(world, dose)

    with writing(world.engine) as session:
        withdraw(session.get_one(Guidance, second.id), by=world.doctor, now=world.now)

    assert (before, shown(world, dose)) == ("Second.", None)


def test_a_text_about_the_medicine_comes_before_one_about_its_class(world: World) -> None:
    dose = missed(world)
    reviewed(world, kind="drug_class", name="basal_insulin", text_en="Of the class.")
    of_class = shown(world, dose)

    reviewed(world)

    assert (of_class, shown(world, dose)) == ("Of the class.", "Ask first.")


@pytest.mark.parametrize(
    "changed",
    [{"name": "Detemir"}, {"doses_a_day": 2}, {"kind": "drug_class", "name": "metformin"}],
)
def test_a_text_about_something_else_is_not_shown(world: World, changed: dict[str, Any]) -> None:
    dose = missed(world)

    reviewed(world, **changed)

    assert shown(world, dose) is None


@pytest.mark.parametrize(
    "state", [DoseState.PLANNED, DoseState.DUE, DoseState.SNOOZED, DoseState.TAKEN, DoseState.SKIPPED]
)
def test_it_stands_beside_missed_doses_only(world: World, state: DoseState) -> None:
    dose = missed(world, state)

    reviewed(world)

    assert shown(world, dose) is None


def test_a_medicine_that_is_not_the_same_every_day_has_none(world: World) -> None:
    dose = missed(world, rule={"kind": "weekdays", "days": ["tue"], "times": ["08:00"]})

    reviewed(world)

    assert shown(world, dose) is None


def test_once_the_next_dose_is_due_nothing_is_said_about_the_one_before(world: World) -> None:
    dose = missed(world)
    reviewed(world)
    world.beat_until(world.local("2026-03-04 08:00"))

    assert shown(world, dose) is None


def test_a_medicine_that_was_stopped_has_none(world: World) -> None:
    dose = missed(world)
    reviewed(world)
    with writing(world.engine) as session:
        session.execute(update(Regimen).values(stopped_at=world.now))

    assert shown(world, dose) is None


@pytest.mark.parametrize(
    ("drug", "is_it"),
    [
        ("Metformin", True),
        ("metformin 500 mg", True),
        ("Metformin  0.5 g", True),
        ("Metformin 500mg", True),
        ("Metformin 500 mg MR", False),
        ("Metformin XR 500 mg", False),
        ("Metformin/Sitagliptin 500 mg", False),
        ("Pro-Metformin", False),
        ("", False),
    ],
)
def test_a_name_stands_for_every_strength_and_for_nothing_else(drug: str, is_it: bool) -> None:
    assert is_named("metformin", drug) == is_it


# Getting round it


@pytest.mark.parametrize("who", ["anna", "ben"])
def test_only_a_clinician_drafts_reviews_and_withdraws(world: World, who: str) -> None:
    guidance = write(world)
    somebody: Person = getattr(world, who)

    with pytest.raises(BadInput, match="only a clinician"):
        stand_for(world, guidance, by=somebody)
    with pytest.raises(BadInput, match="only a clinician"), writing(world.engine) as session:
        withdraw(session.get_one(Guidance, guidance.id), by=somebody, now=world.now)


def test_a_version_is_reviewed_once_and_never_after_it_was_withdrawn(world: World) -> None:
    once = reviewed(world)
    gone = write(world)
    with writing(world.engine) as session:
        withdraw(session.get_one(Guidance, gone.id), by=world.doctor, now=world.now)

    with pytest.raises(BadInput, match="reviewed already"):
        stand_for(world, once)
    with pytest.raises(BadInput, match="withdrawn"):
        stand_for(world, gone)


@pytest.mark.parametrize("days", [0, -1, 732])
def test_nobody_stands_for_a_text_backwards_or_for_ever(world: World, days: int) -> None:
    guidance = write(world)

    with pytest.raises(BadInput, match="two years"):
        stand_for(world, guidance, until=world.today + timedelta(days=days))


@pytest.mark.parametrize("forged", ["nobody", "patient as clinician", "patient as patient"])
def test_the_database_refuses_a_review_that_is_no_clinicians(world: World, forged: str) -> None:
    guidance = write(world)
    who = {
        "nobody": {"clinician_id": None, "clinician_role": "clinician"},
        "patient as clinician": {"clinician_id": world.anna.id, "clinician_role": "clinician"},
        "patient as patient": {"clinician_id": world.anna.id, "clinician_role": "patient"},
    }[forged]
    row = {"guidance_id": guidance.id, "reviewed_at": world.now, "review_by": UNTIL} | who

    with pytest.raises(IntegrityError), writing(world.engine) as session:
        session.execute(insert(GuidanceReview).values(**row))


@pytest.mark.parametrize("changed", [{"text_en": "Take two."}, {"text_zh": "吃两份"}, {"source": "me"}, {"name": "x"}])
def test_the_database_keeps_a_text_as_it_was_reviewed(world: World, changed: dict[str, str]) -> None:
    reviewed(world)

    with pytest.raises(DatabaseError, match="is history"), writing(world.engine) as session:
        session.execute(update(Guidance).values(**changed))


def test_the_database_lets_no_review_point_to_another_text_or_last_longer(world: World) -> None:
    reviewed(world)
    other = write(world)

    for changed in ({"guidance_id": other.id}, {"review_by": UNTIL + timedelta(days=900)}):
        with pytest.raises(DatabaseError, match="is history"), writing(world.engine) as session:
            session.execute(update(GuidanceReview).values(**changed))


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"kind": "patient"}, "kind"),
        ({"kind": "drug_class", "name": "other"}, "name"),
        ({"kind": "drug_class", "name": "potions"}, "name"),
        ({"doses_a_day": 0}, "doses_a_day"),
        ({"doses_a_day": 13}, "doses_a_day"),
        ({"name": " "}, "name"),
        ({"text_zh": " "}, "text_zh"),
        ({"text_en": "x" * 601}, "text_en"),
        ({"source": ""}, "source"),
    ],
)
def test_a_draft_that_says_too_little_is_refused_by_name(world: World, changed: dict[str, Any], where: str) -> None:
    with pytest.raises(BadInput) as refused:
        write(world, **changed)

    assert refused.value.where == where
