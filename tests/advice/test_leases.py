"""Who is deciding: five minutes for one doctor, while the others read."""

from datetime import timedelta

import pytest

from companion.advice.deciding.acts import Decision
from companion.advice.deciding.decision_codes import Rejection
from companion.advice.deciding.leases import LEASE, holder_of
from companion.advice.deciding.refusals import AlreadyDecided, HeldByAnother
from companion.advice.models import Review, Suggestion
from companion.care.audit import AuditEntry
from companion.errors import BadInput
from tests.advice.waiting import claim, hand_back, put_off, waiting
from tests.world import World


def holder(world: World) -> int | None:
    return holder_of(world.only(Suggestion), world.now)


def test_a_claim_holds_for_five_minutes_and_ends_by_itself(world: World) -> None:
    waiting(world)

    claim(world, world.doctor)

    at_once = holder(world)
    world.clock.instant += LEASE - timedelta(seconds=1)
    just_before = holder(world)
    world.clock.advance(seconds=1)
    assert (at_once, just_before, holder(world)) == (world.doctor.id, world.doctor.id, None)
    assert world.only(Suggestion).state == "pending"


def test_another_doctor_cannot_claim_what_is_held(world: World) -> None:
    waiting(world)
    claim(world, world.doctor)

    with pytest.raises(HeldByAnother):
        claim(world, world.other_doctor)

    assert holder(world) == world.doctor.id


@pytest.mark.parametrize("decision", list(Decision))
def test_nobody_decides_on_what_another_doctor_holds(world: World, decision: Decision) -> None:
    suggestion = waiting(world)
    act = world.act(suggestion, decision, amount=17, code=Rejection.PATIENTS_WISH)
    claim(world, world.doctor)

    with pytest.raises(HeldByAnother):
        world.decide(suggestion, act, by=world.other_doctor)

    assert world.all(Review) == []


def test_who_holds_it_decides_and_the_claim_is_gone(world: World) -> None:
    suggestion = waiting(world)
    claim(world, world.doctor)

    world.decide(suggestion, world.act(suggestion))

    decided = world.only(Suggestion)
    assert (decided.state, decided.claimed_by, decided.claimed_until) == ("approved", None, None)


def test_when_the_time_is_over_another_doctor_may_decide(world: World) -> None:
    suggestion = waiting(world)
    claim(world, world.doctor)
    world.clock.instant += LEASE

    world.decide(suggestion, world.act(suggestion), by=world.other_doctor)

    assert world.only(Review).clinician_id == world.other_doctor.id


def test_what_is_handed_back_is_free_at_once(world: World) -> None:
    waiting(world)
    claim(world, world.doctor)

    mine, again = hand_back(world, world.doctor), hand_back(world, world.doctor)
    claim(world, world.other_doctor)

    assert (mine, again) == (True, False)
    assert holder(world) == world.other_doctor.id


def test_nobody_hands_back_what_another_one_holds(world: World) -> None:
    waiting(world)
    claim(world, world.doctor)

    done = hand_back(world, world.other_doctor)

    assert not done
    assert holder(world) == world.doctor.id


def test_claiming_again_prolongs_it_and_the_trail_has_one_entry(world: World) -> None:
    waiting(world)
    claim(world, world.doctor)
    world.clock.advance(minutes=4)

    claim(world, world.doctor)

    assert world.only(Suggestion).claimed_until == world.now + LEASE
    assert [entry.action for entry in world.all(AuditEntry)] == ["suggestion.claimed"]


def test_the_review_keeps_since_when_the_doctor_had_it_on_the_screen(world: World) -> None:
    suggestion = waiting(world)
    world.clock.advance(minutes=10)
    claim(world, world.doctor, seen_at=world.now - timedelta(seconds=40))
    world.clock.advance(minutes=1)

    claim(world, world.doctor)
    world.decide(suggestion, world.act(suggestion))

    review = world.only(Review)
    assert review.opened_at is not None
    assert review.decided_at - review.opened_at == timedelta(seconds=100)


@pytest.mark.parametrize(
    ("ago", "kept"), [(timedelta(days=9), timedelta(minutes=10)), (timedelta(minutes=-5), timedelta(0))]
)
def test_a_page_says_nothing_of_times_that_cannot_be(world: World, ago: timedelta, kept: timedelta) -> None:
    waiting(world)
    world.clock.advance(minutes=10)

    claimed = claim(world, world.doctor, seen_at=world.now - ago)

    assert claimed.opened_at == world.now - kept


def test_claiming_what_was_put_off_brings_it_back(world: World) -> None:
    waiting(world)
    put_off(world, world.doctor, hours=10)

    claim(world, world.other_doctor)

    assert world.only(Suggestion).put_off_until is None


def test_what_is_decided_cannot_be_claimed(world: World) -> None:
    suggestion = waiting(world)
    world.decide(suggestion, world.act(suggestion))

    with pytest.raises(AlreadyDecided):
        claim(world, world.other_doctor)


def test_only_a_clinician_claims(world: World) -> None:
    waiting(world)

    with pytest.raises(BadInput, match="clinician"):
        claim(world, world.ben)


def test_new_data_take_a_claimed_suggestion_away(world: World) -> None:
    waiting(world)
    claim(world, world.doctor)

    world.measure(50)

    first = world.all(Suggestion)[0]
    assert (first.state, first.claimed_by) == ("superseded", None)
