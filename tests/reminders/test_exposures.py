"""A trial of wordings as it runs: who reads what, what is noted of it, and that nothing else is ever dealt by hash."""

import inspect
from datetime import timedelta
from types import FunctionType
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from companion.advice.models import Suggestion
from companion.care.people import Person, Role
from companion.db import reading, writing
from companion.errors import BadInput
from companion.messages import wording
from companion.messages.models import Message, Purpose
from companion.messages.outbox import enqueue
from companion.messages.wording import Wording
from companion.reminders.effect.arms import arm_of
from companion.reminders.effect.effect_models import Exposure, TrialEntry, WordingTrial
from companion.reminders.effect.exposures import end_of, running_trial, start_trial, stop_trial, wordings_for
from tests.world import World

EVEN = {"standard": 1, "thanks": 1}
CONTACTS = wording.Contacts("+4930123456", "112")


def administrator(world: World) -> Person:
    with writing(world.engine) as session:
        return world.add(session, Role.ADMIN, "Office", None)


def start(world: World, arm: Wording = Wording.THANKS, **changed: Any) -> WordingTrial:
    """A trial in which Anna reads that wording."""
    terms: dict[str, Any] = {"shares": EVEN, "metric": "answered", "days": 28, "new_patients_a_day": 100} | changed
    admin = administrator(world)
    with writing(world.engine) as session:
        trial = start_trial(session, by=admin, now=world.now, **terms)
        salts = (str(n) for n in range(1000))
        trial.salt = next(salt for salt in salts if arm_of(salt, world.anna.public_id, trial.shares) == arm)
    return trial


def exposures(world: World) -> list[tuple[int, str]]:
    with reading(world.engine) as session:
        return [(row.patient_id, row.arm) for row in session.scalars(select(Exposure).order_by(Exposure.id))]


def message_to(world: World, patient: Person, purpose: Purpose = Purpose.REMINDER, key: str = "a key") -> Message:
    with writing(world.engine) as session:
        enqueue(
            session,
            unique_key=key,
            purpose=purpose,
            recipient_id=patient.id,
            patient_id=patient.id,
            params={},
            now=world.now,
            expires_at=world.now + timedelta(hours=1),
        )
        return session.scalars(select(Message).where(Message.unique_key == key)).one()


def word(world: World, message: Message) -> Wording:
    with writing(world.engine) as session:
        patient = session.get_one(Person, message.patient_id)
        put = wordings_for(session, [message], {patient.id: patient.public_id}, world.now)
        return put.get(message.id, Wording.STANDARD)


@pytest.mark.parametrize("arm", [Wording.STANDARD, Wording.THANKS])
def test_a_reminder_is_put_as_the_patients_arm_says_and_noted(world: World, arm: Wording) -> None:
    start(world, arm)
    world.prescribe(times=("11:00",))

    said = world.beat_until(world.local("2026-03-04 11:00"))

    assert [text.text for text in said] == [wording.reminder("en", ["11:00"], CONTACTS, put=arm).text]
    assert exposures(world) == [(world.anna.id, arm)]


def test_without_a_trial_everybody_reads_the_standard_wording_and_nothing_is_noted(world: World) -> None:
    world.prescribe(times=("11:00",))

    said = world.beat_until(world.local("2026-03-04 11:00"))

    assert [text.text for text in said] == [wording.reminder("en", ["11:00"], CONTACTS).text]
    assert exposures(world) == []


REVIEWED = (Purpose.ADVICE, Purpose.WITHDRAWAL)
"""Messages that the database refuses without a clinician's act."""


@pytest.mark.parametrize("purpose", [purpose for purpose in Purpose if purpose not in REVIEWED])
def test_only_plain_reminders_are_dealt_by_hash(world: World, purpose: Purpose) -> None:
    start(world, Wording.THANKS)

    put = word(world, message_to(world, world.anna, purpose))

    assert (put is Wording.THANKS) == (purpose is Purpose.REMINDER)
    assert bool(exposures(world)) == (purpose is Purpose.REMINDER)


@pytest.mark.parametrize("purpose", REVIEWED)
def test_advice_and_its_withdrawal_are_not_dealt_by_hash(world: World, purpose: Purpose) -> None:
    start(world, Wording.THANKS)
    advice = Message(id=1, purpose=purpose.value, patient_id=world.anna.id)

    assert word(world, advice) is Wording.STANDARD
    assert exposures(world) == []


def test_no_text_but_the_reminder_has_another_wording() -> None:
    told = [each for each in vars(wording).values() if isinstance(each, FunctionType)]

    assert [each.__name__ for each in told if "put" in inspect.signature(each).parameters] == ["reminder"]


def test_a_message_handed_over_again_keeps_its_wording_and_is_noted_once(world: World) -> None:
    trial = start(world, Wording.THANKS)
    message = message_to(world, world.anna)
    first = word(world, message)
    with writing(world.engine) as session:
        stop_trial(session.get_one(WordingTrial, trial.id), world.now)

    again = word(world, message)

    assert first is again is Wording.THANKS
    assert len(exposures(world)) == 1


def test_a_changed_dose_is_told_in_the_one_way_and_is_no_exposure(world: World) -> None:
    start(world, Wording.THANKS)
    world.titration()
    world.fast(150, 152, 149, 155)
    suggestion = world.only(Suggestion)
    world.decide(suggestion, world.act(suggestion))
    world.clock.advance(hours=18)

    said = world.beat_until(world.local("2026-03-05 08:00"))

    assert any("check first" in text.text for text in said)
    assert exposures(world) == []


def test_no_more_patients_come_in_within_a_day_than_stated_and_those_who_wait_are_in_no_arm(world: World) -> None:
    start(world, new_patients_a_day=2)
    with writing(world.engine) as session:
        patients = [world.add(session, Role.PATIENT, f"Patient {n}", None) for n in range(4)]

    for n, patient in enumerate(patients):
        word(world, message_to(world, patient, key=f"first {n}"))
    entered_at_once = {patient for patient, _ in exposures(world)}
    world.clock.advance(hours=25)
    for n, patient in enumerate(patients):
        word(world, message_to(world, patient, key=f"second {n}"))

    assert entered_at_once == {patients[0].id, patients[1].id}
    assert {patient for patient, _ in exposures(world)} == {patient.id for patient in patients}


def test_a_patient_stays_in_the_arm_they_came_in_with(world: World) -> None:
    trial = start(world, Wording.THANKS)
    word(world, message_to(world, world.anna, key="first"))
    with writing(world.engine) as session:
        session.get_one(WordingTrial, trial.id).salt = "another"

    again = word(world, message_to(world, world.anna, key="second"))

    assert again is Wording.THANKS
    with reading(world.engine) as session:
        assert [entry.arm for entry in session.scalars(select(TrialEntry))] == ["thanks"]


@pytest.mark.parametrize("days_on", [28, 400])
def test_after_its_end_everybody_reads_the_standard_wording(world: World, days_on: int) -> None:
    start(world, Wording.THANKS)
    world.clock.advance(days=days_on)

    put = word(world, message_to(world, world.anna))

    assert put is Wording.STANDARD
    assert exposures(world) == []


def test_a_trial_is_ended_once_and_another_one_may_follow(world: World) -> None:
    first = start(world)
    world.clock.advance(days=2)

    with writing(world.engine) as session:
        trial = session.get_one(WordingTrial, first.id)
        ended, twice = stop_trial(trial, world.now), stop_trial(trial, world.now + timedelta(hours=1))
    second = start(world)

    assert (ended, twice, end_of(trial)) == (True, False, world.now)
    with reading(world.engine) as session:
        running = running_trial(session, world.now)
    assert running is not None
    assert running.id == second.id


def test_two_trials_never_run_at_once(world: World) -> None:
    start(world)

    with pytest.raises(BadInput, match="another trial is running"):
        start(world)


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"metric": "happiness"}, "metric"),
        ({"days": 6}, "days"),
        ({"days": 366}, "days"),
        ({"new_patients_a_day": 0}, "new_patients_a_day"),
        ({"shares": {"thanks": 1, "step": 1}}, "share_standard"),
    ],
)
def test_terms_that_cannot_be_are_refused_by_name(world: World, changed: dict[str, Any], where: str) -> None:
    with pytest.raises(BadInput) as refused:
        start(world, **changed)

    assert refused.value.where == where


def test_only_an_administrator_starts_a_trial(world: World) -> None:
    with pytest.raises(BadInput, match="only an administrator"), writing(world.engine) as session:
        start_trial(
            session,
            by=world.doctor,
            shares=EVEN,
            metric="taken",
            days=28,
            new_patients_a_day=5,
            now=world.now,
        )


def test_what_was_noted_is_neither_changed_nor_taken_out(world: World) -> None:
    start(world)
    word(world, message_to(world, world.anna))

    with pytest.raises(DatabaseError, match="is history"), writing(world.engine) as session:
        session.scalars(select(Exposure)).one().arm = "standard"
    with pytest.raises(DatabaseError, match="is history"), writing(world.engine) as session:
        session.delete(session.scalars(select(Exposure)).one())
