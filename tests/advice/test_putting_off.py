"""A doctor decides later: out of the queue until then, back by itself, and never into its last day."""

from datetime import timedelta

import pytest

from companion.advice.deciding.acts import Decision
from companion.advice.deciding.decision_codes import PutOff
from companion.advice.deciding.putting_off import is_put_off, latest
from companion.advice.deciding.refusals import HeldByAnother
from companion.advice.models import Suggestion
from companion.care.audit import AuditEntry
from companion.errors import BadInput
from tests.advice.waiting import claim, put_off, waiting
from tests.world import World


def test_it_is_out_of_the_queue_until_then_and_comes_back_by_itself(world: World) -> None:
    waiting(world)

    put_off(world, world.doctor, PutOff.TALK_TO_PATIENT, hours=10)

    found = world.only(Suggestion)
    assert (found.put_off_by, found.put_off_code, found.state) == (world.doctor.id, "talk_to_patient", "pending")
    assert is_put_off(found, world.now)
    assert is_put_off(found, world.now + timedelta(hours=10, seconds=-1))
    assert not is_put_off(found, world.now + timedelta(hours=10))
    assert world.only(AuditEntry).details["code"] == "talk_to_patient"


def test_a_day_before_it_expires_it_is_back(world: World) -> None:
    suggestion = waiting(world)

    put_off(world, world.doctor, hours=48)
    with pytest.raises(BadInput, match="latest"):
        put_off(world, world.doctor, hours=48, seconds=1)

    assert latest(suggestion) == suggestion.expires_at - timedelta(days=1) == world.now + timedelta(hours=48)


def test_on_its_last_day_it_cannot_be_put_off(world: World) -> None:
    waiting(world)
    world.clock.advance(hours=48)

    with pytest.raises(BadInput, match="any more"):
        put_off(world, world.doctor, hours=1)


def test_an_urgent_one_is_never_away_for_long_however_often_it_is_put_off(world: World) -> None:
    world.titration()
    world.measure(50)
    made = world.only(Suggestion).created_at

    put_off(world, world.doctor, hours=1)
    world.clock.advance(hours=1)
    put_off(world, world.doctor, hours=1)
    world.clock.advance(hours=1)
    with pytest.raises(BadInput, match="any more"):
        put_off(world, world.doctor, minutes=5)

    assert world.only(Suggestion).is_urgent
    assert latest(world.only(Suggestion)) == made + timedelta(hours=2)


@pytest.mark.parametrize("hours", [0, -1])
def test_it_is_put_off_into_the_future(world: World, hours: int) -> None:
    waiting(world)

    with pytest.raises(BadInput, match="between now"):
        put_off(world, world.doctor, hours=hours)


def test_nobody_puts_off_what_another_doctor_holds_and_who_holds_it_gives_it_back(world: World) -> None:
    waiting(world)
    claim(world, world.doctor)

    with pytest.raises(HeldByAnother):
        put_off(world, world.other_doctor, hours=1)
    put_off(world, world.doctor, hours=1)

    assert world.only(Suggestion).claimed_by is None


def test_another_doctor_may_decide_on_what_one_put_off(world: World) -> None:
    suggestion = waiting(world)
    put_off(world, world.doctor, hours=10)

    world.decide(suggestion, world.act(suggestion, Decision.APPROVED), by=world.other_doctor)

    assert world.only(Suggestion).state == "approved"


def test_what_new_data_propose_is_not_put_off_with_the_old(world: World) -> None:
    waiting(world)
    put_off(world, world.doctor, hours=10)

    world.measure(50)

    old, new = world.all(Suggestion)
    assert (old.state, new.state, new.put_off_until) == ("superseded", "pending", None)


def test_put_off_it_expires_all_the_same_and_nothing_is_decided(world: World) -> None:
    suggestion = waiting(world)
    put_off(world, world.doctor, hours=48)

    world.clock.instant = suggestion.expires_at
    world.beat()

    found = world.only(Suggestion)
    assert found.state in ("expired", "superseded")
    assert found.ended_because is not None
