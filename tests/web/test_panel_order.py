"""Which lines the overview shows, and in what order."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from companion.panel.standing import Standing
from companion.panel.trend import Measure, Period
from companion.web.for_doctors.panel_order import By, Called, Chosen, Line, Show, how_many, ordered

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TODAY = NOON.date()

instants = st.integers(0, 40).map(lambda days: NOON - timedelta(days=days))
periods = st.builds(Period, n=st.integers(1, 30), days=st.integers(1, 14), figure=st.integers(0, 100).map(float))
spans = st.dictionaries(st.sampled_from(Measure), periods)
standings = st.builds(
    Standing,
    before=spans,
    after=spans,
    last_reading_at=st.none() | instants,
    last_answer_at=st.none() | instants,
)


def patient(number: int, name: str) -> Called:
    return Called(number, name)


lines = st.builds(
    Line,
    patient=st.builds(Called, st.integers(1, 10_000), st.text("ABC", min_size=1, max_size=3)),
    standing=st.none() | standings,
    silent_devices=st.just(()) | st.just((("Meter", NOON - timedelta(days=9)),)),
    plan_ends_on=st.none() | st.dates(date(2026, 11, 1), date(2027, 3, 1)),
    tasks=st.integers(0, 3),
    is_urgent=st.booleans(),
)


def chosen(show: Show = Show.ALL, by: By = By.NEED) -> Chosen:
    return Chosen(show, by, NOON - timedelta(days=7), TODAY)


@given(st.lists(lines, max_size=8), st.sampled_from(By))
def test_everybody_is_in_the_list_of_all_whatever_its_order(some: list[Line], by: By) -> None:
    found = ordered(some, chosen(by=by))

    assert sorted(map(id, found)) == sorted(map(id, some))


@given(st.lists(lines, max_size=8))
def test_a_filter_shows_as_many_as_it_says(some: list[Line]) -> None:
    counts = how_many(some, chosen())

    assert counts == {show: len(ordered(some, chosen(show))) for show in Show}


@given(st.lists(lines, min_size=2, max_size=8))
def test_nobody_stands_before_somebody_urgent(some: list[Line]) -> None:
    urgent = [line.is_urgent for line in ordered(some, chosen())]

    assert urgent == sorted(urgent, reverse=True)


@given(st.lists(lines, max_size=8))
def test_the_longest_silent_come_first(some: list[Line]) -> None:
    found = [line.standing for line in ordered(some, chosen(by=By.SILENCE)) if line.standing]
    heard = [standing.last_reading_at for standing in found]

    never = [at for at in heard if at is None]
    known = [at for at in heard if at is not None]
    assert heard == never + sorted(known)


def test_a_plan_that_is_over_or_ends_within_14_days_is_shown() -> None:
    days = {0: True, -5: True, 14: True, 15: False}
    found = {
        day: ordered([Line(patient(1, "A"), None, plan_ends_on=TODAY + timedelta(days=day))], ends)
        for day in days
        for ends in [chosen(Show.PLAN_ENDS)]
    }

    assert {day: bool(shown) for day, shown in found.items()} == days


def test_by_name_is_by_name() -> None:
    some = [Line(patient(n, name), None, is_urgent=name == "C") for n, name in enumerate("BCA")]

    assert [line.patient.name for line in ordered(some, chosen(by=By.NAME))] == ["A", "B", "C"]
