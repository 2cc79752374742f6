"""Teach-back: the patient says in own words, or chooses, what the new dose is and from which day. Pure.

Teach-back, and a nurse for whom it does not go well: reference/clinical.md §4. The numbers are our own, and wait for a
clinician's word [P].
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from hashlib import blake2b

TRIES = 2
"""So many answers may be wrong; after that a person asks. [P]"""
CHOICES = 4
DAYS = 3
"""From today on, so many days are offered as the first one; later ones where the right one is later. [P]"""

DECREASE_MAY_WAIT = timedelta(hours=4)
"""How long the patient may be silent about a lower dose. Somebody calls at once in any case. [P]"""
INCREASE_MAY_WAIT = timedelta(hours=24)
"""The same for a higher one, which does not hold until then. [P]"""
SECOND_TRY_WITHIN = timedelta(hours=4)
"""How soon a wrong answer has to be followed by a right one. [P]"""


class Heard(StrEnum):
    """What an answer is."""

    RIGHT = "right"
    HALF = "half"  # the amount is right, and no day was named
    WRONG = "wrong"


class Then(StrEnum):
    """What follows from an answer."""

    CONFIRMED = "confirmed"
    ASK_DAY = "ask_day"
    ASK_AGAIN = "ask_again"
    ASK_NURSE = "ask_nurse"


@dataclass(frozen=True)
class Change:
    """What the patient has to know: the new amount, and the local day of the next dose, which is the first with it.

    `before`: what held when it was made. `name` tells it from every other change.
    """

    name: str
    amount: Decimal
    before: Decimal | None
    starts_on: date

    @property
    def is_decrease(self) -> bool:
        return self.before is not None and self.amount < self.before


@dataclass(frozen=True)
class Said:
    """An answer. None: nothing was said of it."""

    amount: Decimal | None
    starts_on: date | None


_UNIT = r"(?:iu|units?|u|mg|ml|tablets?|puffs?|drops?|单位|國際單位|毫克|毫升|片|喷|滴)"
_AMOUNT = re.compile(rf"(\d{{1,6}}(?:[.,]\d{{1,3}})?)\s*{_UNIT}?")


def amount_in(text: str) -> Decimal | None:
    """The amount that was written, however it was: "18", "18 U", "18,0", "１８单位"; None for no amount."""
    found = _AMOUNT.fullmatch(unicodedata.normalize("NFKC", text).strip().casefold())
    return Decimal(found[1].replace(",", ".")) if found else None


def fingerprint(change: Change) -> str:
    """What a page that asks carries: a change whose first day is another one by now was not the one that was read."""
    return _shuffled(f"{change.name}:{change.starts_on}").hex()


def judge(change: Change, said: Said) -> Heard:
    """Whether the answer is right: the number counts, not how it was written (18 is 18.0)."""
    if said.amount != change.amount:
        return Heard.WRONG
    if said.starts_on is None:
        return Heard.HALF
    return Heard.RIGHT if said.starts_on == change.starts_on else Heard.WRONG


def then(heard: Heard, wrong_before: int) -> Then:
    """What follows, after so many wrong answers: one is followed by a second try, the next by a person."""
    if heard is Heard.RIGHT:
        return Then.CONFIRMED
    if heard is Heard.HALF:
        return Then.ASK_DAY
    return Then.ASK_AGAIN if wrong_before + 1 < TRIES else Then.ASK_NURSE


def nurse_asks_at(is_decrease: bool, made_at: datetime, last_answer_at: datetime | None) -> datetime:
    """When it is a nurse's, unless the patient has said it rightly by then."""
    silent_until = made_at + (DECREASE_MAY_WAIT if is_decrease else INCREASE_MAY_WAIT)
    return silent_until if last_answer_at is None else min(silent_until, last_answer_at + SECOND_TRY_WITHIN)


# What is offered to choose from


def amounts_offered(change: Change, wrong_before: int) -> tuple[Decimal, ...]:
    """The right amount among plausible ones, in an order that stays while the page is looked at again and changes with
    the next try. Of a decrease the old amount is not among them, nor anything above it."""
    others = [each for digits in (0, 1) for each in _plausible(change, digits) if _may_stand_beside(change, each)]
    offered = list(dict.fromkeys([change.amount, *others]))[:CHOICES]
    return tuple(sorted(offered, key=lambda amount: _shuffled(f"{change.name}:{wrong_before}:{amount.normalize():f}")))


def days_offered(change: Change, today: date) -> tuple[date, ...]:
    """The days from today on, as a calendar has them; the right one is among them."""
    last = max(today + timedelta(days=DAYS - 1), change.starts_on + timedelta(days=1))
    first = min(today, change.starts_on)
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))


def _plausible(change: Change, digits: int) -> list[Decimal]:
    """The old amount, as far on the other side and beyond, then parts and multiples of the new one; with so many digits
    more than the change itself: nobody is offered 13.5 of a pen that has whole units, where 13 will do."""
    before = change.amount * 2 if change.before is None else change.before
    step = abs(change.amount - before)
    near = [before, *(change.amount + step * times for times in (1, -1, -2)), (before + change.amount) / 2]
    far = [change.amount * times for times in (Decimal("0.5"), Decimal("0.75"), Decimal("1.5"), Decimal("0.25"))]
    finest = Decimal(1).scaleb(min(0, _exponent(change.amount), _exponent(before)) - digits)
    return [amount.quantize(finest).normalize() for amount in near + far]


def _may_stand_beside(change: Change, amount: Decimal) -> bool:
    is_below_the_old = not change.is_decrease or (change.before is not None and amount < change.before)
    return amount > 0 and amount != change.amount and is_below_the_old


def _exponent(amount: Decimal) -> int:
    exponent = amount.normalize().as_tuple().exponent
    assert isinstance(exponent, int), "a prescribed amount is a number"
    return exponent


def _shuffled(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=8).digest()
