"""By which way a message goes next: a table of what was tried, and what holds whatever was tried."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.care.contact_models import ContactState, Kind, Topic
from companion.messages.channel import Refusal
from companion.messages.delivery_state import MAX_REFUSALS
from companion.messages.models import DeliveryState
from companion.messages.routing import (
    PATIENCE,
    REFUSED,
    SILENT,
    URGENT_PATIENCE,
    Decision,
    NothingMore,
    NoWay,
    NoWayBecause,
    Offered,
    Tried,
    Use,
    Wait,
    Way,
    next_way,
    only,
    patience,
    usable,
)

NOW = datetime(2026, 3, 4, 8, tzinfo=UTC)
SMS, MAIL, CALL = 1, 2, 3
KINDS = {Kind.SMS, Kind.EMAIL, Kind.VOICE}
AGREED = {(kind.value, Topic.REMINDERS.value) for kind in Kind}


def way(point_id: int, kind: Kind = Kind.SMS, state: ContactState = ContactState.OK, is_verified: bool = True) -> Way:
    return Way(point_id, kind.value, state.value, is_verified)


WAYS = [way(SMS), way(MAIL, Kind.EMAIL), way(CALL, Kind.VOICE)]


def minutes(count: float) -> datetime:
    """So long after now."""
    return NOW + timedelta(minutes=count)


def tried(
    point_id: int | None,
    state: DeliveryState,
    *,
    patient: float = 5,
    means: Refusal | None = None,
    again: float | None = None,
    tells: bool = True,
    code: str | None = None,
) -> Tried:
    """An attempt that is waited for for so many minutes more, and may be made again after so many."""
    return Tried(point_id, state, minutes(patient), means, None if again is None else minutes(again), tells, code)


def decide(attempts: Sequence[Tried], ways: Sequence[Way] = WAYS) -> Decision:
    return next_way(Offered(ways), attempts, NOW)


# Which ways may be used


def test_ways_are_offered_in_the_persons_order() -> None:
    offered = usable(WAYS, Topic.REMINDERS, AGREED, KINDS)

    assert [each.point_id for each in offered.ways] == [SMS, MAIL, CALL]


@pytest.mark.parametrize(("first", "order"), [(0, [1, 2, 3]), (1, [2, 3, 1]), (2, [3, 1, 2]), (3, [1, 2, 3])])
def test_the_last_call_begins_with_another_way(first: int, order: list[int]) -> None:
    offered = usable(WAYS, Topic.REMINDERS, AGREED, KINDS, first=first)

    assert [each.point_id for each in offered.ways] == order


@pytest.mark.parametrize(
    ("address", "agreed", "kinds", "why"),
    [
        (way(SMS, state=ContactState.OPTED_OUT), AGREED, KINDS, NoWayBecause.OPTED_OUT),
        (way(SMS, state=ContactState.BAD), AGREED, KINDS, NoWayBecause.BAD_ADDRESS),
        (way(SMS), set(), KINDS, NoWayBecause.NO_CONSENT),
        (way(SMS), {("sms", "supply")}, KINDS, NoWayBecause.NO_CONSENT),
        (way(SMS), {("email", "reminders")}, KINDS, NoWayBecause.NO_CONSENT),
        (way(SMS, is_verified=False), AGREED, KINDS, NoWayBecause.NOT_VERIFIED),
        (way(SMS, Kind.WECHAT), AGREED, KINDS, NoWayBecause.NO_CHANNEL),
    ],
)
def test_an_address_that_may_not_be_used_is_left_out(
    address: Way, agreed: set[tuple[str, str]], kinds: set[Kind], why: NoWayBecause
) -> None:
    offered = usable([address], Topic.REMINDERS, agreed, kinds)

    assert offered == Offered((), why)


def test_an_address_that_could_not_be_reached_last_time_is_still_used() -> None:
    suspect = way(SMS, state=ContactState.SUSPECT)

    assert usable([suspect], Topic.REMINDERS, AGREED, KINDS).ways == [suspect]


def test_who_said_stop_is_told_so_whatever_else_is_wrong() -> None:
    addresses = [way(SMS, is_verified=False), way(MAIL, state=ContactState.OPTED_OUT), way(CALL, Kind.WECHAT)]

    assert usable(addresses, Topic.REMINDERS, AGREED, KINDS).why_none is NoWayBecause.OPTED_OUT


def test_a_person_without_addresses_has_no_way() -> None:
    assert usable([], Topic.REMINDERS, AGREED, KINDS).why_none is NoWayBecause.NO_ADDRESS


def test_a_code_goes_to_just_the_address_that_it_proves() -> None:
    unproven = way(SMS, is_verified=False)

    assert only(unproven, KINDS) == Offered([unproven])
    assert only(None, KINDS).why_none is NoWayBecause.NO_ADDRESS
    assert only(unproven, {Kind.EMAIL}).why_none is NoWayBecause.NO_CHANNEL


# What is done next

ACCEPTED, SENT, LEASED, AMBIGUOUS = (
    DeliveryState.ACCEPTED,
    DeliveryState.SENT,
    DeliveryState.LEASED,
    DeliveryState.AMBIGUOUS,
)
RETRY, REJECTED, UNDELIVERED = DeliveryState.RETRY, DeliveryState.REJECTED, DeliveryState.UNDELIVERED
LATER = Refusal.TRY_AGAIN

TABLE: list[tuple[str, list[Tried], Decision]] = [
    ("nothing was tried", [], Use(SMS, 2)),
    ("it arrived", [tried(SMS, DeliveryState.DELIVERED, patient=-1)], NothingMore()),
    ("a channel without receipts took it", [tried(SMS, ACCEPTED, patient=-1, tells=False)], NothingMore()),
    ("nobody knows where it went", [tried(None, AMBIGUOUS, patient=-1)], NothingMore()),
    *((f"{state}, within its patience", [tried(SMS, state)], Wait(minutes(5))) for state in SILENT),
    *((f"{state}, its patience over", [tried(SMS, state, patient=0)], Use(MAIL, 1)) for state in SILENT),
    ("two are silent, one within its patience", [tried(SMS, SENT, patient=-9), tried(MAIL, SENT)], Wait(minutes(5))),
    ("two are silent", [tried(SMS, SENT, patient=-9), tried(MAIL, SENT, patient=-1)], Use(CALL, 0)),
    ("all are silent", [tried(point, SENT, patient=-1) for point in (SMS, MAIL, CALL)], NothingMore()),
    ("a number that does not exist", [tried(SMS, REJECTED, means=Refusal.BAD_ADDRESS)], Use(MAIL, 1)),
    ("a text that was filtered", [tried(SMS, UNDELIVERED, means=Refusal.NOT_THESE_WORDS)], Use(MAIL, 1)),
    ("a refusal that may pass", [tried(SMS, UNDELIVERED, means=LATER, again=0)], Use(MAIL, 2)),
    ("not taken, its wait not over", [tried(SMS, RETRY, again=2)], Wait(minutes(2))),
    ("not taken, its wait over", [tried(SMS, RETRY, again=0)], Use(SMS, 2)),
    ("not taken, a long wait", [tried(SMS, RETRY, again=60)], Wait(minutes(5))),
    ("not taken, its patience over", [tried(SMS, RETRY, patient=0, again=0)], Use(MAIL, 2)),
    (
        "not taken again and again, the patience of the first over",
        [tried(SMS, RETRY, patient=-1, again=-2), tried(SMS, RETRY, patient=9, again=0)],
        Use(MAIL, 2),
    ),
    (
        "all others refused, one may pass",
        [
            tried(SMS, UNDELIVERED, means=LATER, again=3),
            tried(MAIL, REJECTED, means=Refusal.BAD_ADDRESS),
            tried(CALL, REJECTED, means=Refusal.OTHER_WAY),
        ],
        Wait(minutes(3)),
    ),
    (
        "the one that may pass waits for the patience of the silent one",
        [tried(SMS, UNDELIVERED, means=LATER, again=0), tried(MAIL, SENT), tried(CALL, REJECTED)],
        Wait(minutes(5)),
    ),
    (
        "all refused for good",
        [tried(SMS, REJECTED, code="21211"), tried(MAIL, REJECTED, code="550"), tried(CALL, UNDELIVERED, code="busy")],
        NoWay("busy"),
    ),
    (
        "one silent, the others refused for good",
        [tried(SMS, SENT, patient=-1), tried(MAIL, REJECTED), tried(CALL, REJECTED)],
        NothingMore(),
    ),
]


@pytest.mark.parametrize(("attempts", "decided"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_what_is_done_next(attempts: list[Tried], decided: Decision) -> None:
    assert decide(attempts) == decided


def test_what_may_pass_is_tried_a_few_times_and_then_given_up() -> None:
    refusal = tried(SMS, REJECTED, means=LATER, again=0, code="63038")

    assert decide([refusal] * (MAX_REFUSALS - 1), [way(SMS)]) == Use(SMS, 0)
    assert decide([refusal] * MAX_REFUSALS, [way(SMS)]) == NoWay("63038")


def test_without_any_way_the_addresses_say_why() -> None:
    assert next_way(Offered((), NoWayBecause.OPTED_OUT), [], NOW) == NoWay("opted_out")


# How long a way is waited for


@pytest.mark.parametrize(
    ("is_urgent", "ways_left", "window", "waited"),
    [
        (False, 1, timedelta(hours=1), PATIENCE),
        (True, 1, timedelta(hours=1), URGENT_PATIENCE),
        (False, 1, timedelta(minutes=10), timedelta(minutes=5)),
        (True, 2, timedelta(minutes=6), timedelta(minutes=2)),
    ],
)
def test_a_way_is_waited_for_as_long_as_leaves_the_others_their_turn(
    is_urgent: bool, ways_left: int, window: timedelta, waited: timedelta
) -> None:
    assert patience(is_urgent=is_urgent, ways_left=ways_left, now=NOW, ends_at=NOW + window) == waited


# Whatever was tried

points = st.sampled_from([SMS, MAIL, CALL, 4])
attempts_of_any_kind = st.lists(
    st.builds(
        tried,
        points,
        st.sampled_from(DeliveryState),
        patient=st.integers(-20, 20),
        means=st.sampled_from([None, *Refusal]),
        again=st.none() | st.integers(-20, 20),
        tells=st.booleans(),
    ),
    max_size=8,
)
some_ways = st.lists(st.sampled_from([*WAYS, way(4)]), unique=True)


@given(some_ways, attempts_of_any_kind)
def test_only_a_way_that_is_offered_is_ever_used(ways: list[Way], attempts: list[Tried]) -> None:
    decided = decide(attempts, ways)

    assert not isinstance(decided, Use) or decided.point_id in {each.point_id for each in ways}


@given(some_ways, attempts_of_any_kind)
def test_no_way_is_used_while_another_is_within_its_patience(ways: list[Way], attempts: list[Tried]) -> None:
    is_waited_for = any(each.state in SILENT and each.patient_until > NOW for each in attempts)

    assert not (is_waited_for and isinstance(decide(attempts, ways), Use))


@given(some_ways, attempts_of_any_kind)
def test_a_way_that_may_have_taken_it_is_never_used_again(ways: list[Way], attempts: list[Tried]) -> None:
    silent = {each.point_id for each in attempts if each.state in SILENT}
    decided = decide(attempts, ways)

    assert not isinstance(decided, Use) or decided.point_id not in silent


@given(some_ways, attempts_of_any_kind)
def test_a_way_that_refused_for_good_is_never_used_again(ways: list[Way], attempts: list[Tried]) -> None:
    refused = {each.point_id for each in attempts if each.state in REFUSED and each.means is not LATER}
    decided = decide(attempts, ways)

    assert not isinstance(decided, Use) or decided.point_id not in refused


@given(some_ways, attempts_of_any_kind)
def test_what_arrived_is_not_sent_again(ways: list[Way], attempts: list[Tried]) -> None:
    arrived = tried(SMS, DeliveryState.DELIVERED)

    assert decide([*attempts, arrived], ways) == NothingMore()


@given(some_ways, attempts_of_any_kind)
def test_waiting_is_always_for_something_ahead(ways: list[Way], attempts: list[Tried]) -> None:
    decided = decide(attempts, ways)

    assert not isinstance(decided, Wait) or decided.at > NOW


@given(some_ways, attempts_of_any_kind)
def test_there_is_no_way_only_when_nobody_can_have_it_and_nothing_is_left_to_try(
    ways: list[Way], attempts: list[Tried]
) -> None:
    untried = {each.point_id for each in ways} - {each.point_id for each in attempts}

    if isinstance(decide(attempts, ways), NoWay):
        assert not untried
        assert all(each.state in (*REFUSED, RETRY) for each in attempts)
