"""What doses and readings are called in addresses: the same back, and nothing but a refusal for anything else."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.readings.reading import Kind, Metric, Reading
from companion.web.api.paging import page_of
from companion.web.api.problems import Problem
from companion.web.identifiers import parse_reading_id, reading_id

instants = st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
)


@given(st.sampled_from(Metric), instants, st.text(max_size=40), st.integers(0, 2**31))
def test_a_readings_name_leads_back_to_its_key(metric: Metric, at: datetime, device: str, sequence: int) -> None:
    reading = Reading("pa_1", metric, at, device, sequence, Decimal(100), "mg/dL", Kind.METER, "in_1")

    key = parse_reading_id(reading_id(reading))

    assert key is not None
    assert (key.metric, key.taken_at, key.device, key.sequence) == (metric, at, device, sequence)


@given(st.text())
def test_any_other_word_is_no_name(word: str) -> None:
    key = parse_reading_id(word)

    assert key is None


@given(st.text(min_size=1))
def test_any_other_word_is_no_cursor(word: str) -> None:
    with pytest.raises(Problem):
        page_of([1, 2], lambda item: [item], cursor=word, limit=1)


@given(st.lists(st.integers(), unique=True), st.integers(1, 5))
def test_pages_give_every_item_once_in_order(items: list[int], limit: int) -> None:
    seen: list[int] = []
    cursor: str | None = None

    while True:
        page, cursor = page_of(items, lambda item: [item], cursor=cursor, limit=limit)
        seen += page
        if cursor is None:
            break

    assert seen == sorted(items, reverse=True)
