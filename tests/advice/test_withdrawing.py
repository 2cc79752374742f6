"""A doctor takes a sent change back: what holds then, who is told, who is called, and what the database refuses."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

import companion
from companion.advice.deciding.refusals import FreshSignInNeeded
from companion.advice.models import Review, Suggestion, Withdrawal
from companion.advice.taking_back.acknowledging import acknowledge, unacknowledged
from companion.advice.taking_back.withdrawal_rules import Follows, Reason, calls_at_once, what_follows
from companion.advice.taking_back.withdrawing import Act, CannotWithdraw, withdraw
from companion.care.audit import AuditEntry
from companion.care.due_work import DueWork, WorkKind
from companion.care.people import Person
from companion.care.regimens import (
    Regimen,
    RegimenRevision,
    amount_before,
    awaiting_confirmation,
    is_in_doubt,
    must_check_first,
)
from companion.care.tasks import Task
from companion.db import writing
from companion.errors import BadInput
from companion.messages.models import Message, MessageState, Purpose
from companion.messages.outbox import enqueue
from tests.approvals import approve_decrease, approve_increase, held, newest, open_tasks, say, take_back
from tests.world import World

CALL = "call_about_withdrawal"


def state_of(world: World) -> str:
    return world.all(Suggestion)[0].state


def read_it(world: World) -> None:
    """Anna was shown the change."""
    with writing(world.engine) as session:
        session.execute(update(RegimenRevision).where(RegimenRevision.number == 2).values(read_at=world.now))


# What holds


@pytest.mark.parametrize(
    ("is_decrease", "holds", "follows"),
    [
        (False, False, Follows.OLD_STAYS),
        (False, True, Follows.BACK),
        (True, True, Follows.CHECK_FIRST),
    ],
)
def test_taking_back_never_raises_a_dose(is_decrease: bool, holds: bool, follows: Follows) -> None:
    assert what_follows(is_decrease=is_decrease, holds=holds) is follows


@pytest.mark.parametrize(
    ("follows", "was_opened", "at_once"),
    [
        (Follows.OLD_STAYS, False, False),
        (Follows.OLD_STAYS, True, True),
        (Follows.BACK, True, True),
        (Follows.CHECK_FIRST, False, True),
    ],
)
def test_whoever_has_opened_it_or_knows_no_dose_is_called_at_once(
    follows: Follows, was_opened: bool, at_once: bool
) -> None:
    assert calls_at_once(follows, was_opened=was_opened) is at_once


def test_an_increase_that_nobody_confirmed_leaves_the_old_dose_with_nothing_to_check(world: World) -> None:
    approve_increase(world)

    take_back(world)

    regimen = world.only(Regimen)
    assert (state_of(world), held(world)) == ("withdrawn", 16)
    assert not must_check_first(regimen)
    assert say(world, "18") is None
    assert held(world) == 16


def test_a_confirmed_increase_goes_back_in_the_name_of_who_takes_it_back_and_is_said_back_again(world: World) -> None:
    approve_increase(world)
    say(world, "18")

    take_back(world, words="low in the night")

    back = newest(world)
    assert (held(world), back.amount, back.clinician_id) == (16, 16, world.doctor.id)
    assert (back.withdrawal_id, back.review_id) == (world.only(Review).id, None)
    waiting = awaiting_confirmation(world.only(Regimen))
    assert waiting is not None
    assert waiting.number == 3
    assert say(world, "16") is not None
    assert not must_check_first(world.only(Regimen))


@pytest.mark.parametrize("is_confirmed", [True, False])
def test_a_decrease_taken_back_stays_low_and_in_doubt_until_the_doctor_prescribes(
    world: World, is_confirmed: bool
) -> None:
    approve_decrease(world)
    if is_confirmed:
        say(world, "14")

    take_back(world)
    in_doubt = is_in_doubt(world.only(Regimen)), must_check_first(world.only(Regimen)), held(world)
    with writing(world.engine) as session:
        world.revise(session, session.query(Regimen).one(), "16", {"kind": "daily", "times": ["08:00"]}, world.now)

    assert in_doubt == (True, True, 14)
    assert not must_check_first(world.only(Regimen))


def test_a_decrease_in_doubt_reminds_to_check_first(world: World) -> None:
    approve_decrease(world)
    say(world, "14")
    take_back(world)
    world.beat()

    world.clock.instant = world.local("2026-03-05 08:00")
    said = world.beat()

    assert [text.text[:50] for text in said if text.to == world.anna.phone] == [
        "Your 08:00 medicine: dose changed, check first. Op"
    ]


# Who is told, and called


def test_the_patient_is_told_at_once_before_everybody_else_and_the_change_that_has_not_left_never_leaves(
    world: World,
) -> None:
    world.titration()
    world.fast(150, 155, 158)
    suggestion = world.only(Suggestion)
    world.decide(suggestion, world.act(suggestion))

    take_back(world)
    said = world.beat()

    assert [text.text.split(".")[0] for text in said] == ["Dr Roth took back a change of your medicine"]
    states = {message.purpose: message.state for message in world.all(Message)}
    assert states[Purpose.ADVICE] == MessageState.CANCELLED


def test_an_unopened_increase_is_called_about_only_when_nobody_acknowledges_for_two_hours(world: World) -> None:
    approve_increase(world)
    take_back(world)
    world.beat()
    at_once = open_tasks(world)

    world.clock.advance(hours=1, minutes=59)
    world.beat()
    soon = open_tasks(world)
    world.clock.advance(minutes=2)
    world.beat()

    assert (at_once, soon, open_tasks(world)) == ([], [], [CALL])
    assert world.only(Task).details["why"] == "unread"


def test_the_patients_word_by_text_that_it_was_read_ends_the_waiting_and_closes_the_call(world: World) -> None:
    approve_increase(world)
    take_back(world)
    world.beat()
    world.clock.advance(hours=3)
    world.beat()

    world.text("5")
    said = world.beat()

    assert open_tasks(world) == []
    taken = world.only(Withdrawal)
    assert (taken.acknowledged_at, taken.acknowledged_via) == (world.now, "sms")
    assert said[-1].text == "Thank you. The clinic knows that you have read it."
    assert world.all(DueWork, kind=WorkKind.WITHDRAWAL.value) == []
    assert world.all(AuditEntry)[-1].action == "acknowledged_withdrawal"


def test_the_same_digit_means_nothing_where_nothing_was_taken_back(world: World) -> None:
    approve_increase(world)

    world.text("5")

    assert open_tasks(world) == ["unclear_reply"]


def test_whoever_had_opened_it_is_called_at_once_whatever_they_acknowledge(world: World) -> None:
    approve_increase(world)
    read_it(world)

    take_back(world)
    world.beat()
    world.text("5")

    assert world.only(Withdrawal).was_opened
    assert open_tasks(world) == [CALL]


def test_nobody_asks_about_a_change_that_was_taken_back(world: World) -> None:
    approve_decrease(world)
    world.clock.advance(hours=5)
    world.beat()
    before = open_tasks(world)

    take_back(world)
    world.clock.advance(hours=30)
    world.beat()

    assert before == ["call_about_decrease", "teach_back"]
    assert open_tasks(world) == [CALL]


def test_another_patients_withdrawal_is_not_acknowledged(world: World) -> None:
    approve_increase(world)
    take_back(world)

    with writing(world.engine) as session:
        found = unacknowledged(session, world.anna.id)
        is_new = acknowledge(session, found, by=world.stranger, via="page", now=world.now)

    assert not is_new
    assert world.only(Withdrawal).acknowledged_at is None


# What is refused


@pytest.mark.parametrize("minutes", [None, 16])
def test_it_takes_a_fresh_password(world: World, minutes: int | None) -> None:
    approve_increase(world)
    typed_at = None if minutes is None else world.now - timedelta(minutes=minutes)

    act = Act(Reason.MISTAKE, "", typed_at)
    with pytest.raises(FreshSignInNeeded), writing(world.engine) as session:
        withdraw(session, world.all(Suggestion)[0].id, by=world.doctor, act=act, now=world.now)

    assert (state_of(world), world.all(Withdrawal)) == ("approved", [])


def test_only_a_clinician_takes_a_change_back(world: World) -> None:
    approve_increase(world)

    with pytest.raises(BadInput, match="only a clinician"):
        take_back(world, by=world.ben)


def test_other_needs_words(world: World) -> None:
    approve_increase(world)

    with pytest.raises(BadInput, match="a reason is needed"):
        take_back(world, reason=Reason.OTHER, words=" ")

    assert state_of(world) == "approved"


def test_what_was_taken_back_is_taken_back_once(world: World) -> None:
    approve_increase(world)
    take_back(world)

    with pytest.raises(CannotWithdraw):
        take_back(world)

    assert len(world.all(Withdrawal)) == 1


def test_what_was_never_sent_is_not_taken_back(world: World) -> None:
    world.titration()
    world.fast(150, 155, 158)

    with pytest.raises(CannotWithdraw):
        take_back(world)

    assert state_of(world) == "pending"


def test_a_change_that_another_one_followed_is_not_taken_back(world: World) -> None:
    approve_increase(world)
    with writing(world.engine) as session:
        world.revise(session, session.query(Regimen).one(), "17", {"kind": "daily", "times": ["08:00"]}, world.now)

    with pytest.raises(CannotWithdraw):
        take_back(world)

    assert held(world) == 17


def test_nothing_of_somebody_who_left_is_taken_back(world: World) -> None:
    approve_increase(world)
    with writing(world.engine) as session:
        session.execute(update(Person).where(Person.id == world.anna.id).values(left_at=world.now))

    with pytest.raises(CannotWithdraw):
        take_back(world)


@pytest.mark.parametrize("bound", [{}, {"withdrawal_id": True}, {"review": True}])
def test_the_database_refuses_word_of_a_withdrawal_that_no_clinician_made(world: World, bound: dict[str, bool]) -> None:
    approve_increase(world)
    review = world.only(Review)

    with pytest.raises(IntegrityError), writing(world.engine) as session:
        enqueue(
            session,
            unique_key="withdrawal:1",
            purpose=Purpose.WITHDRAWAL,
            recipient_id=world.anna.id,
            patient_id=world.anna.id,
            params={},
            now=world.now,
            expires_at=world.now + timedelta(days=1),
            review=review if "review" in bound else None,
            withdrawal_id=review.id if "withdrawal_id" in bound else None,
        )


def test_only_taking_back_writes_word_of_a_withdrawal() -> None:
    package = Path(companion.__file__).parent
    names = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if "Purpose.WITHDRAWAL" in path.read_text("utf-8")
    }

    assert names == {
        "advice/taking_back/withdrawing.py",
        "compose/batch.py",
        "messages/models.py",
        "messages/topics.py",
        "messages/wording/examples.py",
        "web/in_words/message_words.py",
    }


def test_an_amount_that_was_only_to_come_is_not_the_one_before(world: World) -> None:
    approve_decrease(world)
    with writing(world.engine) as session:
        regimen = session.query(Regimen).one()
        daily = {"kind": "daily", "times": ["08:00"]}
        world.revise(session, regimen, "12", daily, world.now)
        regimen.revisions[-1].effective_at = world.now + timedelta(days=7)
        world.revise(session, regimen, "13", daily, world.now + timedelta(minutes=1))

        before = amount_before(regimen, regimen.revisions[-1])

    assert before == 14


def test_the_database_refuses_a_withdrawal_by_anybody_but_a_clinician(world: World) -> None:
    approve_increase(world)
    review, revision = world.only(Review), newest(world)

    with pytest.raises(IntegrityError), writing(world.engine) as session:
        session.add(
            Withdrawal(
                review_id=review.id,
                review_decision=review.decision,
                suggestion_id=review.suggestion_id,
                revision_id=revision.id,
                patient_id=world.anna.id,
                clinician_id=world.ben.id,
                code="mistake",
                was_opened=False,
                authenticated_at=world.now,
                withdrawn_at=world.now,
            )
        )
