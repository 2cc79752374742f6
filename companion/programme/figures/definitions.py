"""Which figures there are, what of which view each divides by what, and the months they are told of. Pure.

The views themselves are made by migration 0038; `docs/programme-figures.md` says each in words.
"""

import re
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from companion.errors import BadInput

MONTHS_SHOWN = 12
A_YEAR, A_QUARTER = 12, 3


class Kind(StrEnum):
    """How a figure is told."""

    PEOPLE = "people"  # so many of so many people
    SHARE = "share"  # of things that people have several of
    MONEY = "money"  # hundredths, and of how many orders


class Figure(NamedTuple):
    """`counted` and `among`: columns of the view, summed up; `by_currency`: one figure for each currency. `adds_up`:
    whether a quarter is the sum of its months; who is active in each of three months is not three times active."""

    name: str
    view: str
    kind: Kind
    counted: str = "counted"
    among: str = "among"
    by_currency: bool = False
    adds_up: bool = True


FIGURES = (
    Figure("mau", "figure_mau", Kind.PEOPLE, adds_up=False),
    Figure("retention", "figure_retention", Kind.PEOPLE, adds_up=False),
    Figure("reminders.handed_over", "figure_reminders", Kind.SHARE, "handed_over", "reminded"),
    Figure("reminders.delivered", "figure_reminders", Kind.SHARE, "delivered", "reminded"),
    Figure("reminders.answered", "figure_reminders", Kind.SHARE, "answered", "reminded"),
    Figure("reminders.taken", "figure_reminders", Kind.SHARE, "taken", "reminded"),
    Figure("refills.repeat", "figure_repeat_refills", Kind.SHARE),
    Figure("orders.on_time", "figure_on_time", Kind.SHARE),
    Figure("orders.value", "figure_order_value", Kind.MONEY, by_currency=True),
    Figure("csat", "figure_csat", Kind.PEOPLE),
    Figure("survey.answered", "figure_survey_answered", Kind.PEOPLE),
)
"""In the order of the page."""


class Counted(NamedTuple):
    """One figure of one month or quarter (`period`): `counted` of `among`, from the data of so many `people`."""

    name: str
    period: int
    counted: int
    among: int
    people: int
    currency: str | None = None


def month_no(on: date) -> int:
    """As the views number months."""
    return on.year * A_YEAR + on.month - 1


def month_text(number: int) -> str:
    """2026-03."""
    return f"{number // A_YEAR}-{number % A_YEAR + 1:02d}"


def full_months(today: date) -> range:
    """The last twelve months that are over, by the day in UTC. What is noted late changes them, still."""
    this = month_no(today)
    return range(this - MONTHS_SHOWN, this)


def quarter_text(number: int) -> str:
    """2026-Q1, of the number of a quarter: that of its months divided by three."""
    return f"{number // 4}-Q{number % 4 + 1}"


def quarter_of(text: str) -> int:
    """The number of "2026-Q1". Raises BadInput."""
    found = re.fullmatch(r"(\d{4})-Q([1-4])", text)
    if found is None:
        raise BadInput(f"{text!r} is no quarter", where="quarter", advice="write it like 2026-Q1")
    return int(found[1]) * 4 + int(found[2]) - 1


def full_quarters(today: date) -> range:
    """The last four quarters that are over."""
    this = month_no(today) // A_QUARTER
    return range(this - 4, this)


def months_of(quarter: int) -> range:
    """Its three months."""
    return range(quarter * A_QUARTER, (quarter + 1) * A_QUARTER)
