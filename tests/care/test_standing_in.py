"""Who stands in for whom: covers hand on, and never in a circle."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.care.standing_in import Span, at_work, goes_in_a_circle, last_cover

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def span(clinician: int, cover: int, first: int = 0, last: int = 7) -> Span:
    """From one day after that Monday to another."""
    return Span(clinician, cover, MONDAY + timedelta(days=first), MONDAY + timedelta(days=last))


@pytest.mark.parametrize(
    ("away", "who", "cover"),
    [
        ({}, 1, None),
        ({1: 2}, 1, 2),
        ({1: 2}, 2, None),
        ({1: 2, 2: 3}, 1, 3),
        ({1: 2, 2: 3}, 2, 3),
        ({1: 2, 2: 1}, 1, None),
        ({1: 2, 2: 3, 3: 2}, 1, None),
        ({1: 1}, 1, None),
    ],
)
def test_a_cover_who_is_away_hands_on(away: dict[int, int], who: int, cover: int | None) -> None:
    assert last_cover(away, who) == cover


PEOPLE = st.integers(1, 6)


@given(st.dictionaries(PEOPLE, PEOPLE), PEOPLE)
def test_whoever_stands_in_is_here_and_is_not_oneself(away: dict[int, int], who: int) -> None:
    cover = last_cover(away, who)

    assert cover is None or (cover not in away and cover != who)


@pytest.mark.parametrize(
    ("wanted", "others", "circle"),
    [
        (span(1, 2), [], False),
        (span(1, 1), [], True),
        (span(1, 2), [span(2, 1)], True),
        (span(1, 2), [span(2, 3)], False),
        (span(1, 2), [span(2, 3), span(3, 1)], True),
        # One after the other is no circle, to the very instant.
        (span(1, 2, 0, 3), [span(2, 1, 3, 7)], False),
        # Nor are three whose times never meet.
        (span(1, 2, 0, 7), [span(2, 3, 0, 3), span(3, 1, 3, 7)], False),
        # A circle among others is not theirs who come new.
        (span(1, 2), [span(2, 3), span(3, 2)], False),
    ],
)
def test_a_circle_is_seen_before_it_closes(wanted: Span, others: list[Span], circle: bool) -> None:
    assert goes_in_a_circle(wanted, others) is circle


SPANS = st.builds(span, st.integers(1, 5), st.integers(1, 5), st.integers(0, 4), st.integers(5, 9))


@given(st.lists(SPANS, max_size=12))
def test_who_is_let_away_only_without_a_circle_always_has_a_cover(wanted: list[Span]) -> None:
    kept: list[Span] = []
    for each in wanted:
        is_away_then = any(other.clinician_id == each.clinician_id for other in kept)
        if not is_away_then and not goes_in_a_circle(each, kept):
            kept.append(each)

    for day in range(10):
        at = MONDAY + timedelta(days=day)
        away = {each.clinician_id: each.cover_id for each in kept if each.starts_at <= at < each.ends_at}
        assert all(last_cover(away, who) is not None for who in away)


@pytest.mark.parametrize(
    ("doctors", "away", "closed_to", "expected"),
    [
        ([1], {}, set(), [1]),
        ([2, 1], {}, set(), [2, 1]),
        ([1], {1: 9}, set(), [9]),
        ([1, 2], {1: 9}, set(), [9, 2]),
        # The cover is the patient's own doctor, too: once.
        ([1, 2], {1: 2}, set(), [2]),
        ([1], {1: 9, 9: 8}, set(), [8]),
        # Nobody stands in: who is away hears all the same.
        ([1], {1: 9, 9: 1}, set(), [1]),
        # The patient does not want to be seen by the cover.
        ([1], {1: 9}, {9}, [1]),
        ([], {1: 9}, set(), []),
    ],
)
def test_who_is_at_work(doctors: list[int], away: dict[int, int], closed_to: set[int], expected: list[int]) -> None:
    assert at_work(doctors, away, closed_to) == expected


@given(st.lists(PEOPLE, min_size=1, unique=True), st.dictionaries(PEOPLE, PEOPLE), st.sets(PEOPLE))
def test_somebody_is_always_at_work_and_nobody_whom_the_patient_left(
    doctors: list[int], away: dict[int, int], ended: set[int]
) -> None:
    closed_to = ended - set(doctors)

    found = at_work(doctors, away, closed_to)

    assert found
    assert not set(found) & closed_to
    assert len(found) == len(set(found))
