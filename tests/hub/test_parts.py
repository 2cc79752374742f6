"""A session in batches: nothing lost, nothing too large, and a context always with its measurement."""

from collections import Counter
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from companion.devices.records.payloads import RawPayload
from companion.hub.parts import parts_of

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def value(kind: str, number: int) -> RawPayload:
    return RawPayload(kind, bytes([0]) + number.to_bytes(2, "little"), NOON)


def record(number: int) -> RawPayload:
    return value("2a18", number)


def context(number: int) -> RawPayload:
    return value("2a34", number)


VALUES = st.lists(st.builds(value, st.sampled_from(["2a18", "2a34", "2a35"]), st.integers(0, 12)), max_size=60)


def test_nothing_at_all_is_one_empty_part() -> None:
    assert parts_of([]) == [[]]


def test_a_context_that_comes_late_goes_with_its_measurement() -> None:
    payloads = [*(record(n) for n in range(10)), *(context(n) for n in range(10))]

    parts = parts_of(payloads, most=7)

    assert [{p.raw for p in part if p.characteristic == "2a18"} for part in parts] == [
        {p.raw for p in part if p.characteristic == "2a34"} for part in parts
    ]


def test_a_context_that_comes_early_goes_with_its_measurement() -> None:
    assert parts_of([context(2), record(1), record(2)]) == [[record(1), context(2), record(2)]]


def test_parts_are_about_equal_so_that_none_looks_like_a_single_new_value() -> None:
    parts = parts_of([value("2a35", n) for n in range(501)])

    assert [len(part) for part in parts] == [251, 250]


def test_every_part_of_a_sensors_values_says_when_its_session_started() -> None:
    start, values = value("2aaa", 1), [value("2aa7", n) for n in range(20)]

    parts = parts_of([start, *values], most=8)

    assert [part[0] for part in parts] == [start] * len(parts)
    assert [payload for part in parts for payload in part[1:]] == values
    assert max(map(len, parts)) <= 8


def test_without_contexts_the_order_stays() -> None:
    payloads = [record(n % 700) for n in range(1400)]

    assert [payload for part in parts_of(payloads) for payload in part] == payloads


@given(VALUES, st.integers(1, 9))
def test_every_value_is_in_one_part_and_no_part_is_too_large(payloads: list[RawPayload], most: int) -> None:
    parts = parts_of(payloads, most)

    assert Counter(p for part in parts for p in part) == Counter(payloads)
    assert all(len(part) <= most for part in parts)
    assert all(parts) or parts == [[]]


@given(st.lists(st.integers(0, 300), unique=True, max_size=80), st.randoms())
def test_pairs_are_never_cut_however_they_are_shuffled(numbers: list[int], dice: object) -> None:
    payloads = [each for n in numbers for each in (record(n), context(n))]
    dice.shuffle(payloads)  # type: ignore[attr-defined]

    for part in parts_of(payloads, most=10):
        kinds = {kind: {p.raw for p in part if p.characteristic == kind} for kind in ("2a18", "2a34")}
        assert kinds["2a18"] == kinds["2a34"]
