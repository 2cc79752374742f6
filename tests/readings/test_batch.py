"""Readings in columns are the same readings."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from companion.readings.batch import Incoming, ReadingBatch
from companion.readings.reading import Kind, Limit, Meal, Metric, Reading

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

readings = st.builds(
    Reading,
    patient=st.just("pa_anna"),
    metric=st.sampled_from(Metric),
    taken_at=st.integers(-(10**9), 10**9).map(lambda ms: NOON + timedelta(milliseconds=ms)),
    device=st.sampled_from(["meter", "cuff"]),
    sequence=st.integers(0, 65535),
    value=st.none() | st.decimals(1, 400, places=1, allow_nan=False, allow_infinity=False),
    unit=st.just("mg/dL"),
    kind=st.sampled_from(Kind),
    source=st.just("in_1"),
    limit=st.none() | st.sampled_from(Limit),
    meal=st.none() | st.sampled_from(Meal),
    flags=st.sampled_from(["", "clock_wrong"]),
    raw=st.binary(max_size=4),
)


@given(st.lists(readings, max_size=6))
def test_what_goes_into_columns_comes_out_again(some: list[Reading]) -> None:
    batch = ReadingBatch.of(some)

    assert list(batch) == some
    assert len(batch) == len(some)
    assert all(reading in batch for reading in some)


@given(st.lists(st.lists(readings, max_size=4), max_size=4))
def test_joined_batches_follow_each_other(parts: list[list[Reading]]) -> None:
    incoming = Incoming.joined(
        [Incoming.of((str(n).encode(), reading) for reading in part) for n, part in enumerate(parts)]
    )

    assert [reading for _, reading in incoming] == [reading for part in parts for reading in part]
    assert list(incoming.identities) == [str(n).encode() for n, part in enumerate(parts) for _ in part]


@given(st.data(), st.lists(readings, min_size=1, max_size=6))
def test_chosen_places_keep_identity_and_reading_together(data: st.DataObject, some: list[Reading]) -> None:
    places = data.draw(st.lists(st.integers(0, len(some) - 1), unique=True))
    incoming = Incoming.of((bytes([place]), reading) for place, reading in enumerate(some))

    chosen = incoming.only(places)

    assert list(chosen) == [(bytes([place]), some[place]) for place in places]


def test_other_instants_change_nothing_else() -> None:
    reading = Reading("pa_anna", Metric.GLUCOSE, NOON, "meter", 1, Decimal("5.40"), "mmol/L", Kind.METER, "in_1")

    (moved,) = ReadingBatch.of([reading]).at([0])

    assert moved == reading._replace(taken_at=datetime(1970, 1, 1, tzinfo=UTC))
    assert format(moved.value or 0, "f") == "5.40"
