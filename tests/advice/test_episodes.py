"""Urgent events that are one and the same are told once, in whatever order and however often they come in."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.advice.alarms.episodes import FAMILIES, FAMILY_OF, LONGEST, Episode, Met, follow, is_part_of, seriousness
from companion.messages.wording import KIND_OF
from companion.web.in_words.advice_words import EVENTS

NINE = datetime(2026, 3, 4, 9, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def kept(known: list[Episode], met: list[Met], ids: "count[int]") -> tuple[list[Episode], list[str]]:
    """The episodes afterwards, as the service keeps them, and the events that were told."""
    changes = follow(known, met)
    now = {episode.id: episode for episode in known}
    for change in changes:
        number = change.episode.id or next(ids)
        now[number] = Episode(number, change.episode.event, change.episode.first_at, change.episode.last_at)
    return list(now.values()), [change.episode.event for change in changes if change.is_worse]


@pytest.mark.parametrize(
    ("event", "minutes", "is_one"),
    [
        ("hypo_l2", 15, True),
        ("hypo_l2", 60, True),
        ("hypo_l2", 61, False),
        ("hypo_l1", -60, True),
        ("hypo_l1", -61, False),
        ("hyper", 15, False),
    ],
)
def test_a_low_within_an_hour_of_a_low_is_the_same(event: str, minutes: float, is_one: bool) -> None:
    low = Episode(1, "hypo_l2", NINE, NINE)

    assert is_part_of(low, Met(event, at(minutes))) is is_one


@pytest.mark.parametrize(("hours", "is_one"), [(3, True), (24, True), (25, False)])
def test_high_values_of_one_day_are_the_same(hours: float, is_one: bool) -> None:
    high = Episode(1, "hyper", NINE, NINE)

    assert is_part_of(high, Met("hyper", NINE + timedelta(hours=hours))) is is_one


def test_what_goes_on_for_more_than_a_day_is_told_once_more() -> None:
    sensor = [Met("hypo_l2", at(5 * n)) for n in range(12 * 26)]
    known: list[Episode] = []
    told: list[str] = []
    ids = count(1)

    for value in sensor:
        known, new = kept(known, [value], ids)
        told += new

    assert told == ["hypo_l2", "hypo_l2"]


def test_the_same_again_changes_nothing() -> None:
    low = Episode(1, "hypo_l2", NINE, at(30))

    assert follow([low], [Met("hypo_l2", at(10)), Met("hypo_l1", at(30))]) == []


def test_what_gets_worse_is_told_and_what_gets_better_is_not() -> None:
    low = Episode(1, "hypo_l1", NINE, NINE)

    (worse,) = follow([low], [Met("hypo_l2", at(10))])
    (better,) = follow([worse.episode], [Met("hypo_l1", at(20))])

    assert (worse.is_worse, worse.episode.event) == (True, "hypo_l2")
    assert (better.is_worse, better.episode.event) == (False, "hypo_l2")


def test_two_levels_met_at_once_are_one_episode_of_the_more_serious() -> None:
    changes = follow([], [Met("hypo_l1", at(5)), Met("hypo_l2", NINE)])

    assert [change.episode for change in changes] == [Episode(None, "hypo_l2", NINE, at(5))]


def test_an_older_value_that_comes_in_later_is_the_same_episode() -> None:
    low = Episode(1, "hypo_l2", NINE, NINE)

    (change,) = follow([low], [Met("hypo_l2", at(-10))])

    assert change.episode == Episode(1, "hypo_l2", at(-10), NINE)
    assert not change.is_worse


def test_what_an_episode_tells_of_is_not_told_by_a_later_one_nearby() -> None:
    met = [Met("ill", at(1441)), Met("vomiting", at(0)), Met("vomiting", at(1))]
    known, _ = kept([], met, count(1))

    again = follow(known, met)

    assert again == []


def test_every_event_has_a_text_and_a_name() -> None:
    assert FAMILY_OF.keys() == KIND_OF.keys()
    assert FAMILY_OF.keys() <= EVENTS.keys(), "others reach the clinic as words, and are no episodes"


events = st.sampled_from(sorted(FAMILY_OF))
moments = st.integers(0, 3 * 24 * 60).map(at)
mets = st.builds(Met, events, moments)


@given(st.lists(st.lists(mets, max_size=4), max_size=12))
def test_nothing_is_told_twice_about_one_episode(batches: list[list[Met]]) -> None:
    known: list[Episode] = []
    told: list[tuple[int | None, str]] = []
    ids = count(1)

    for batch in [*batches, *batches]:  # all of it once more, as a replay
        before = {episode.id: episode.event for episode in known}
        known, _ = kept(known, batch, ids)
        told += [(e.id, e.event) for e in known if before.get(e.id) != e.event]

    assert len(told) == len(set(told))


@given(st.lists(mets, max_size=8), st.lists(mets, max_size=8))
def test_following_again_what_is_known_finds_nothing(first: list[Met], second: list[Met]) -> None:
    ids = count(1)
    known, _ = kept([], first, ids)
    known, _ = kept(known, second, ids)

    again = [each for each in follow(known, first + second) if each.is_worse]

    assert again == []


@given(st.lists(mets, min_size=1, max_size=12))
def test_everything_met_lies_in_an_episode_at_least_as_serious_and_none_is_longer_than_a_day(met: list[Met]) -> None:
    known, _ = kept([], met, count(1))

    for each in met:
        family = [e for e in known if FAMILY_OF[e.event] == FAMILY_OF[each.event]]
        around = [e for e in family if e.first_at <= each.at <= e.last_at]
        assert any(seriousness(e.event) >= seriousness(each.event) for e in around)
    assert all(e.last_at - e.first_at <= LONGEST for e in known)


def test_every_family_starts_with_its_mildest() -> None:
    assert [family.events[0] for family in FAMILIES.values()] == [
        "hypo_l1", "hyper", "ketones_watch", "bp_severe", "bp_low", "ill", "dizzy", "fall", "symptoms",
    ]  # fmt: skip
