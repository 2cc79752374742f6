"""A rule in plain words, in both languages, as a doctor or a patient would say it. Pure.

"1 tablet every morning and evening, after food" and "每天早晚各 1 片，饭后". Times of day are named by their part
of the day where that tells them apart, and by the clock where it does not.
"""

from collections.abc import Iterable, Sequence
from datetime import time, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise

from companion.i18n import translate
from companion.reminders.schedules.rule import (
    AfterTaken,
    AsNeeded,
    Cycle,
    Daily,
    DaysOfMonth,
    EveryNDays,
    Interval,
    Linked,
    Rule,
    Step,
    Taper,
    Weekdays,
    Window,
)


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


PARTS = (
    (time(5), _("morning")), (time(11), _("noon")), (time(14), _("afternoon")), (time(17), _("evening")),
    (time(22), _("night")),
)  # fmt: skip
"""When each part of the day begins; night goes on until morning."""
COMMON = (_("morning and evening"), _("morning, noon and evening"), _("morning and noon"), _("morning and night"))
"""What Chinese says in one word."""
DAYS = {
    "mon": _("Monday"), "tue": _("Tuesday"), "wed": _("Wednesday"), "thu": _("Thursday"), "fri": _("Friday"),
    "sat": _("Saturday"), "sun": _("Sunday"),
}  # fmt: skip
FOOD = {"before": _("before food"), "with": _("with food"), "after": _("after food")}
ONE = {
    "U": _("unit"), "mg": _("mg"), "ml": _("ml"),
    "tablet": _("tablet"), "puff": _("puff"), "drop": _("drop"),
}  # fmt: skip
MANY = {"U": _("units"), "tablet": _("tablets"), "puff": _("puffs"), "drop": _("drops")}
SHORTEST_MONTH = 28


def describe(
    language: str, rule: Rule, amount: Decimal | str, unit: str, food: str = "", *, other: str | None = None
) -> str:
    """The whole prescription in a line. `other`: the name of the medicine it is linked to."""
    said = _said(language, rule, dose(language, amount, unit), unit, other)
    if not food:
        return said
    return translate(language, _("%(what)s, %(food)s"), what=said, food=translate(language, FOOD[food]))


def dose(language: str, amount: Decimal | str, unit: str) -> str:
    """ "1 tablet", "2 tablets"; an amount that is no number stays as it was written."""
    number = _plain(amount)
    return f"{number} {unit_of(language, number, unit)}"


def unit_of(language: str, number: Decimal | str, unit: str) -> str:
    """ "unit" of 1, "units" of any other number: who reads "16 U" may take the U for a nought."""
    name = ONE[unit] if _plain(number) == "1" else MANY.get(unit, ONE[unit])
    return translate(language, name)


def _plain(amount: Decimal | str) -> str:
    try:
        return f"{Decimal(amount).normalize():f}"
    except InvalidOperation:
        return str(amount)


def _said(language: str, rule: Rule, what: str, unit: str, other: str | None) -> str:
    match rule:
        case Daily():
            return _every_day(language, rule, what, unit)
        case Weekdays() | EveryNDays() | DaysOfMonth() | Cycle():
            return _on_days(language, rule, what, unit)
        case Window():
            text = _("%(dose)s every %(every)s from %(from)s to %(to)s, every day")
            every = duration(language, timedelta(minutes=rule.every_minutes))
            clock = {"from": f"{rule.opens:%H:%M}", "to": f"{rule.closes:%H:%M}"}
            return translate(language, text, dose=what, every=every, **clock)
        case Taper():
            return _taper(language, rule.steps, unit)
        case Interval():
            text = _("%(dose)s every %(every)s, by day and by night")
            return translate(language, text, dose=what, every=duration(language, rule.every))
        case AsNeeded():
            return _as_needed(language, rule, what)
        case AfterTaken():
            text = _("%(dose)s, %(wait)s after the last one was taken")
            return translate(language, text, dose=what, wait=duration(language, rule.every))
        case Linked():
            return _linked(language, rule, what, other or translate(language, _("another medicine")))


# Rules of the wall clock


def _every_day(language: str, rule: Daily, what: str, unit: str) -> str:
    if rule.amounts:
        each = _amounts_by_time(language, rule.times, rule.amounts, unit)
        return translate(language, _("every day %(doses)s"), doses=each)
    parts = parts_of_day(language, rule.times)
    if parts is None:
        text = _("%(dose)s every day at %(clock)s")
        return translate(language, text, dose=what, clock=_clocks(language, rule.times))
    if len(rule.times) == 1:
        return translate(language, _("%(dose)s every %(part)s"), dose=what, part=parts)
    return translate(language, _("%(dose)s every %(parts)s"), dose=what, parts=parts)


def _on_days(language: str, rule: Weekdays | EveryNDays | DaysOfMonth | Cycle, what: str, unit: str) -> str:
    days = _days(language, rule)
    if rule.amounts:
        each = _amounts_by_time(language, rule.times, rule.amounts, unit)
        return translate(language, _("%(days)s %(doses)s"), days=days, doses=each)
    if len(rule.times) == 1:
        when = _at(language, rule.times)
        return translate(language, _("%(dose)s %(time)s, %(days)s"), dose=what, time=when, days=days)
    return translate(language, _("%(dose)s %(times)s, %(days)s"), dose=what, times=_at(language, rule.times), days=days)


def _days(language: str, rule: Weekdays | EveryNDays | DaysOfMonth | Cycle) -> str:
    match rule:
        case Weekdays():
            names = [translate(language, DAYS[day]) for day in DAYS if day in rule.days]
            return translate(language, _("every %(weekdays)s"), weekdays=_listed(language, names))
        case EveryNDays():
            if rule.n <= 2:
                return translate(language, _("every day") if rule.n == 1 else _("every other day"))
            return translate(language, _("every %(n)s days"), n=rule.n)
        case DaysOfMonth():
            text = _("each month on day %(days)s")
            if max(rule.days) > SHORTEST_MONTH:
                text = _("each month on day %(days)s (in a shorter month on its last day)")
            return translate(language, text, days=_listed(language, [str(day) for day in sorted(rule.days)]))
        case Cycle():
            if rule.off == 0:
                return translate(language, _("every day"))
            on, off = _so_many_days(language, rule.on), _so_many_days(language, rule.off)
            return translate(language, _("%(on)s on, then %(off)s off"), on=on, off=off)


def _so_many_days(language: str, n: int) -> str:
    return translate(language, _("1 day") if n == 1 else _("%(days)s days"), days=n)


def _taper(language: str, steps: Sequence[Step], unit: str) -> str:
    once, often = _("%(dose)s %(time)s for %(days)s"), _("%(dose)s %(times)s for %(days)s")
    said = (
        translate(
            language,
            once if len(step.times) == 1 else often,
            dose=dose(language, step.amount, unit),
            time=_at(language, step.times),
            times=_at(language, step.times),
            days=_so_many_days(language, step.days),
        )
        for step in steps
    )
    return translate(language, _(", then ")).join(said)


def _amounts_by_time(language: str, times: Sequence[time], amounts: Sequence[str], unit: str) -> str:
    each = (
        translate(language, _("%(dose)s at %(clock)s"), dose=dose(language, amount, unit), clock=f"{at:%H:%M}")
        for at, amount in zip(times, amounts, strict=True)
    )
    return _listed(language, list(each))


def parts_of_day(language: str, times: Sequence[time]) -> str | None:
    """ "morning and evening"; None where two times fall into one part of the day."""
    parts = [_part(at) for at in times]
    if any(first == second for first, second in pairwise(sorted(parts))):
        return None
    whole = _listed("en", parts)
    if whole in COMMON:
        return translate(language, whole)
    return _listed(language, [translate(language, part) for part in parts])


def _part(at: time) -> str:
    return next((name for begins, name in reversed(PARTS) if at >= begins), PARTS[-1][1])


def _at(language: str, times: Sequence[time]) -> str:
    """The parts of the day, or else the times on the clock."""
    parts = parts_of_day(language, times)
    return parts or translate(language, _("at %(clock)s"), clock=_clocks(language, times))


def _clocks(language: str, times: Iterable[time]) -> str:
    return _listed(language, [f"{at:%H:%M}" for at in times])


# What was taken


def _as_needed(language: str, rule: AsNeeded, what: str) -> str:
    if rule.min_gap_minutes == 0:
        return translate(
            language, _("%(dose)s when needed, at most %(max)s in 24 hours"), dose=what, max=rule.max_per_24h
        )
    return translate(
        language,
        _("%(dose)s when needed, at most %(max)s in 24 hours, at least %(gap)s apart"),
        dose=what,
        max=rule.max_per_24h,
        gap=duration(language, timedelta(minutes=rule.min_gap_minutes)),
    )


def _linked(language: str, rule: Linked, what: str, other: str) -> str:
    if rule.minutes == 0:
        return translate(language, _("%(dose)s as soon as %(other)s was taken"), dose=what, other=other)
    wait = duration(language, timedelta(minutes=rule.minutes))
    return translate(language, _("%(dose)s, %(wait)s after %(other)s was taken"), dose=what, wait=wait, other=other)


def duration(language: str, wait: timedelta) -> str:
    """ "1 hour", "2.5 hours"; "90 minutes" and "200 minutes" where that many hours would be a fraction, or rounded."""
    minutes = wait // timedelta(minutes=1)
    if minutes == 0 or minutes % (60 if minutes < 120 else 30):
        return translate(language, _("%(n)s minute") if minutes == 1 else _("%(n)s minutes"), n=minutes)
    hours = f"{(Decimal(minutes) / 60).normalize():f}"
    return translate(language, _("%(n)s hour") if hours == "1" else _("%(n)s hours"), n=hours)


def _listed(language: str, names: Sequence[str]) -> str:
    """ "a, b and c"."""
    if len(names) == 1:
        return names[0]
    first = translate(language, _(", ")).join(names[:-1])
    return translate(language, _("%(first)s and %(last)s"), first=first, last=names[-1])
