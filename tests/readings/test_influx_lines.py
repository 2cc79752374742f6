"""Readings as points: where each goes, and that what was written is what is read."""

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from companion.clock import to_ms
from companion.readings.influx_lines import (
    FIRST_NS,
    LAST_NS,
    MILLISECOND_NS,
    REACH_NS,
    KnownPoint,
    earliest_ns,
    line_of,
    name_of,
    place,
    select,
    tag,
)
from companion.readings.influx_server import FIRST_DAY, LAST_DAY
from companion.readings.reading import Metric, Reading
from tests.readings.store_builders import NOON, glucose, readings

MILLISECOND = timedelta(milliseconds=1)
COUNTERS = st.integers(0, 999_999)
"""What devices count to: 65,535, or minutes of a session."""

INSTANTS = st.integers(0, 5_000).map(lambda ms: NOON + ms * MILLISECOND)


def at(instant: datetime, sequence: int, device: str = "meter-1") -> Reading:
    return glucose(sequence=sequence, device=device)._replace(taken_at=instant)


def places_of(*some: Reading) -> list[int]:
    return [at_ns for _, at_ns in place(some, [])]


def test_the_sequence_number_stands_below_the_instant() -> None:
    assert places_of(at(NOON, 7)) == [to_ms(NOON) * MILLISECOND_NS + 7]


@given(INSTANTS, COUNTERS, INSTANTS, COUNTERS)
def test_no_two_readings_with_the_counters_of_devices_can_meet(
    one_at: datetime, one: int, other_at: datetime, other: int
) -> None:
    (first,), (second,) = places_of(at(one_at, one)), places_of(at(other_at, other))

    assert (first == second) == ((one_at, one) == (other_at, other))


@given(
    st.lists(st.tuples(INSTANTS, st.sampled_from([0, 1, 10**6, 10**9, 10**9 + 1, 2 * 10**9, 2**31 - 1])), unique=True)
)
def test_whatever_their_numbers_readings_never_share_a_place(keys: list[tuple[datetime, int]]) -> None:
    places = places_of(*(at(instant, sequence) for instant, sequence in keys))

    assert len(set(places)) == len(keys)
    for at_ns, (instant, _) in zip(places, keys, strict=True):
        assert 0 <= at_ns - earliest_ns(instant) < REACH_NS


def test_one_that_meets_another_takes_the_next_free_place() -> None:
    second = timedelta(seconds=1)
    there = [KnownPoint(earliest_ns(NOON) + 10**9 - 1, "meter-1", to_ms(NOON), 10**9 - 1)]

    placed = list(place([at(NOON, 2 * 10**9 - 1), at(NOON + second, 0), at(NOON, 10**9 - 1)], there))

    start = earliest_ns(NOON)
    assert [at_ns - start for _, at_ns in placed] == [10**9, 10**9 + 1]


def test_the_same_numbers_of_two_devices_do_not_meet() -> None:
    assert len(set(places_of(at(NOON, 1), at(NOON, 1, "meter-2")))) == 1


def test_what_is_there_is_not_placed_again_wherever_it_lies() -> None:
    elsewhere = KnownPoint(earliest_ns(NOON) + 99, "meter-1", to_ms(NOON), 7)

    assert list(place([at(NOON, 7), at(NOON, 8), at(NOON, 8)], [elsewhere])) == [(at(NOON, 8), earliest_ns(NOON) + 8)]


def test_all_of_time_is_what_a_deletion_of_2x_says() -> None:
    assert [datetime.fromtimestamp(ns // 10**9, UTC) for ns in (FIRST_NS, LAST_NS)] == [
        datetime.fromisoformat(day) for day in (FIRST_DAY, LAST_DAY)
    ]


def test_a_year_the_server_does_not_know_is_kept_at_the_end() -> None:
    far = at(datetime(9999, 12, 31, tzinfo=UTC), 3)
    long_ago = at(datetime(1, 1, 1, tzinfo=UTC), 3)

    assert places_of(far, long_ago) == [LAST_NS - REACH_NS + 3, FIRST_NS + 3]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_name_means_nothing_in_a_line_or_a_query_and_comes_back(name: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_.~:%-]*", tag(name))
    assert name_of(tag(name)) == name


def test_ids_as_they_are_made_stay_readable() -> None:
    assert tag("pa_1b22") == "pa_1b22"
    assert tag("file:libreview:ABC-1") == "file:libreview:ABC-1"


def test_a_patients_id_cannot_end_the_query() -> None:
    query = select("x' OR 'a'='a", Metric.GLUCOSE, ["value"], 0, 1)

    assert query.count("'") == 2
    assert " OR " not in query


@given(readings("pa_wang"))
def test_every_line_has_every_field(reading: Reading) -> None:
    bare, empty = line_of(reading, 5), glucose()._replace(value=None, meal=None, device_time="", raw=b"")

    def fields(line: str) -> list[str]:
        outside = re.sub(r'"(\\.|[^"\\])*"', '""', line)
        return re.findall(r"[ ,](\w+)=", outside)

    assert fields(bare) == fields(line_of(empty, 5))
    assert len(fields(bare)) == len(set(fields(bare))) == 16


def test_a_line_is_as_documented() -> None:
    assert line_of(glucose(sequence=7), 1772366400000000007) == (
        "glucose,device=meter-1,patient=pa_wang taken_at_ms=1772366400000i,sequence=7i,clock_offset_s=-30i,"
        'value="7.8",unit="mmol/L",kind="meter",source="in_1",diastolic="",pulse="",limit="",meal="fasting",'
        'device_time="2026-03-01T20:00:00",flags="",raw="AAE=" 1772366400000000007'
    )
