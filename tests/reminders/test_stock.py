"""What should be there, until when it lasts, and how far that is believed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.reminders.supply.stock import (
    COUNT_HOLDS,
    Answers,
    Doubt,
    Entry,
    EntryKind,
    Need,
    Stock,
    Use,
    doubts_about,
    known_since,
    oldest_expiry,
    on_hand,
    run_out_by_use,
    run_out_on,
    signed,
    used_a_day,
)

NOW = datetime(2026, 3, 15, 12, 0, tzinfo=UTC)
TODAY = NOW.date()
RECEIVED, COUNTED, LOST = EntryKind.RECEIVED, EntryKind.COUNTED, EntryKind.LOST
ALL_ANSWERED = Answers(0, 10)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def entry(days_ago: float, kind: EntryKind, amount: float) -> Entry:
    return Entry(ago(days_ago), kind, Decimal(str(amount)))


def daily_use(days: int, amount: str = "2") -> list[Use]:
    """The same on each of the last days."""
    return [Use(ago(day + 0.5), Decimal(amount)) for day in range(days)]


def needs(*amounts: int) -> list[Need]:
    """One a day, from today on."""
    return [Need(TODAY + timedelta(days=day), Decimal(amount)) for day, amount in enumerate(amounts)]


# On hand


@pytest.mark.parametrize(
    ("entries", "uses", "amount"),
    [
        ([], [], None),
        ([], daily_use(3), None),
        ([entry(5, RECEIVED, 30)], [], 30),
        ([entry(5, RECEIVED, 30)], daily_use(3), 24),
        ([entry(5, RECEIVED, 30)], daily_use(10), 20),
        ([entry(5, RECEIVED, 30), entry(4, EntryKind.WASTED, 1), entry(3, LOST, 2)], [], 27),
        ([entry(5, RECEIVED, 30), entry(4, EntryKind.RETURNED, 10)], [], 20),
        ([entry(9, RECEIVED, 30), entry(5, COUNTED, 12)], daily_use(10), 2),
        ([entry(5, COUNTED, 12), entry(4, RECEIVED, 30)], daily_use(2), 38),
        ([entry(5, LOST, 3)], [], None),
        ([entry(5, LOST, 3), entry(4, RECEIVED, 30)], [], 30),
        ([entry(5, RECEIVED, 2)], daily_use(3), -4),
        ([entry(-1, RECEIVED, 30)], [], None),
    ],
)
def test_on_hand_is_the_latest_count_and_everything_since(
    entries: list[Entry], uses: list[Use], amount: int | None
) -> None:
    assert on_hand(entries, uses, NOW) == amount


def test_half_a_tablet_is_half_a_tablet() -> None:
    assert on_hand([entry(5, RECEIVED, 10)], daily_use(3, "0.5"), NOW) == Decimal("8.5")


def test_of_one_instant_the_line_written_later_stands() -> None:
    assert on_hand([entry(1, RECEIVED, 30), entry(1, COUNTED, 28)], [], NOW) == 28
    assert on_hand([entry(1, COUNTED, 28), entry(1, RECEIVED, 30)], [], NOW) == 58


def test_an_answer_given_late_does_not_change_what_was_counted_since() -> None:
    """The count is of what was there: a dose before it that is noted as taken afterwards is not taken off twice."""
    before = on_hand([entry(2, COUNTED, 12)], [], NOW)
    after = on_hand([entry(2, COUNTED, 12)], [Use(ago(3), Decimal(1))], NOW)

    assert before == after == 12


LINES = st.lists(
    st.tuples(
        st.sampled_from([kind for kind in EntryKind if kind is not COUNTED]),
        st.decimals(0, 500, places=2),
        st.decimals(0, 20, places=2),
    ),
    max_size=12,
)


@given(st.decimals(0, 500, places=2), LINES)
def test_the_sum_of_the_ledger_is_what_is_on_hand(
    start: Decimal, lines: list[tuple[EntryKind, Decimal, Decimal]]
) -> None:
    entries, uses, total = [Entry(ago(20), RECEIVED, start)], [], start
    for number, (kind, amount, used) in enumerate(lines, start=1):
        entries.append(Entry(ago(20 - number), kind, amount))
        uses.append(Use(ago(20 - number), used))
        total += (amount if kind is RECEIVED else -amount) - used

    found = on_hand(entries, uses, NOW)

    assert found == total
    if total < 0:
        assert Doubt.LESS_THAN_NOTHING in doubts_about(
            found, known_since(entries, NOW), ALL_ANSWERED, may_have_expired=False, now=NOW
        )


@given(st.decimals(0, 500, places=2), st.decimals(0, 500, places=2), LINES)
def test_a_count_that_keeps_its_difference_leaves_the_sum_as_it_is(
    start: Decimal, counted: Decimal, lines: list[tuple[EntryKind, Decimal, Decimal]]
) -> None:
    """received + … + difference of the count = what was counted."""
    entries = [Entry(ago(40), RECEIVED, start)]
    entries += [Entry(ago(39 - number), kind, amount) for number, (kind, amount, _used) in enumerate(lines)]
    before = on_hand(entries, [], NOW)
    assert before is not None
    difference = counted - before

    after = on_hand([*entries, Entry(NOW, COUNTED, counted)], [], NOW)

    assert after == counted == start + sum(signed(line) for line in entries[1:]) + difference


# Until when


@pytest.mark.parametrize(
    ("amount", "coming", "day"),
    [
        (4, needs(2, 2, 2), 2),
        (5, needs(2, 2, 2), 2),
        (6, needs(2, 2, 2), None),
        (0, needs(0, 2), 1),
        (0, needs(2), 0),
        (-3, needs(2), 0),
        (3, needs(3, 0, 0, 1), 3),
        (6, needs(4, 2, 1), 2),
        (9, [], None),
    ],
    ids=str,
)
def test_the_run_out_day_is_that_of_the_first_dose_not_covered(
    amount: int, coming: list[Need], day: int | None
) -> None:
    found = run_out_on(Decimal(amount), coming)

    assert found == (None if day is None else TODAY + timedelta(days=day))


@given(st.integers(0, 60), st.integers(0, 60), st.lists(st.integers(0, 4), max_size=60))
def test_more_never_runs_out_earlier(amount: int, more: int, coming: list[int]) -> None:
    less, enough = (run_out_on(Decimal(a), needs(*coming)) for a in (amount, amount + more))

    assert (enough or date.max) >= (less or date.max)


@pytest.mark.parametrize(
    ("known_days", "a_day"), [(60, Decimal(2)), (28, Decimal(2)), (20, Decimal(2)), (14, Decimal(2)), (13, None)]
)
def test_actual_use_is_the_mean_of_four_weeks_or_of_two(known_days: int, a_day: Decimal | None) -> None:
    assert used_a_day(daily_use(60), ago(known_days), NOW) == a_day


def test_what_was_not_taken_lowers_the_use() -> None:
    assert used_a_day(daily_use(14), ago(28), NOW) == 1


@pytest.mark.parametrize(
    ("amount", "a_day", "days"),
    [("10", "2", 5), ("11", "2", 5), ("1", "2", 0), ("-4", "2", 0), ("10", "0", None), ("10000", "1", None)],
)
def test_by_use_it_lasts_as_long_as_it_went_on(amount: str, a_day: str, days: int | None) -> None:
    found = run_out_by_use(Decimal(amount), Decimal(a_day), TODAY)

    assert found == (None if days is None else TODAY + timedelta(days=days))


@pytest.mark.parametrize(("reorder_in", "is_low"), [(1, False), (0, True), (-3, True), (None, False)])
def test_the_reorder_point_is_a_day(reorder_in: int | None, is_low: bool) -> None:
    reorder_on = None if reorder_in is None else TODAY + timedelta(days=reorder_in)
    stock = Stock(Decimal(9), TODAY + timedelta(days=4), None, None, reorder_on, (), TODAY)

    assert stock.is_low is is_low
    assert stock.days_left == 4


# How far that is believed


@pytest.mark.parametrize(
    ("amount", "known_at", "answers", "doubts"),
    [
        (None, None, ALL_ANSWERED, (Doubt.NOTHING_KNOWN,)),
        (Decimal(9), ago(60), ALL_ANSWERED, ()),
        (Decimal(9), NOW - COUNT_HOLDS - timedelta(seconds=1), ALL_ANSWERED, (Doubt.NOT_COUNTED,)),
        (Decimal(-1), ago(1), ALL_ANSWERED, (Doubt.LESS_THAN_NOTHING,)),
        (Decimal(0), ago(1), ALL_ANSWERED, ()),
        (Decimal(9), ago(1), Answers(2, 10), ()),
        (Decimal(9), ago(1), Answers(3, 10), (Doubt.UNANSWERED,)),
        (Decimal(9), ago(1), Answers(0, 0), ()),
        (Decimal(-1), ago(90), Answers(9, 10), (Doubt.LESS_THAN_NOTHING, Doubt.NOT_COUNTED, Doubt.UNANSWERED)),
    ],
)
def test_low_confidence_is_said_with_its_reasons(
    amount: Decimal | None, known_at: datetime | None, answers: Answers, doubts: tuple[Doubt, ...]
) -> None:
    found = doubts_about(amount, known_at, answers, may_have_expired=False, now=NOW)

    assert found == doubts


def test_the_oldest_packs_are_thought_to_be_used_first() -> None:
    """30 of a pack that holds until May, and 10 of one that held until January."""
    may, january = date(2026, 5, 1), date(2026, 1, 1)
    packs = [(Decimal(30), may), (Decimal(30), january)]

    assert oldest_expiry(packs, Decimal(40)) == january
    assert oldest_expiry(packs, Decimal(30)) == may
    assert oldest_expiry(packs, Decimal(0)) is None
