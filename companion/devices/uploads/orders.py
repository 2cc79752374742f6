"""The one order of day and month that a whole file is read with: what its dates allow, else what a person chose."""

from collections.abc import Iterable
from typing import NamedTuple

from companion.devices.uploads.dates import ORDERS, DateParts, in_order, is_year_first, split_time

_MOST_REMEMBERED = 50_000
"""Dates. A person's life has 30,000 days."""

_DATE_WIDTH = 12
"""Letters in which the date of any text is told, if not its year."""


class DateOrder(NamedTuple):
    """`order` is None while a person must choose between `possible`, or when no row has a date."""

    order: str | None
    possible: tuple[str, ...]


class Votes:
    """Gathers what the dates of a file say, one after the other."""

    def __init__(self, chosen: str | None) -> None:
        self._chosen = chosen
        self._heard: set[tuple[str, str, str]] = set()
        self._heard_texts: set[str] = set()
        self._agreed = set(ORDERS)
        self._needed: set[str] = set()
        self._any_year_first = False
        self._any_other = False

    def hear(self, parts: DateParts) -> None:
        """One date; the same date again says nothing new. One that makes sense in no order is a row to reject."""
        if parts.numbers in self._heard:
            return
        if len(self._heard) >= _MOST_REMEMBERED:
            self._heard.clear()
        self._heard.add(parts.numbers)
        if is_year_first(parts):
            self._any_year_first = True
            return
        self._any_other = True
        orders = self._orders_of(parts)
        if orders:
            self._agreed &= orders
            self._needed |= orders

    def possible(self) -> tuple[str, ...]:
        """The orders in which the dates make sense; one when a day above 12 settles it.

        When rows contradict each other, every order that some row needs is left for a person to choose from.
        Empty without a readable date.
        """
        if not self._any_other:
            return ("YMD",) if self._any_year_first else ()
        allowed = self._agreed or self._needed
        return tuple(order for order in ORDERS if self._needed and order in allowed)

    def decision(self) -> DateOrder:
        """By the rows, else as chosen, else open."""
        possible = self.possible()
        if len(possible) == 1:
            return DateOrder(possible[0], possible)
        return DateOrder(self._chosen if self._chosen in possible else None, possible)

    def _orders_of(self, parts: DateParts) -> set[str]:
        """Two digits that stand first are taken for a year only when a person chose so."""
        candidates = {"DMY", "MDY"} | ({"YMD"} if self._chosen == "YMD" else set())
        return {order for order in candidates if in_order(parts, order)}

    def hear_text(self, text: str) -> None:
        """One time, if it is one."""
        date = text[:_DATE_WIDTH]
        if date in self._heard_texts:
            return
        parts = split_time(text)
        if parts:
            self.hear(parts)
            if len(self._heard_texts) >= _MOST_REMEMBERED:
                self._heard_texts.clear()
            self._heard_texts.add(date)


def decide_order(texts: Iterable[str], chosen: str | None) -> DateOrder:
    """The order that these times show."""
    votes = Votes(chosen)
    for text in texts:
        votes.hear_text(text)
    return votes.decision()
