"""Verdicts in plain words, in the reader's language. What was measured, never what to do."""

from collections.abc import Iterable

from companion.readings.meal_slots import Slot
from companion.web.charting.charts import Target
from companion.web.charting.verdicts import MeterVerdict, OfPart, PressureVerdict, SensorVerdict, Tone
from companion.web.language import gettext as _
from companion.web.language import lazy_gettext as _l
from companion.web.words import Words

SLOTS: Words = {
    Slot.BEFORE_BREAKFAST: _l("before breakfast"),
    Slot.AFTER_BREAKFAST: _l("after breakfast"),
    Slot.BEFORE_LUNCH: _l("before lunch"),
    Slot.AFTER_LUNCH: _l("after lunch"),
    Slot.BEFORE_DINNER: _l("before dinner"),
    Slot.AFTER_DINNER: _l("after dinner"),
    Slot.BEDTIME: _l("at bedtime"),
    Slot.MORNING: _l("in the morning"),
    Slot.MIDDAY: _l("at midday"),
    Slot.EVENING: _l("in the evening"),
    Slot.NIGHT: _l("at night"),
}
METER: Words = {
    Tone.MOST: _l("Most values are in the target: %(inside)s of %(n)s."),
    Tone.HALF: _l("About half of the values are in the target: %(inside)s of %(n)s."),
    Tone.FEW: _l("Many values are outside the target: only %(inside)s of %(n)s are in it."),
}
SENSOR: Words = {
    Tone.MOST: _l("Most of the time in the target: %(percent)s %%."),
    Tone.HALF: _l("About half of the time in the target: %(percent)s %%."),
    Tone.FEW: _l("Often outside the target: in it %(percent)s %% of the time."),
}
PRESSURE: Words = {
    Tone.MOST: _l("Most values are below %(limit)s: %(below)s of %(n)s."),
    Tone.HALF: _l("About half of the values are below %(limit)s: %(below)s of %(n)s."),
    Tone.FEW: _l("Most values are too high: only %(below)s of %(n)s are below %(limit)s."),
}


def meter_words(verdict: MeterVerdict) -> str:
    """ "Most values are in the target: 38 of 42. Often high: after breakfast (5 of 7)." """
    sentences = [str(METER[verdict.tone]) % {"inside": verdict.inside, "n": verdict.n}]
    if verdict.low:
        sentences.append(_("Low: %(when)s.", when=_parts(verdict.low)))
    if verdict.high:
        sentences.append(_("Often high: %(when)s.", when=_parts(verdict.high)))
    return " ".join(sentences)


def _parts(parts: Iterable[OfPart]) -> str:
    told = (_("%(when)s (%(times)s of %(n)s)", when=SLOTS[each.slot], times=each.times, n=each.n) for each in parts)
    return ", ".join(told)


def sensor_words(verdict: SensorVerdict) -> str:
    """ "Most of the time in the target: 78 %. Often high: 08:00-10:30." No percentage is rounded up to a goal."""
    sentences = [str(SENSOR[verdict.tone]) % {"percent": int(verdict.percent)}]
    if verdict.low:
        sentences.append(_("At times low: %(when)s.", when=_times(verdict.low)))
    if verdict.high:
        sentences.append(_("Often high: %(when)s.", when=_times(verdict.high)))
    return " ".join(sentences)


def _times(times: Iterable[tuple[int, int]]) -> str:
    return ", ".join("-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in ends) for ends in times)


def pressure_words(verdict: PressureVerdict, target: Target) -> str:
    """ "Most values are below 135/85: 20 of 28." """
    limit = f"{target.high}/{target.low}"
    return str(PRESSURE[verdict.tone]) % {"limit": limit, "below": verdict.below, "n": verdict.n}
