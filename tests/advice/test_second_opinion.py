"""An amendment far beyond the protocol: two clinicians sign, on the same data, or nothing happens."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, IntegrityError

from companion.advice.deciding.acts import Decision
from companion.advice.deciding.decision_codes import Rejection
from companion.advice.deciding.refusals import AlreadyDecided, DataChanged, FreshSignInNeeded, HeldByAnother
from companion.advice.deciding.second_opinion_models import SecondOpinion
from companion.advice.models import Review, Suggestion
from companion.care.audit import AuditEntry
from companion.care.regimens import RegimenRevision
from companion.db import writing
from companion.errors import BadInput
from companion.messages.models import Message, Purpose
from tests.advice.waiting import claim, far, refuse, sign, waiting
from tests.world import World


@pytest.fixture
def asked(world: World) -> Suggestion:
    """Dr. Roth wants 20 U in place of 18, and asks for a second signature."""
    suggestion = waiting(world)
    world.decide(suggestion, far(world, suggestion))
    return suggestion


def nothing_is_in_force_or_sent(world: World) -> bool:
    return (
        not world.all(Review)
        and len(world.all(RegimenRevision)) == 1
        and not world.all(Message, purpose=Purpose.ADVICE.value)
    )


def test_the_first_only_proposes(world: World, asked: Suggestion) -> None:
    opinion = world.only(SecondOpinion)

    world.beat()

    assert (opinion.proposed_by, opinion.amount, opinion.risks) == (world.doctor.id, 20, ["insulin_share"])
    assert world.only(Suggestion).state == "pending"
    assert nothing_is_in_force_or_sent(world)
    assert [entry.action for entry in world.all(AuditEntry)] == ["suggestion.second_asked"]


def test_with_the_second_signature_it_holds_in_the_name_of_the_first(world: World, asked: Suggestion) -> None:
    sign(world, world.other_doctor)

    review, opinion = world.only(Review), world.only(SecondOpinion)
    assert (review.decision, review.amount, review.clinician_id) == ("amended", 20, world.doctor.id)
    assert (opinion.ended_how, opinion.ended_by) == ("signed", world.other_doctor.id)
    assert (world.all(RegimenRevision)[-1].amount, world.all(RegimenRevision)[-1].clinician_id) == (20, world.doctor.id)
    assert world.only(Message).review_id == review.id
    assert world.all(AuditEntry)[-1].details["second"] == world.other_doctor.public_id


def test_nobody_signs_for_themselves(world: World, asked: Suggestion) -> None:
    with pytest.raises(BadInput, match="another clinician"):
        sign(world, world.doctor)

    assert nothing_is_in_force_or_sent(world)


def test_only_a_clinician_signs(world: World, asked: Suggestion) -> None:
    with pytest.raises(BadInput, match="clinician"):
        sign(world, world.ben)

    assert nothing_is_in_force_or_sent(world)


def test_the_second_shows_freshly_who_they_are(world: World, asked: Suggestion) -> None:
    with pytest.raises(FreshSignInNeeded):
        sign(world, world.other_doctor, authenticated_at=world.now - timedelta(minutes=15, seconds=1))

    assert nothing_is_in_force_or_sent(world)


def test_both_sign_the_same_data(world: World, asked: Suggestion) -> None:
    world.note_facts(weight_kg="79")

    with pytest.raises(DataChanged):
        sign(world, world.other_doctor)

    assert nothing_is_in_force_or_sent(world)


def test_the_second_signs_what_was_on_their_own_screen(world: World, asked: Suggestion) -> None:
    with pytest.raises(DataChanged):
        sign(world, world.other_doctor, digest="0" * 64)

    assert nothing_is_in_force_or_sent(world)


def test_new_data_end_what_nobody_could_sign_any_more(world: World, asked: Suggestion) -> None:
    world.measure(140)

    assert world.only(SecondOpinion).ended_how == "lapsed"
    with pytest.raises(AlreadyDecided):
        sign(world, world.other_doctor)
    assert world.only(Suggestion).state == "pending"


def test_an_hour_in_which_nothing_changed_leaves_it_open(world: World, asked: Suggestion) -> None:
    world.clock.advance(hours=1)
    world.beat()

    sign(world, world.other_doctor)

    assert world.only(Suggestion).state == "amended"


@pytest.mark.parametrize(("by", "how"), [("other_doctor", "declined"), ("doctor", "taken_back")])
def test_without_a_signature_the_suggestion_waits_as_before(world: World, asked: Suggestion, by: str, how: str) -> None:
    refuse(world, getattr(world, by))

    assert world.only(SecondOpinion).ended_how == how
    assert world.only(Suggestion).state == "pending"
    with pytest.raises(AlreadyDecided):
        sign(world, world.other_doctor)
    assert nothing_is_in_force_or_sent(world)


def test_any_doctor_may_decide_otherwise_meanwhile(world: World, asked: Suggestion) -> None:
    world.decide(asked, world.act(asked, Decision.REJECTED, code=Rejection.RISK_OF_LOWS), by=world.other_doctor)

    assert world.only(SecondOpinion).ended_how == "decided_otherwise"
    assert world.only(Suggestion).state == "rejected"


def test_asking_again_with_another_amount_ends_the_first_question(world: World, asked: Suggestion) -> None:
    world.decide(asked, far(world, asked, "21"))

    assert [each.ended_how for each in world.all(SecondOpinion)] == ["decided_otherwise", None]


def test_a_second_signature_waits_while_a_third_doctor_decides(world: World, asked: Suggestion) -> None:
    claim(world, world.doctor)

    with pytest.raises(HeldByAnother):
        sign(world, world.other_doctor)

    assert nothing_is_in_force_or_sent(world)


def test_not_even_two_pass_a_hard_limit(world: World) -> None:
    suggestion = waiting(world)

    with pytest.raises(BadInput, match="max_daily_per_kg"):
        world.decide(suggestion, far(world, suggestion, "41"))

    assert world.all(SecondOpinion) == []


def test_a_limit_that_was_lowered_since_holds_for_the_second_too(world: World) -> None:
    suggestion = waiting(world)
    world.decide(suggestion, far(world, suggestion, "22"))
    with writing(world.engine) as session:
        session.execute(text("UPDATE plan SET max_daily = '21'"))

    with pytest.raises((BadInput, DataChanged)):
        sign(world, world.other_doctor)

    assert nothing_is_in_force_or_sent(world)


@pytest.mark.parametrize("amount", ["8", "14", "17"])
def test_less_than_proposed_never_takes_two(world: World, amount: str) -> None:
    suggestion = waiting(world)

    world.decide(suggestion, world.act(suggestion, Decision.AMENDED, amount=Decimal(amount)))

    assert world.only(Review).amount == Decimal(amount)
    assert world.all(SecondOpinion) == []


def test_it_ends_with_the_suggestion(world: World, asked: Suggestion) -> None:
    world.measure(50)

    assert world.only(SecondOpinion).ended_how == "lapsed"
    assert world.all(Suggestion)[0].state == "superseded"


# What the database refuses, whoever asks


def forged_review(world: World, suggestion: Suggestion, amount: Decimal | str, **changed: Any) -> None:
    values: dict[str, Any] = {
        "suggestion_id": suggestion.id,
        "patient_id": suggestion.patient_id,
        "clinician_id": world.doctor.id,
        "decision": "amended",
        "amount": Decimal(amount),
        "reason": "",
        "shown_digest": "0" * 64,
        "authenticated_at": world.now,
        "decided_at": world.now,
    }
    with writing(world.engine) as session:
        session.add(Review(**values | changed))


@pytest.mark.parametrize("amount", ["19.5", "20", "21"])
def test_the_database_refuses_an_insulin_raised_far_by_one_alone(world: World, amount: str) -> None:
    suggestion = waiting(world)

    with pytest.raises(IntegrityError, match="second clinician"):
        forged_review(world, suggestion, amount)

    assert world.all(Review) == []


@pytest.mark.parametrize("amount", ["8", "17", "18", "19"])
def test_the_database_takes_what_one_may_decide(world: World, amount: str) -> None:
    suggestion = waiting(world)

    forged_review(world, suggestion, amount)

    assert world.only(Review).amount == Decimal(amount)


@pytest.mark.parametrize(
    "changed",
    [{"amount": Decimal(21)}, {"shown_digest": "0" * 64}, {"clinician_id": "other"}],
    ids=lambda c: next(iter(c)),
)
def test_the_database_refuses_another_review_than_the_signed_one(
    world: World, asked: Suggestion, changed: dict[str, Any]
) -> None:
    opinion = world.only(SecondOpinion)
    with writing(world.engine) as session:
        session.execute(
            text(
                "UPDATE second_opinion SET ended_at = proposed_at, ended_how = 'signed', ended_by = :by, "
                "ender_role = 'clinician', ender_authenticated_at = proposed_at"
            ),
            {"by": world.other_doctor.id},
        )
    values = {"shown_digest": opinion.shown_digest} | changed
    if values.get("clinician_id") == "other":
        values["clinician_id"] = world.other_doctor.id

    with pytest.raises(IntegrityError, match="second clinician"):
        forged_review(world, asked, **{"amount": "20"} | values)


@pytest.mark.parametrize(
    "by",
    [
        "ended_by = proposed_by, ender_role = 'clinician'",
        "ended_by = NULL",
        "ended_by = {ben}, ender_role = 'clinician'",
    ],
)
def test_the_database_refuses_a_signature_that_is_none(world: World, asked: Suggestion, by: str) -> None:
    with pytest.raises(IntegrityError), writing(world.engine) as session:
        session.execute(
            text(
                "UPDATE second_opinion SET ended_at = proposed_at, ended_how = 'signed', "
                f"ender_authenticated_at = proposed_at, {by.format(ben=world.ben.id)}"
            )
        )


@pytest.mark.parametrize(
    "column", ["amount = '99'", "reason = 'x'", "shown_digest = 'x'", "proposed_by = proposed_by + 1"]
)
def test_the_database_refuses_to_change_what_was_proposed(world: World, asked: Suggestion, column: str) -> None:
    with pytest.raises(DatabaseError, match="is history"), writing(world.engine) as session:
        session.execute(text(f"UPDATE second_opinion SET {column}"))


def test_the_database_refuses_to_open_anew_or_to_forget_what_was_signed(world: World, asked: Suggestion) -> None:
    sign(world, world.other_doctor)

    for statement in ("UPDATE second_opinion SET ended_how = 'declined'", "DELETE FROM second_opinion"):
        with pytest.raises(DatabaseError, match="is history"), writing(world.engine) as session:
            session.execute(text(statement))
