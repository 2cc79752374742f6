"""The identity ledger: the instant of first sight stays, whatever comes later."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from companion.clock import to_ms
from companion.readings.batch import Incoming, ReadingBatch
from companion.readings.identity import IDENTITY_BYTES, Identities, content_identity
from companion.readings.ledger import Settled, settle
from companion.readings.reading import Kind, Metric, Reading
from tests.world import World

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def record(name: str, minutes: int = 0) -> tuple[bytes, Reading]:
    """The record with that name, dated so many minutes after noon."""
    reading = Reading(
        "pa_anna",
        Metric.GLUCOSE,
        NOON + timedelta(minutes=minutes),
        "meter",
        1,
        Decimal(150),
        "mg/dL",
        Kind.METER,
        "in_1",
    )
    return Identities(b"meter").of(datetime(2026, 3, 1, 13), name.encode()), reading


def settled(world: World, *records: tuple[bytes, Reading], patient_id: int = 1) -> Settled:
    with world.engine.begin() as connection:
        return settle(connection, patient_id, Incoming.of(records))


def test_a_record_never_seen_keeps_the_instant_it_comes_with(world: World) -> None:
    found = settled(world, record("a", 5))

    assert (found.unseen, found.readings.taken_at_ms) == (1, [to_ms(NOON + timedelta(minutes=5))])


def test_a_known_record_gets_the_instant_it_was_first_given(world: World) -> None:
    settled(world, record("a", 5))

    found = settled(world, record("b", 9), record("a", 180))

    assert found.unseen == 1
    assert [reading.taken_at for reading in found.readings] == [NOON + timedelta(minutes=m) for m in (9, 5)]


def test_the_same_record_of_another_patient_is_another_record(world: World) -> None:
    settled(world, record("a", 5))

    assert settled(world, record("a", 180), patient_id=2).unseen == 1


def test_a_long_history_is_known_again_in_full(world: World) -> None:
    history = [record(f"r{n}", n) for n in range(1200)]
    settled(world, *history)

    found = settled(world, *[record(f"r{n}", n + 60) for n in range(1200)])

    assert found.unseen == 0
    assert list(found.readings) == [reading for _, reading in history]


def test_nothing_comes_of_nothing(world: World) -> None:
    assert settled(world) == Settled(ReadingBatch.of([]), 0)


@given(st.lists(st.lists(st.binary(max_size=8), max_size=4), min_size=2, max_size=8))
def test_different_parts_have_different_identities(several: list[list[bytes]]) -> None:
    identities = {content_identity(*parts) for parts in several}

    assert len(identities) == len({tuple(parts) for parts in several})
    assert all(len(identity) == IDENTITY_BYTES for identity in identities)


@given(st.lists(st.tuples(st.datetimes(), st.binary(max_size=20)), min_size=2, max_size=8))
def test_records_that_differ_in_time_or_bytes_differ_and_lie_in_the_order_of_their_times(
    records: list[tuple[datetime, bytes]],
) -> None:
    records = [(at.replace(microsecond=0), raw) for at, raw in records]

    by_identity = {Identities(b"meter").of(at, raw): at for at, raw in records}

    assert len(by_identity) == len(set(records))
    assert [by_identity[identity] for identity in sorted(by_identity)] == sorted(by_identity.values())
    assert all(len(identity) == IDENTITY_BYTES for identity in by_identity)


def test_the_same_record_of_two_meters_is_two_records() -> None:
    at = datetime(2026, 3, 1, 13)

    assert Identities(b"one").of(at, b"x") != Identities(b"other").of(at, b"x")
