"""When two records are one measurement, and when they only look like it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.readings.reading import Kind, Limit, Metric, Reading
from companion.readings.same import find_matches, key_of, same_value

EIGHT = datetime(2026, 3, 4, 8, 0, tzinfo=UTC)

METER = Reading(
    patient="pa_anna",
    metric=Metric.GLUCOSE,
    taken_at=EIGHT,
    device="de_meter",
    sequence=1,
    value=Decimal(120),
    unit="mg/dL",
    kind=Kind.METER,
    source="in_download",
)


def from_file(**changed: Any) -> Reading:
    """The same measurement as an app exports it: without the seconds."""
    return METER._replace(**{"device": "file:contour:", "source": "in_file", "sequence": 77} | changed)


def pairs(*readings: Reading) -> list[tuple[str, str]]:
    return [(match.counted.device, match.other.device) for match in find_matches(readings, {}, ())]


def test_the_export_of_a_meter_is_linked_to_what_came_by_bluetooth() -> None:
    found = pairs(from_file(), METER._replace(taken_at=EIGHT + timedelta(seconds=42)))

    assert found == [("de_meter", "file:contour:")]


@pytest.mark.parametrize(
    "other",
    [
        from_file(value=Decimal("6.7"), unit="mmol/L"),
        from_file(taken_at=EIGHT + timedelta(seconds=60)),
        from_file(device="typed", kind=Kind.TYPED),
    ],
    ids=["in the other unit", "a minute later", "typed"],
)
def test_it_is_one_measurement(other: Reading) -> None:
    found = pairs(METER, other)

    assert len(found) == 1


@pytest.mark.parametrize(
    "other",
    [
        from_file(value=Decimal(121)),
        from_file(value=Decimal("6.8"), unit="mmol/L"),
        from_file(taken_at=EIGHT + timedelta(seconds=61)),
        from_file(kind=Kind.HISTORIC),
        from_file(metric=Metric.KETONE, value=Decimal("6.7"), unit="mmol/L"),
        from_file(value=None, limit=Limit.HIGH),
        from_file(device="de_meter"),
        from_file(flags="day_only"),
    ],
    ids=[
        "another value",
        "another value in the other unit",
        "too late",
        "a sensor's",
        "ketone",
        "HI",
        "one device",
        "noon",
    ],
)
def test_it_is_two_measurements(other: Reading) -> None:
    found = pairs(METER, other)

    assert found == []


def test_a_corrected_clock_does_not_hide_that_the_device_showed_the_same_time() -> None:
    shown = "2026-03-04T08:00:20"
    corrected = METER._replace(device_time=shown, clock_offset_s=420, taken_at=EIGHT + timedelta(minutes=7))

    found = find_matches([corrected, from_file(device_time="2026-03-04T08:00:00")], {}, ())

    assert [match.why for match in found] == ["device time"]


def test_each_record_is_linked_to_one_at_most() -> None:
    again = METER._replace(sequence=2, taken_at=EIGHT + timedelta(seconds=30))

    found = pairs(METER, again, from_file(), from_file(sequence=78, taken_at=EIGHT + timedelta(seconds=30)))

    assert len(found) == 2


def test_three_sources_make_one_measurement() -> None:
    typed = METER._replace(device="typed", kind=Kind.TYPED)

    found = pairs(typed, from_file(), METER)

    assert found == [("de_meter", "file:contour:"), ("de_meter", "typed")]


def test_a_download_that_comes_later_counts_for_the_whole_group() -> None:
    typed = METER._replace(device="typed", kind=Kind.TYPED)
    running = {key_of(typed): key_of(from_file())}

    found = find_matches([typed, from_file(), METER], running, ())

    assert [(match.counted.device, match.other.device) for match in found] == [("de_meter", "file:contour:")]


def test_what_a_person_parted_stays_apart() -> None:
    barred = [frozenset((key_of(METER), key_of(from_file())))]

    found = find_matches([METER, from_file()], {}, barred)

    assert found == []


@pytest.mark.parametrize(
    ("one", "other", "are_same"), [("142", "142", True), ("142.4", "142", True), ("142", "143", False)]
)
def test_pressures_are_compared_as_whole_numbers(one: str, other: str, are_same: bool) -> None:
    cuff = METER._replace(
        metric=Metric.BLOOD_PRESSURE, kind=Kind.CUFF, unit="mm[Hg]", value=Decimal(one), diastolic=Decimal(88)
    )

    assert same_value(cuff, cuff._replace(value=Decimal(other), pulse=Decimal(70))) is are_same


READINGS = st.lists(
    st.builds(
        lambda minute, device, value: METER._replace(
            taken_at=EIGHT + timedelta(seconds=20 * minute), device=device, value=Decimal(value), sequence=minute
        ),
        st.integers(0, 30),
        st.sampled_from(["de_meter", "de_other", "file:a:", "typed"]),
        st.integers(100, 102),
    ),
    unique_by=key_of,
    max_size=30,
)


@given(READINGS)
def test_no_record_is_linked_twice_and_none_to_its_own_source(readings: list[Reading]) -> None:
    found = find_matches(readings, {}, ())

    others = [key_of(match.other) for match in found]
    assert len(others) == len(set(others))
    assert not set(others) & {key_of(match.counted) for match in found}
    assert all(match.counted.device != match.other.device for match in found)


@given(READINGS, st.randoms())
def test_the_order_of_the_records_changes_nothing(readings: list[Reading], chance: Any) -> None:
    shuffled = list(readings)
    chance.shuffle(shuffled)

    assert find_matches(readings, {}, ()) == find_matches(shuffled, {}, ())


@given(READINGS)
def test_a_second_look_finds_nothing_more(readings: list[Reading]) -> None:
    found = find_matches(readings, {}, ())
    running = {key_of(match.other): key_of(match.counted) for match in found}

    assert find_matches(readings, running, ()) == []
